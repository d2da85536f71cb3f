"""A run's network in a file for Keras."""

import dataclasses
import subprocess
import sys

import h5py
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.programs.keras_model import read_keras
from genomics.programs.network_model import Wanted, as_predictor
from genomics.training import config as configuration
from genomics.training.checkpoint import Checkpoints
from genomics.training.export import export_run
from genomics.training.load import load_predictor
from genomics.training.state import initial_state
from tests.models.single import loaded


@pytest.fixture
def run(small_config, tmp_path):
    """The folder of a run of two networks whose best epoch is not the last."""
    small_config.replicates = 2
    workdir = tmp_path / "run"
    record = configuration.RunRecord(config=small_config, length=40, tasks=("AC", "GT"), data_digest="")
    configuration.write_or_match(record, workdir)
    state = initial_state(small_config, length=40, num_tasks=2)
    best = dataclasses.replace(state.best, model=jax.tree.map(lambda leaf: leaf + 0.1, state.best.model))
    checkpoints = Checkpoints(workdir)
    checkpoints.save(1, dataclasses.replace(state, best=best), final=True)
    checkpoints.close()
    return workdir


def test_checkpoints_and_replicates(run, tmp_path):
    x = jax.nn.one_hot(jnp.arange(40) % 4, 4)
    found = []
    for checkpoint in ("best", "last"):
        network = load_predictor(run, checkpoint)
        for replicate in range(2):
            path = tmp_path / f"{checkpoint}{replicate}.h5"
            told = export_run(run, path, checkpoint=checkpoint, replicate=replicate)
            assert told == f"{path}: (40, 4) -> AC, GT; 161 parameters, the {checkpoint} checkpoint"
            model = loaded(path)
            expected = network.apply(jax.tree.map(lambda leaf, r=replicate: leaf[r], network.parameters), x)
            np.testing.assert_allclose(model.apply(model.parameters, x), expected, rtol=1e-5, atol=1e-6)
            found.append(float(expected[0]))
            with h5py.File(path) as file:
                assert list(file.attrs["tasks"]) == ["AC", "GT"]
                assert file.attrs["written_by"].endswith(f"{run}, checkpoint {checkpoint}, replicate {replicate}")
    assert len(set(found)) == 4


def test_names_of_tasks_come_back_with_the_network(run, tmp_path):
    path = tmp_path / "model.h5"
    export_run(run, path)
    assert as_predictor(read_keras(str(path)), Wanted()).tasks == ("AC", "GT")
    assert as_predictor(read_keras(str(path)), Wanted(task_names=["one", "two"])).tasks == ("one", "two")
    for others in (["AC"], ["AC", "ac"]):
        with h5py.File(path, "r+") as file:
            file.attrs["tasks"] = others
        assert as_predictor(read_keras(str(path)), Wanted()).tasks == ("task_0", "task_1")


def test_faults(run, tmp_path):
    with pytest.raises(InputError, match=r"--output=.*model.keras: must end in .h5 or .hdf5"):
        export_run(run, tmp_path / "model.keras")
    for replicate in (-1, 2):
        with pytest.raises(InputError, match=rf"--replicate={replicate}: .* has 2 networks; must be from 0 to 1"):
            export_run(run, tmp_path / "model.h5", replicate=replicate)
    with pytest.raises(InputError, match=r"config.json: absent; is this the --workdir of a training run"):
        export_run(tmp_path, tmp_path / "model.h5")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"model.h5: cannot be written: Not a directory"):
        export_run(run, tmp_path / "file" / "model.h5")
    assert not list(tmp_path.glob("*.h5"))


def test_command(run, tmp_path):
    command = [sys.executable, "-m", "genomics.training.export", f"--workdir={run}", f"--output={tmp_path / 'm.h5'}"]
    done = subprocess.run([*command, "--replicate=1"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{tmp_path / 'm.h5'}: (40, 4) -> AC, GT; 161 parameters, the best checkpoint\n"
    assert loaded(tmp_path / "m.h5").removed_activation == "sigmoid"
