"""Malformed inputs given to real processes: what a shell sees."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def shell(repository, tmp_path):
    """Runs a program; it must fail by one line that matches, and leave the folder of inputs as it is."""

    def run(*arguments):
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "JAX_PLATFORMS": "cpu"}
        command = [sys.executable, *map(str, arguments)]
        return subprocess.run(
            command, cwd=repository, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    return run


def junk(path):
    path.write_bytes(bytes(range(128, 256)) * 9)
    return path


def shortened(source, path):
    path.write_bytes(source.read_bytes()[:-50])
    return path


def damaged_run(trained, folder):
    shutil.copytree(trained, folder)
    for path in folder.glob("checkpoints/1/*/d/*"):
        path.write_bytes(path.read_bytes()[:-20])
    return folder


CASES = {
    "a data set that is cut": (
        ("train.py", "--config={good}/lab.py", "--config.data.path={cut}", "--workdir={out}"),
        "train.py: error: {cut}: HDF5 header: cannot be read, the file may be damaged or truncated: ",
    ),
    "VCF of junk": (
        ("scan.py", "{model}", "--fasta={good}/genome.fa", "--vcf={junk}", "--output={out}"),
        "scan.py: error: {junk}: is not text: ",
    ),
    "FASTA of junk": (
        ("scan.py", "{model}", "--fasta={junk}", "--output={out}"),
        "scan.py: error: {junk}: is not FASTA; the first line must start with '>'",
    ),
    "BED of junk": (
        ("scan.py", "{model}", "--fasta={good}/genome.fa", "--regions={junk}", "--output={out}"),
        "scan.py: error: {junk}: byte 0: is not text",
    ),
    "sequences of junk": (
        ("interpret.py", "{model}", "--sequences={junk}", "--output={out}"),
        "interpret.py: error: {junk}: line 1: ",
    ),
    "a Keras network of junk": (
        ("interpret.py", "--model={junk}.h5", "--sequences={good}/few.fa", "--output={out}"),
        "interpret.py: error: {junk}.h5: is not an HDF5 file",
    ),
    "a checkpoint that is damaged": (
        ("interpret.py", "--workdir={run}", "--output={out}"),
        "interpret.py: error: {run}/checkpoints/1: cannot be read, the checkpoint is damaged or not of this run: ",
    ),
    "a checkpoint that is damaged, to go on from": (
        ("train.py", "--config={good}/lab.py", "--workdir={run}"),
        "train.py: error: {run}/checkpoints/1: cannot be read, the checkpoint is damaged or not of this run: ",
    ),
    "peaks of junk": (
        ("-m", "genomics.data.peaks", "--fasta={good}/genome.fa", "--peaks={junk}", "--output={out}/x.h5"),
        "peaks.py: error: {junk}: byte 0: is not text",
    ),
    "a recipe that is none": (
        ("-m", "genomics.data.simulate", "--recipe=magic", "--output={out}/x.h5"),
        "simulate.py: error: flag --recipe=magic: value should be one of <lab|koo_eddy>",
    ),
}
#: Those that every run of the tests starts: one that fails within libraries, and one of the cheapest.
_FAST = ("a checkpoint that is damaged", "peaks of junk")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in _FAST else pytest.mark.slow) for name in CASES]
)
def test_one_line_and_a_status(name, shell, good, trained, tmp_path):
    arguments, start = CASES[name]
    places = {
        "good": good,
        "out": tmp_path / "out",
        "cut": shortened(good / "data.h5", tmp_path / "cut.h5"),
        "junk": junk(tmp_path / "junk"),
        "run": damaged_run(trained, tmp_path / "run"),
        "model": "--model=linear_network:build --length=24",
    }
    junk(tmp_path / "junk.h5")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    done = shell(*(word for argument in arguments for word in argument.format(**places).split(" ")))
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(start.format(**places)), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert {path: path.read_bytes() for path in before} == before
    assert not list((tmp_path / "out").rglob("*.h5"))
