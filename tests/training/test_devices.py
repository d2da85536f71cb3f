"""Several devices, and several processes: the host's processor posing as eight devices."""

import json
import os
import socket
import subprocess
import sys

import numpy as np
import pytest

from genomics.errors import InputError
from genomics.training.loop import train


def run(repository, workdir, config, devices, *arguments, wait=True):
    environment = {
        **os.environ,
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
    }
    command = [sys.executable, "train.py", f"--config={config}", f"--workdir={workdir}", *arguments]
    process = subprocess.Popen(
        command, cwd=repository, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return finish(process) if wait else process


def finish(process):
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return output


def losses(workdir):
    return np.array([json.loads(line)["loss"] for line in (workdir / "metrics.jsonl").read_text().splitlines()])


@pytest.fixture
def one_device(small_config, tmp_path):
    small_config.epochs = 1
    train(small_config, tmp_path / "one")
    return losses(tmp_path / "one")


def test_eight_devices_train_like_one(one_device, config_file, repository, tmp_path):
    run(repository, tmp_path / "eight", config_file(1), 8)
    np.testing.assert_allclose(losses(tmp_path / "eight"), one_device, rtol=1e-5)


def test_two_processes_train_like_one(one_device, config_file, repository, tmp_path):
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    shared = tmp_path / "two"
    processes = [
        run(
            repository,
            shared,
            config_file(1),
            1,
            "--distributed",
            f"--coordinator={address}",
            "--num_processes=2",
            f"--process_id={index}",
            wait=False,
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


def test_a_batch_that_does_not_divide_by_the_devices_is_refused(config_file, repository, tmp_path):
    process = run(repository, tmp_path, config_file(1), 8, "--config.batch_size=12", wait=False)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 2
    assert "config.batch_size=12: must be a multiple of the 8 devices" in output


def test_one_device_takes_any_batch(small_config, tmp_path):
    small_config.batch_size, small_config.epochs = 7, 1
    train(small_config, tmp_path)
    small_config.batch_size = 0
    with pytest.raises(InputError, match="batch_size"):
        train(small_config, tmp_path)
