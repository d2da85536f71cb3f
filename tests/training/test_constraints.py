"""Networks with penalties and constraints through whole runs."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.data.dataset import load
from genomics.models.interpretable import InterpretableConfig
from genomics.training.config import TrainConfig
from genomics.training.devices import make_mesh
from genomics.training.epoch import make_epoch
from genomics.training.load import load_predictor
from genomics.training.loop import train
from genomics.training.state import initial_state

MODEL = InterpretableConfig(filters=3, width=5, weight_penalty=0.01, head_penalty=0.02)


@pytest.fixture
def constrained(small_config):
    small_config.model, small_config.learning_rate = MODEL, 0.1
    return small_config


def read_lines(workdir):
    return [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]


def test_constraints_hold_exactly_after_every_update(constrained, small_data):
    """Epochs of one batch each, at a rate whose steps leave the constraints at once; two replicates."""
    constrained.replicates = 2
    constrained.model = InterpretableConfig(filters=3, width=5, motifs="packaged", head_penalty=0.02)
    split = load(small_data).splits["train"]
    bases, labels = jnp.asarray(split.bases[:16]), jnp.asarray(split.labels[:16])
    state = initial_state(constrained, length=40, num_tasks=2)
    known = np.asarray(state.model.known.kernel[...])
    epoch = make_epoch(learning_rate=0.1, batch_size=16, replicates=2, mesh=make_mesh(16))
    before = np.asarray(state.model.learned.kernel[...])
    for number in range(1, 5):
        state, counts = epoch(state, bases, labels, jnp.int32(number))
        kernel, offset = (np.asarray(state.model.learned.kernel[...]), np.asarray(state.model.learned.offset[...]))
        assert kernel.shape == (2, 5, 4, 3)
        assert kernel.min() >= 0
        assert kernel.sum(2).max() <= 2.0
        assert offset.max() <= 0
        assert not np.array_equal(kernel, before)
        before = kernel
        assert counts.penalties["head"].shape == (2,)
    np.testing.assert_array_equal(state.model.known.kernel[...], known)
    assert not np.array_equal(before[0], before[1])


@pytest.mark.slow
def test_penalties_are_in_the_loss_and_in_the_log(constrained, small_data, tmp_path):
    constrained.epochs = 1
    train(constrained, tmp_path)
    trained, held_out = read_lines(tmp_path)
    assert set(trained["penalties"]) == {"weight", "head"}
    assert all(value > 0 for value in trained["penalties"].values())
    assert "penalties" not in held_out
    # Strong enough, a penalty is all that counts: it drives the filters to zero.
    constrained.model = InterpretableConfig(filters=3, width=5, weight_penalty=100.0)
    split = load(small_data).splits["train"]
    state = initial_state(constrained, length=40, num_tasks=2)
    epoch = make_epoch(learning_rate=0.1, batch_size=16, replicates=1, mesh=make_mesh(16))
    state, _ = epoch(state, jnp.asarray(split.bases), jnp.asarray(split.labels), jnp.int32(1))
    assert np.asarray(state.model.learned.kernel[...]).max() < 1e-6


@pytest.mark.slow
def test_an_interrupted_run_ends_bitwise_equal(constrained, tmp_path):
    constrained.replicates = 2
    for workdir, stops in (("whole", [4]), ("stopped", [1, 4])):
        for epochs in stops:
            train(TrainConfig(**{**vars(constrained), "epochs": epochs}), tmp_path / workdir)
    assert read_lines(tmp_path / "whole") == read_lines(tmp_path / "stopped")
    for which in ("best", "last"):
        first, second = (load_predictor(tmp_path / name, which) for name in ("whole", "stopped"))
        assert first.fingerprint == second.fingerprint
        jax.tree.map(np.testing.assert_array_equal, first.parameters, second.parameters)
