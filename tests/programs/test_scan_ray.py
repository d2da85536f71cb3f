"""scan.py --engine=ray on this machine: two actors, one of them killed."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed"),
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the actors' processes in /proc"),
]

PARTS = 400


def _descendants(process_id):
    """(process, name) of all below a process."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                status = (folder / "stat").read_text()
                name = (folder / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            parents[int(folder.name)] = int(status.rpartition(")")[2].split()[1]), name
    found, wanted = [], {process_id}
    while wanted:
        below = {each for each, (parent, _) in parents.items() if parent in wanted}
        found += [(each, parents[each][1]) for each in below]
        wanted = below
    return found


def _effects(folder):
    found = {}
    for path in sorted(folder.glob("part-*.h5")):
        with h5py.File(path) as file:
            found[path.name] = {name: file[name][()].tobytes() for name in ("start", "end", "effects")}
    return found


def test_a_lost_worker_is_replaced_and_the_bytes_are_those_of_one_process(repository, tmp_path):
    fasta = tmp_path / "genome.fa"
    fasta.write_text(f">c\n{''.join(np.random.default_rng(0).choice(list('ACGTN'), PARTS * 64))}\n")
    environment = {**os.environ, "PYTHONPATH": str(repository / "tests" / "programs"), "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "scan.py", "--model=tiny_network:build", "--length=24", f"--fasta={fasta}"]
    command += ["--part_size=64", "--batch_size=64"]
    subprocess.run([*command, f"--output={tmp_path / 'one'}"], cwd=repository, env=environment, check=True)

    many = tmp_path / "many"
    arguments = [*command, f"--output={many}", "--engine=ray", "--num_workers=2", "--cpu_devices=1", "--profile"]
    with subprocess.Popen(arguments, cwd=repository, env=environment, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not list(many.glob("part-*")):
            time.sleep(0.01)
        assert process.poll() is None
        workers = [each for each, name in _descendants(process.pid) if name.startswith("ray::Worker")]
        assert len(workers) == 2
        os.kill(workers[0], signal.SIGKILL)
        out, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    assert "a worker was lost" in out
    assert f"{PARTS} parts, manifest.json" in out
    assert {"wait for workers", "of all workers together:", "wait for the device"} <= {
        line.split(" s  ")[-1].strip() for line in out.split("profile: ")[1].splitlines()
    }
    assert _effects(many) == _effects(tmp_path / "one")


def test_an_error_of_a_part_is_one_clear_error(repository, tmp_path):
    fasta = tmp_path / "genome.fa"
    fasta.write_text(f">c\n{'ACGT' * 200}X{'ACGT' * 20}\n")
    environment = {**os.environ, "PYTHONPATH": str(repository / "tests" / "programs"), "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "scan.py", "--model=tiny_network:build", "--length=24", f"--fasta={fasta}"]
    command += ["--part_size=300", f"--output={tmp_path / 'out'}", "--engine=ray", "--num_workers=1"]
    done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"scan.py: error: {fasta}: c: position 801 (from 1) is no base")
