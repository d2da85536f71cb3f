"""Several devices, and several processes: the host's processor posing as eight devices."""

import json
import os
import socket
import subprocess
import sys

import jax
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.training.load import load_predictor
from genomics.training.loop import train

#: What is drawn for each example must not depend on the device that has it.
AUGMENTED = "--config.data.random_strand=True"


def start(repository, workdir, config, devices, *arguments):
    environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
    if devices is not None:
        environment["XLA_FLAGS"] = f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count={devices}"
    command = [sys.executable, "train.py", f"--config={config}", f"--workdir={workdir}", AUGMENTED, *arguments]
    return subprocess.Popen(
        command, cwd=repository, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def finish(process):
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return output


def losses(workdir):
    return np.array([json.loads(line)["loss"] for line in (workdir / "metrics.jsonl").read_text().splitlines()])


def parameters_of(workdir):
    """A hash of every bit of them."""
    return load_predictor(workdir, "last").fingerprint


@pytest.fixture(scope="module")
def one_device(make_config, tmp_path_factory):
    workdir = tmp_path_factory.mktemp("one")
    config = make_config(2)
    config.data.random_strand = True
    train(config, workdir)
    return workdir


@pytest.mark.slow
def test_devices_train_like_one_and_a_run_keeps_their_number(one_device, config_file, repository, tmp_path):
    finish(start(repository, tmp_path / "four", config_file(2), 4, "--cpu_devices=2"))  # the user's XLA_FLAGS win
    np.testing.assert_allclose(losses(tmp_path / "four"), losses(one_device), rtol=1e-5)
    finish(start(repository, tmp_path / "stopped", config_file(1), None, "--cpu_devices=4"))
    assert "going on after epoch 1" in finish(start(repository, tmp_path / "stopped", config_file(2), None))
    assert parameters_of(tmp_path / "stopped") == parameters_of(tmp_path / "four") != parameters_of(one_device)
    for folder in ("four", "stopped"):
        assert json.loads((tmp_path / folder / "config.json").read_text())["found"]["cpu_devices"] == 4


def test_a_run_goes_on_where_there_are_fewer_devices_and_says_so(small_config, tmp_path, capsys):
    small_config.epochs = 1
    train(small_config, tmp_path)
    path = tmp_path / "config.json"
    record = json.loads(path.read_text())
    assert record["found"].pop("cpu_devices") == 1
    path.write_text(json.dumps(record))  # as before they were recorded
    capsys.readouterr()
    train(small_config, tmp_path)
    assert "CPU devices" not in capsys.readouterr().out
    record["found"]["cpu_devices"] = 3
    path.write_text(json.dumps(record))
    train(small_config, tmp_path)
    assert "note: the run was on 3 CPU devices, here are 1" in capsys.readouterr().out


@pytest.mark.parametrize("number", ["2", 0, 1.5, True])
def test_a_recorded_number_that_is_none_is_refused(small_config, tmp_path, number):
    small_config.epochs = 1
    train(small_config, tmp_path)
    path = tmp_path / "config.json"
    record = json.loads(path.read_text())
    record["found"]["cpu_devices"] = number
    path.write_text(json.dumps(record))
    with pytest.raises(InputError, match=r"config\.json: .*found\.cpu_devices=.*: must be a whole number from 1"):
        train(small_config, tmp_path)


@pytest.mark.slow
def test_two_processes_train_like_one(one_device, config_file, repository, tmp_path):
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    shared = tmp_path / "two"
    processes = [
        start(
            repository,
            shared,
            config_file(1),
            1,
            "--distributed",
            f"--coordinator={address}",
            "--num_processes=2",
            f"--process_id={index}",
        )
        for index in range(2)
    ]
    try:
        outputs = [finish(process) for process in processes]
    finally:
        for process in processes:  # one that waits for a failed partner
            process.kill()
            process.wait()
    assert "test mean" in outputs[0]
    assert "test mean" not in outputs[1]
    np.testing.assert_allclose(losses(shared), losses(one_device)[:2], rtol=1e-5)


def test_a_batch_that_does_not_divide_by_the_devices_is_refused(small_config, tmp_path, monkeypatch):
    monkeypatch.setattr(jax, "devices", lambda: 8 * ["a device"])
    monkeypatch.setenv("JAX_NUM_CPU_DEVICES", "8")
    small_config.batch_size = 12
    with pytest.raises(InputError, match=r"config\.batch_size=12: must be a multiple of the 8 devices"):
        train(small_config, tmp_path)
    assert not list(tmp_path.iterdir())


def test_one_device_takes_any_batch(small_config, tmp_path):
    small_config.batch_size, small_config.epochs = 7, 1
    train(small_config, tmp_path)
    small_config.batch_size = 0
    with pytest.raises(InputError, match="batch_size"):
        train(small_config, tmp_path)
