"""Whole runs through `train`, and through `train.py` as a user starts it."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.data.dataset import load, shuffled_labels
from genomics.errors import InputError
from genomics.io.examples import write_examples
from genomics.models.lab import LabConfig
from genomics.training.config import DataConfig, TrainConfig, check
from genomics.training.load import load_predictor
from genomics.training.loop import train


def read_lines(workdir):
    return [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]


def same_model(first, second):
    for checkpoint in ("best", "last"):
        a, b = (load_predictor(workdir, checkpoint) for workdir in (first, second))
        assert a.fingerprint == b.fingerprint
        jax.tree.map(np.testing.assert_array_equal, a.parameters, b.parameters)


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory, make_config):
    workdir, config = tmp_path_factory.mktemp("whole"), make_config(6)
    return workdir, config, train(config, workdir)


def test_a_run_leaves_the_files_of_the_contract(whole_run):
    workdir, config, metrics = whole_run
    names = {path.name for path in workdir.iterdir()}
    assert names == {
        "config.json",
        "environment.json",
        "checkpoints",
        "history.png",
        "metrics.jsonl",
        "test_metrics.json",
    }
    records = read_lines(workdir)
    assert [(r["epoch"], r["split"]) for r in records] == [(e, s) for e in range(1, 7) for s in ("train", "valid")]
    assert all(set(record["tasks"]) == {"AC", "GT"} for record in records)
    assert json.loads((workdir / "test_metrics.json").read_text()) == metrics
    assert set(metrics) == {"mean", "AC", "GT"}
    assert set(metrics["AC"]) == {"loss", "accuracy", "auroc", "auprc"}
    assert "jax" in json.loads((workdir / "environment.json").read_text())
    assert config.epochs == json.loads((workdir / "config.json").read_text())["epochs"]


def test_training_learns_and_best_is_the_lowest_validation_loss(whole_run):
    workdir, _, _ = whole_run
    records = read_lines(workdir)
    train_losses = [record["loss"] for record in records if record["split"] == "train"]
    assert train_losses[-1] < train_losses[0]
    # The best parameters give the lowest validation loss again.
    predictor = load_predictor(workdir)
    assert (predictor.length, predictor.tasks, predictor.replicates) == (40, ("AC", "GT"), None)


def test_an_interrupted_run_ends_bitwise_equal(whole_run, tmp_path):
    workdir, config, _ = whole_run
    for epochs in (2, 3, 6):  # stopped and started again twice; only epochs may change
        config = TrainConfig(**{**vars(config), "epochs": epochs})
        train(config, tmp_path)
    assert read_lines(tmp_path) == read_lines(workdir)
    same_model(tmp_path, workdir)


@pytest.mark.slow
def test_the_form_of_rmsprop_is_the_run_s_own(whole_run, tmp_path):
    """Keras's form since 2.11: other numbers, the same to the last bit after an interruption, never mixed."""
    workdir, config, _ = whole_run
    config = TrainConfig(**{**vars(config), "epsilon_in_root": True})
    train(config, tmp_path / "whole")
    for epochs in (2, 6):
        train(TrainConfig(**{**vars(config), "epochs": epochs}), tmp_path / "stopped")
    assert read_lines(tmp_path / "stopped") == read_lines(tmp_path / "whole") != read_lines(workdir)
    same_model(tmp_path / "stopped", tmp_path / "whole")
    assert json.loads((tmp_path / "whole" / "config.json").read_text())["epsilon_in_root"] is True
    with pytest.raises(InputError, match=r"epsilon_in_root \(then True, now False\)"):
        train(TrainConfig(**{**vars(config), "epsilon_in_root": False}), tmp_path / "whole")


def test_a_run_from_before_the_field_goes_on_as_it_was(whole_run, tmp_path):
    workdir, config, _ = whole_run
    train(TrainConfig(**{**vars(config), "epochs": 3}), tmp_path)
    path = tmp_path / "config.json"
    values = json.loads(path.read_text())
    del values["epsilon_in_root"]
    path.write_text(json.dumps(values))
    train(config, tmp_path)
    assert read_lines(tmp_path) == read_lines(workdir)


def test_what_was_logged_after_the_last_checkpoint_is_dropped(whole_run, tmp_path):
    workdir, config, _ = whole_run
    train(TrainConfig(**{**vars(config), "epochs": 3}), tmp_path)
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write(json.dumps({**read_lines(tmp_path)[-1], "epoch": 4}) + '\n{"epoch": 4, "spl')
    train(config, tmp_path)
    assert read_lines(tmp_path) == read_lines(workdir)


@pytest.mark.slow
def test_a_killed_program_goes_on_to_the_same_end(config_file, make_config, repository, tmp_path):
    """SIGKILL while epochs run; what the same command does afterwards."""
    environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, str(repository / "train.py"), f"--config={config_file(250)}"]
    with subprocess.Popen([*command, f"--workdir={tmp_path / 'killed'}"], env=environment, cwd=repository) as process:
        # Only after a checkpoint (the first appears after two seconds) can there be something to go on from.
        checkpoints, deadline = tmp_path / "killed" / "checkpoints", time.monotonic() + 120
        while not [path for path in checkpoints.glob("*") if path.name.isdigit()] and time.monotonic() < deadline:
            assert process.poll() is None or process.returncode == 0
            if process.poll() is not None:
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    for name in ("killed", "whole"):
        train(make_config(250), tmp_path / name)
    assert read_lines(tmp_path / "killed") == read_lines(tmp_path / "whole")
    same_model(tmp_path / "killed", tmp_path / "whole")


def test_another_configuration_is_refused_by_its_fields(whole_run):
    workdir, config, _ = whole_run
    other = TrainConfig(
        **{**vars(config), "learning_rate": 0.5, "model": LabConfig(filters=(4, 3), widths=(5, 3), hidden=7)}
    )
    with pytest.raises(InputError, match=r"learning_rate \(then 0.001, now 0.5\); model.hidden \(then 6, now 7\)"):
        train(other, workdir)
    with pytest.raises(InputError, match=r"epochs \(then 6, now 5: may only grow\)"):
        train(TrainConfig(**{**vars(config), "epochs": 5}), workdir)


def test_replicates_are_trained_and_loaded_together(small_config, tmp_path):
    small_config.replicates = 2
    metrics = train(small_config, tmp_path)
    assert {(r["epoch"], r["split"], r["replicate"]) for r in read_lines(tmp_path)} == {
        (e, s, r) for e in (1, 2) for s in ("train", "valid") for r in (0, 1)
    }
    assert {"auroc", "auroc_std"} <= set(metrics["mean"])
    predictor = load_predictor(tmp_path)
    assert predictor.replicates == 2
    logits = jax.vmap(predictor.apply, (0, None))(predictor.parameters, jnp.zeros((40, 4)))
    assert logits.shape == (2, 2)


def test_reverse_complements_double_the_training_split(small_config, tmp_path):
    small_config.data.reverse_complement = True
    small_config.epochs = 1
    train(small_config, tmp_path)
    from_copies = read_lines(tmp_path)[0]
    small_config.data.reverse_complement = False
    train(small_config, tmp_path / "plain")
    assert from_copies["loss"] != read_lines(tmp_path / "plain")[0]["loss"]


@pytest.mark.slow
def test_shuffled_labels_are_those_of_a_shuffled_file_and_survive_an_interruption(small_config, tmp_path):
    path = small_config.data.path
    data = load(path)
    train_split = data.splits["train"]
    other = replace(train_split, labels=shuffled_labels(train_split.labels, small_config.seed))
    write_examples(tmp_path / "shuffled.h5", replace(data, splits={**data.splits, "train": other}))
    small_config.data.path = str(tmp_path / "shuffled.h5")
    train(small_config, tmp_path / "file")
    small_config.data = DataConfig(path=path, shuffle_labels=True)
    for small_config.epochs in (1, 2):
        train(small_config, tmp_path / "field")
    assert read_lines(tmp_path / "field") == read_lines(tmp_path / "file")
    same_model(tmp_path / "field", tmp_path / "file")
    assert json.loads((tmp_path / "field" / "config.json").read_text())["data"]["shuffle_labels"] is True
    small_config.data.shuffle_labels = False
    with pytest.raises(InputError, match=r"data.shuffle_labels \(then True, now False\)"):
        train(small_config, tmp_path / "field")


def test_a_loss_that_is_not_finite_stops_the_run(small_config, tmp_path):
    small_config.learning_rate = 1e30
    with pytest.raises(InputError, match=r"training loss is (nan|inf) in epoch \d at config.learning_rate=1e\+30"):
        train(small_config, tmp_path)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("epochs", 0, "config.epochs=0: must be at least 1"),
        ("batch_size", 0, "config.batch_size=0"),
        ("learning_rate", -1.0, "config.learning_rate=-1.0: must be above 0"),
        ("replicates", 0, "config.replicates=0"),
    ],
)
def test_values_out_of_range_are_refused(field, value, message):
    with pytest.raises(InputError, match=message):
        check(TrainConfig(**{field: value}))


def test_absent_real_data_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"absent.h5: absent; give an HDF5 file with --config.data.path"):
        train(TrainConfig(data=DataConfig(path=str(tmp_path / "absent.h5"))), tmp_path)


def test_a_folder_that_is_no_run_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"config.json: absent; is this the --workdir of a training run"):
        load_predictor(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(InputError, match=r"config.json: is not JSON"):
        load_predictor(tmp_path)
