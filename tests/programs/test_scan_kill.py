"""scan.py killed at random moments and started again: nothing but the parts in progress is lost."""

import os
import random
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest

MODEL = ("--model=tiny_network:build", "--length=24")
PARTS = 80


@pytest.fixture(scope="module")
def command(repository, tmp_path_factory):
    """Runs scan.py over a genome in many small parts, into a folder."""
    fasta = tmp_path_factory.mktemp("kill") / "genome.fa"
    fasta.write_text(f">c\n{''.join(np.random.default_rng(0).choice(list('ACGTN'), PARTS * 64))}\n")
    environment = {**os.environ, "PYTHONPATH": str(repository / "tests" / "programs"), "JAX_PLATFORMS": "cpu"}

    def start(folder):
        return subprocess.Popen(
            [sys.executable, "scan.py", *MODEL, f"--fasta={fasta}", f"--output={folder}", "--part_size=64"],
            cwd=repository,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture(scope="module")
def uninterrupted(command, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kill") / "good"
    process = command(folder)
    assert process.wait(120) == 0, process.communicate()[1]
    process.stderr.close()
    return folder


def _contents(path):
    with h5py.File(path) as file:
        arrays = {name: item[()] for name, item in file.items()}
        attributes = {name: value for name, value in file.attrs.items() if name != "time"}
    # The command names the output folder.
    attributes["provenance"] = attributes["provenance"].replace(str(path.parent), "OUTPUT")
    return arrays, attributes


def _assert_equal(folder, good):
    names = sorted(path.name for path in good.iterdir())
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) == names
    for name in names:
        if name.endswith(".bw"):
            assert (folder / name).read_bytes() == (good / name).read_bytes()
        if not name.endswith(".h5"):
            continue
        arrays, attributes = _contents(folder / name)
        same_arrays, same_attributes = _contents(good / name)
        assert attributes == same_attributes
        assert arrays.keys() == same_arrays.keys()
        for key, values in arrays.items():
            if values.dtype.kind == "O":
                assert values.tolist() == same_arrays[key].tolist()
            else:
                assert values.tobytes() == same_arrays[key].tobytes(), f"{name} {key}"


def _opened(folder, before):
    """Whether the run that just started has opened a part, or is beyond its parts."""
    if not folder.is_dir():
        return False
    names = [path.name for path in folder.iterdir()]
    return any(".part-" in name and name not in before for name in names) or (
        sum(name.startswith("part-") for name in names) > sum(name.startswith("part-") for name in before)
    )


def _kill_and_restart(command, folder, good, kills, rng, longest):
    killed = run = 0
    while killed < kills:
        run += 1
        own = folder / str(run)
        while killed < kills:
            before = {path.name for path in own.iterdir()} if own.is_dir() else set()
            with command(own) as process:
                while process.poll() is None and not _opened(own, before):
                    time.sleep(0.001)
                time.sleep(rng.uniform(0, longest))
                process.send_signal(signal.SIGKILL)
                process.wait()
                if process.returncode == 0:  # it was faster
                    break
                assert process.returncode == -signal.SIGKILL, process.stderr.read()
                killed += 1
        with command(own) as process:
            assert process.wait(120) == 0, process.stderr.read()
        _assert_equal(own, good)


@pytest.mark.slow
def test_2_kills(command, uninterrupted, tmp_path):
    _kill_and_restart(command, tmp_path, uninterrupted, 2, random.Random(0), 0.15)


@pytest.mark.slow
def test_50_kills(command, uninterrupted, tmp_path):
    _kill_and_restart(command, tmp_path, uninterrupted, 50, random.Random(1), 0.4)
