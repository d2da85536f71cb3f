"""Programs run in this process on inputs that are malformed: each must end with one clear line and lose nothing.

The inputs that are malformed here are whole ones of the folder `good`, changed by each case in a folder of its own. An
input that is unusual and legal has its own tests: there the result must be right.
"""

import gzip
import importlib
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver

from genomics.command import _fail, _guarded, _parse
from genomics.io.examples import Dataset, Split, write_examples
from genomics.io.truth import Truth
from genomics.models.lab import LabConfig
from genomics.sequence.bases import decode
from genomics.training import config as configuration
from genomics.training.checkpoint import Checkpoints
from genomics.training.config import DataConfig, RunRecord, TrainConfig
from genomics.training.data import load_data
from genomics.training.loop import _digest
from genomics.training.state import initial_state, with_best

MODEL = ("--model=linear_network:build", "--length=24", "--task_names=alpha,beta")
_CONFIG = """
from genomics.models.{module} import {network}
from genomics.training.config import DataConfig, TrainConfig

def get_config():
    return TrainConfig(epochs=2, data=DataConfig(path={path!r}), model={network}({fields}))
"""
LAB = "filters=(4, 3), widths=(5, 3), hidden=6"


@pytest.fixture(scope="session")
def model() -> tuple[str, ...]:
    """The flags that name the network."""
    return MODEL


@dataclass(frozen=True, kw_only=True)
class End:
    """How a program ended."""

    status: int
    out: str
    err: str


@pytest.fixture(scope="session")
def status_of(load_program) -> Callable[..., int]:
    """Runs a main as the command line would: of `train`, `interpret`, `scan`, or a module with `make`."""
    folder = str(Path(__file__).parent)

    def run(name: str, *arguments: object) -> int:
        argv = [f"{name.rpartition('.')[2]}.py", *map(str, arguments)]
        module = importlib.import_module(name) if "." in name else load_program(name)
        with pytest.MonkeyPatch.context() as patch, flagsaver.flagsaver():
            patch.syspath_prepend(folder)
            patch.setattr(sys, "argv", argv)  # where the flags of a configuration's fields are looked for
            try:
                if "." in name:
                    _run_module(module, argv)
                else:
                    _guarded(module.main, _parse(argv))
            except SystemExit as end:
                return int(end.code or 0)
        return 0

    return run


def _run_module(module: Any, argv: list[str]) -> None:
    """A command with flags of its own, which may have the names of other programs' flags."""
    values = flags.FlagValues()
    module.define_flags(values)
    try:
        words = values(argv)
    except flags.Error as error:
        _fail(argv, error)
    _guarded(lambda words: module.make(values, words[1:]), words)


@pytest.fixture
def command(status_of, capfd) -> Callable[..., End]:
    """As `status_of`, with what the program printed."""

    def run(name: str, *arguments: object) -> End:
        capfd.readouterr()
        status = status_of(name, *arguments)
        out, err = capfd.readouterr()
        return End(status=status, out=out, err=err)

    return run


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def refused(command) -> Callable[..., str]:
    """Runs a program that must fail: one line, its status, and a folder that stays as it is; returns the line."""

    def check(message: str, name: str, *arguments: object, keeps: Path | None = None) -> str:
        before = contents(keeps) if keeps else {}
        end = command(name, *arguments)
        assert end.status == 2, (end.out, end.err)
        start = f"{name.rpartition('.')[2]}.py: error: "
        assert end.err.startswith(start), end.err
        assert end.err.count("\n") == 1, end.err
        line = end.err.removesuffix("\n")
        assert line.isprintable()
        assert re.search(message, line), line
        assert (contents(keeps) if keeps else {}) == before
        return line

    return check


@pytest.fixture(scope="session")
def good(tmp_path_factory) -> Path:
    """Whole inputs of every kind."""
    folder = tmp_path_factory.mktemp("good")
    rng = np.random.default_rng(0)

    def split(count: int) -> Split:
        bases = rng.integers(0, 4, (count, 24)).astype(np.uint8)
        labels = (np.arange(count)[:, None] % [2, 3] == 0).astype(np.uint8)
        start = np.where(labels[:, 1:], 3, -1).astype(np.int16)
        truth = Truth(start=start, factor=np.minimum(start, 0), strand=np.sign(start + 1).astype(np.int16))
        return Split(bases=bases, labels=labels, truth=truth)

    splits = {"train": split(20), "valid": split(6), "test": split(6)}
    tasks = ("alpha", "beta")
    write_examples(folder / "data.h5", Dataset(tasks=tasks, splits=splits, factors=("beta",), widths=(5,)))
    rows = splits["test"].bases
    (folder / "few.fa").write_text("".join(f">seq{row}\n{decode(codes)}\n" for row, codes in enumerate(rows)))
    (folder / "few.fa.gz").write_bytes(gzip.compress((folder / "few.fa").read_bytes(), mtime=0))
    codes = np.random.default_rng(1).integers(0, 4, 430).astype(np.uint8)
    contigs = {"chr1": decode(codes[:300]), "chr2": decode(codes[300:])}
    folded = {name: "\n".join(text[at : at + 60] for at in range(0, len(text), 60)) for name, text in contigs.items()}
    (folder / "genome.fa").write_text("".join(f">{name} described\n{text}\n" for name, text in folded.items()))
    (folder / "lab.py").write_text(
        _CONFIG.format(module="lab", network="LabConfig", path=str(folder / "data.h5"), fields=LAB)
    )
    (folder / "motifs.py").write_text(
        _CONFIG.format(
            module="interpretable", network="InterpretableConfig", path=str(folder / "data.h5"), fields="motifs='x'"
        )
    )
    return folder


@pytest.fixture(scope="session")
def trained(good, tmp_path_factory) -> Path:
    """A run with a checkpoint after the first of two epochs, of a network that nobody has trained."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    model = LabConfig(filters=(4, 3), widths=(5, 3), hidden=6)
    config = TrainConfig(epochs=2, data=DataConfig(path=str(good / "data.h5")), model=model)
    data = load_data(config.data)
    run = RunRecord(config=config, length=24, tasks=data.tasks, data_digest=_digest(data))
    configuration.write_or_match(run, folder)
    state = with_best(initial_state(config, length=24, num_tasks=2), 1, jnp.float32(0.7))
    checkpoints = Checkpoints(folder)
    checkpoints.save(1, jax.tree.map(np.asarray, state), final=True)
    checkpoints.close()
    record = '{"epoch": 1, "split": "SPLIT", "replicate": 0, "loss": 0.7, "accuracy": 0.5, "tasks": {}}\n'
    (folder / "metrics.jsonl").write_text("".join(record.replace("SPLIT", split) for split in ("train", "valid")))
    return folder


@pytest.fixture
def workdir(trained, tmp_path) -> Path:
    """A copy of the run, to be damaged."""
    return shutil.copytree(trained, tmp_path / "run")


@pytest.fixture(scope="session")
def finished(good, status_of, tmp_path_factory) -> Path:
    """Results of every kind, which no failing program may change: `scores`, `scan`, `annotated`."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "genome.fa").write_bytes((good / "genome.fa").read_bytes())
    (folder / "some.vcf").write_text(vcf(good))
    fasta = f"--fasta={folder / 'genome.fa'}"
    sequences = f"--sequences={good / 'few.fa'}"
    interpret = (*MODEL, sequences, f"--output={folder / 'scores'}", "--methods=saliency", "--num_figures=0")
    assert status_of("interpret", *interpret) == 0
    assert status_of("scan", *MODEL, fasta, f"--output={folder / 'scan'}", "--part_size=200") == 0
    variants = (f"--vcf={folder / 'some.vcf'}", "--part_size=3")
    assert status_of("scan", *MODEL, fasta, f"--output={folder / 'annotated'}", *variants) == 0
    return folder


HEADER = (
    "##fileformat=VCFv4.2",
    "##contig=<ID=chr1,length=300>",
    "##contig=<ID=chr2,length=130>",
    '##INFO=<ID=AF,Number=A,Type=Float,Description="frequency">',
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
)


def vcf(good: Path) -> str:
    """A whole VCF file of five records."""
    text = "".join((good / "genome.fa").read_text().split("\n")[1:6])
    lines = [f"chr1\t{at}\trs{at}\t{text[at - 1]}\t{other(text[at - 1])}\t30\tPASS\tAF=0.5" for at in (5, 40, 41, 200)]
    return "\n".join([*HEADER, *lines, "chr2\t7\trs7\tACGT\t<DEL>\t30\tPASS\tAF=0.5", ""])


def other(base: str) -> str:
    """Another base."""
    return "ACGT"[("ACGT".index(base) + 1) % 4]


@pytest.fixture
def interpret_refused(refused, finished) -> Callable[..., str]:
    """interpret.py, asked to add to scores that are there."""

    def check(message: str, *arguments: object) -> str:
        return refused(message, "interpret", *MODEL, f"--output={finished / 'scores'}", *arguments, keeps=finished)

    return check


@pytest.fixture
def scan_refused(refused, finished) -> Callable[..., str]:
    """scan.py, asked to go on with a scan that is there; of variants with --vcf."""

    def check(message: str, *arguments: object) -> str:
        name = "annotated" if any(str(argument).startswith("--vcf") for argument in arguments) else "scan"
        part_size = 3 if name == "annotated" else 200
        common = (*MODEL, f"--output={finished / name}", f"--part_size={part_size}")
        return refused(message, "scan", *common, *arguments, keeps=finished)

    return check
