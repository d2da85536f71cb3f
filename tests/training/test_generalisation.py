"""What keeps a network from learning its examples by heart: stopping, dropout, strands and places by chance."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.examples import Dataset, Split, read_examples, write_examples
from genomics.models.dropout import drop
from genomics.models.readable import ReadableConfig
from genomics.models.table import build
from genomics.sequence.bases import reverse_complement
from genomics.training.augment import Augmentation, augmented
from genomics.training.config import DataConfig
from genomics.training.load import load_predictor
from genomics.training.loop import train
from genomics.training.state import stopped


def lines(workdir):
    return [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def flanked(small_data, tmp_path_factory):
    """The small data with its outer five bases on each side as flanks: windows of 30."""
    path = tmp_path_factory.mktemp("flanked") / "flanked.h5"
    data = read_examples(small_data)
    splits = {
        name: Split(bases=np.ascontiguousarray(split.bases[:, 5:-5]), labels=split.labels, flanked=split.bases)
        for name, split in data.splits.items()
    }
    write_examples(path, Dataset(tasks=data.tasks, splits=splits))
    return path


def test_flanks_stand_beside_the_windows(flanked, small_data):
    wide, data = read_examples(small_data).splits["train"].bases, read_examples(flanked)
    split = data.splits["train"]
    assert (data.length, split.flank) == (30, 5)
    np.testing.assert_array_equal(split.bases, wide[:, 5:-5])
    np.testing.assert_array_equal(split.with_flanks(5), wide)
    np.testing.assert_array_equal(split.with_flanks(2), wide[:, 3:-3])
    np.testing.assert_array_equal(split.with_flanks(0), split.bases)


def test_examples_are_moved_and_turned_by_chance_and_nothing_else():
    row = np.random.default_rng(0).integers(0, 5, 20).astype(np.uint8)
    how = Augmentation(random_strand=True, shift=2, flank=4)
    keys = jax.random.split(jax.random.key(0), 400)
    found = np.asarray(jax.jit(jax.vmap(lambda key: augmented(jnp.asarray(row), key, how)))(keys))
    windows = [row[4 + move :][:12] for move in range(-2, 3)]
    wanted = np.stack([*windows, *map(reverse_complement, windows)])
    which = (found[:, None] == wanted).all(-1)
    assert which.any(1).all()
    np.testing.assert_allclose(which.mean(0), 0.1, atol=0.05)
    assert not Augmentation()


def test_a_unit_is_dropped_with_its_probability_and_the_mean_stays():
    x = jnp.ones(20_000)
    found = np.asarray(drop(x, 0.25, jax.random.key(0)))
    np.testing.assert_allclose(np.unique(found), [0, 1 / 0.75], rtol=1e-5)
    assert found.mean() == pytest.approx(1, abs=0.02)
    assert drop(x, 0.25, None) is x
    with pytest.raises(InputError, match=r"dropout=1\.0: must be at least 0 and below 1"):
        build(ReadableConfig(dropout=1.0), length=200, num_tasks=1, key=jax.random.key(0))


def test_a_network_stops_that_many_epochs_after_its_best():
    best = np.array([3, 5, 0])
    np.testing.assert_array_equal(stopped(best, 6, 3), [False, False, True])
    np.testing.assert_array_equal(stopped(best, 7, 3), [True, False, True])
    assert not np.any(stopped(best, 100, 0))


@pytest.fixture(scope="module")
def stopping(make_config, flanked, tmp_path_factory):
    """A run of everything at once: two replicates that stop at different epochs."""
    config = dataclasses.replace(
        make_config(60),
        learning_rate=3e-2,
        patience=2,
        replicates=2,
        data=DataConfig(path=str(flanked), random_strand=True, shift=3),
        model=ReadableConfig(filters=(4, 3), widths=(5, 3), hidden=6, dropout=0.2),
    )
    workdir = tmp_path_factory.mktemp("stopping")
    train(config, workdir)
    return config, workdir


def test_each_replicate_stops_by_itself(stopping):
    _, workdir = stopping
    for replicate in range(2):
        losses = [r["loss"] for r in lines(workdir) if r["split"] == "valid" and r["replicate"] == replicate]
        best = int(np.argmin(losses))
        assert len(losses) == best + 1 + 2 < 60
    ends = {max(r["epoch"] for r in lines(workdir) if r["replicate"] == replicate) for replicate in range(2)}
    assert len(ends) == 2  # otherwise the test shows nothing of what a stopped one does beside one that goes on


def test_a_stopped_replicate_stays_as_it_was(stopping, tmp_path):
    """The parameters of the one that stops first are those of a run that ends when it stops."""
    config, workdir = stopping
    ends = [max(r["epoch"] for r in lines(workdir) if r["replicate"] == replicate) for replicate in range(2)]
    first = int(np.argmin(ends))
    train(dataclasses.replace(config, epochs=min(ends)), tmp_path)
    whole, short = (load_predictor(each, "last").parameters for each in (workdir, tmp_path))
    jax.tree.map(lambda a, b: np.testing.assert_array_equal(a[first], b[first]), whole, short)


def test_an_interrupted_run_is_the_same_to_the_last_bit(stopping, tmp_path):
    config, workdir = stopping
    for epochs in (2, 60, 60):
        train(dataclasses.replace(config, epochs=epochs), tmp_path)
    assert lines(tmp_path) == lines(workdir)
    for which in ("best", "last"):
        assert load_predictor(tmp_path, which).fingerprint == load_predictor(workdir, which).fingerprint


def test_a_shift_needs_flanks_and_one_of_the_strands_not_both(make_config, small_data, tmp_path):
    config = make_config(1)
    data = DataConfig(path=str(small_data), shift=3)
    with pytest.raises(InputError, match=r"data.shift=3: .* has 0 bases beside each window; .*--flank=N"):
        train(dataclasses.replace(config, data=data), tmp_path)
    data = DataConfig(path=str(small_data), random_strand=True, reverse_complement=True)
    with pytest.raises(InputError, match="random_strand=True: not with"):
        train(dataclasses.replace(config, data=data), tmp_path)
