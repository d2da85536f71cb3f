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
from genomics.training.loop import train


def start(repository, workdir, config, devices, *arguments):
    environment = {
        **os.environ,
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count={devices}",
    }
    command = [sys.executable, "train.py", f"--config={config}", f"--workdir={workdir}", *arguments]
    return subprocess.Popen(
        command, cwd=repository, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def finish(process):
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return output


def losses(workdir):
    return np.array([json.loads(line)["loss"] for line in (workdir / "metrics.jsonl").read_text().splitlines()])


@pytest.fixture(scope="module")
def one_device(make_config, tmp_path_factory):
    workdir = tmp_path_factory.mktemp("one")
    train(make_config(1), workdir)
    return losses(workdir)


def test_eight_devices_train_like_one(one_device, config_file, repository, tmp_path):
    finish(start(repository, tmp_path / "eight", config_file(1), 8))
    np.testing.assert_allclose(losses(tmp_path / "eight"), one_device, rtol=1e-5)


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
    np.testing.assert_allclose(losses(shared), one_device, rtol=1e-5)


def test_a_batch_that_does_not_divide_by_the_devices_is_refused(small_config, tmp_path, monkeypatch):
    monkeypatch.setattr(jax, "devices", lambda: 8 * ["a device"])
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
