"""The seven programs on small inputs, and what they must leave, however often they were stopped."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pysam

from genomics.io.examples import Dataset, Split, write_examples

ROOT = Path(__file__).parents[2]
_ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests" / "programs")]),
    "JAX_PLATFORMS": "cpu",
    "XLA_FLAGS": "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true",
}
_MODEL = ("--model=tiny_network:build", "--length=24")
#: Attributes and fields that tell when and where, not what.
_CIRCUMSTANCES = ("time", "provenance", "seconds", "source")  # the source by the name that the user gave it
_CONFIG = """
from genomics.models.lab import LabConfig
from genomics.training.config import DataConfig, TrainConfig

def get_config():
    return TrainConfig(
        epochs=150, batch_size=16, learning_rate=1e-3, data=DataConfig(path={path!r}),
        model=LabConfig(filters=(4, 3), widths=(5, 3), hidden=6),
    )
"""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program and its inputs.

    Attributes:
      arguments: of Python, but for the last, which names the output.
      output: the flag that does.
      name: of the output: a folder, or a file where it has an ending.
      result: what the output holds, without when and where; equal however it came about.
    """

    arguments: tuple[str, ...]
    output: str
    name: str
    result: Callable[[Path], dict[str, object]]

    def command(self, folder: Path) -> list[str]:
        """The command line that writes into a folder."""
        return [sys.executable, *self.arguments, f"{self.output}={folder / self.name}"]

    def start(self, folder: Path, *before: str, **options: object) -> subprocess.Popen:
        """Starts it, by way of another command where `before` is given."""
        folder.mkdir(parents=True, exist_ok=True)
        return subprocess.Popen(
            [*before, *self.command(folder)],
            cwd=ROOT,
            env=_ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def run(self, folder: Path, *before: str, **options: object) -> tuple[int, str]:
        """Exit status, and what it says on stderr."""
        process = self.start(folder, *before, **options)
        _, said = process.communicate(timeout=1200)
        return process.returncode, said

    @property
    def is_folder(self) -> bool:
        """Whether it claims a folder."""
        return "." not in self.name


def programs(world: Path) -> dict[str, Program]:
    """The programs; their inputs are made in a folder."""
    rng = np.random.default_rng(0)
    world.mkdir(parents=True)
    _write_inputs(world, rng)
    fasta, few = f"--fasta={world / 'genome.fa'}", f"--sequences={world / 'few.fa'}"
    return {
        "train.py": Program(
            arguments=("train.py", f"--config={world / 'config.py'}"), output="--workdir", name="run", result=_of_run
        ),
        "interpret.py --methods=all": Program(
            arguments=("interpret.py", *_MODEL, few, "--methods=all", "--num_figures=1"),
            output="--output",
            name="out",
            result=_of_folder,
        ),
        "interpret.py --evaluate": Program(
            arguments=(
                *("interpret.py", *_MODEL, few, "--methods=saliency,deeplift,ism", "--evaluate"),
                *("--evaluate_draws=2", "--num_figures=1"),
            ),
            output="--output",
            name="out",
            result=_of_folder,
        ),
        "scan.py": Program(
            arguments=("scan.py", *_MODEL, fasta, "--part_size=128", "--compression=gzip"),
            output="--output",
            name="out",
            result=_of_folder,
        ),
        "scan.py --vcf": Program(
            arguments=("scan.py", *_MODEL, fasta, f"--vcf={world / 'variants.vcf'}", "--part_size=50"),
            output="--output",
            name="out",
            result=_of_folder,
        ),
        "genomics.data.peaks": Program(
            arguments=(
                *("-m", "genomics.data.peaks", f"--fasta={world / 'genome.fa'}", f"--peaks={world / 'peaks.bed'}"),
                *("--length=50", "--split_by=block", "--block_size=2000"),
            ),
            output="--output",
            name="set.h5",
            result=_of_file,
        ),
        "genomics.data.simulate": Program(
            arguments=("-m", "genomics.data.simulate", "--num_sequences=4000", "--seed=1"),
            output="--output",
            name="set.h5",
            result=_of_file,
        ),
    }


def _write_inputs(world: Path, rng: np.random.Generator) -> None:
    def letters(count: int) -> str:
        return "".join(rng.choice(list("ACGT"), count))

    sequence = letters(40_000)
    (world / "genome.fa").write_text(f">c\n{sequence}\n>d\n{letters(3000)}\n")
    pysam.faidx(str(world / "genome.fa"))
    (world / "few.fa").write_text("".join(f">s{row}\n{letters(24)}\n" for row in range(40)))
    other = {"A": "C", "C": "G", "G": "T", "T": "A"}
    changes = [(place + 1, sequence[place], other[sequence[place]]) for place in range(0, 6000, 3)]
    records = [f"c\t{place}\t.\t{ref}\t{alt}\t.\t.\t.\n" for place, ref, alt in changes]
    header = "##fileformat=VCFv4.2\n##contig=<ID=c>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    (world / "variants.vcf").write_text(header + "".join(records))
    (world / "peaks.bed").write_text("".join(f"c\t{start}\t{start + 80}\n" for start in range(200, 39_000, 400)))
    splits = {}
    for name, count in (("train", 300), ("valid", 40), ("test", 50)):
        bases = rng.integers(0, 4, (count, 40)).astype(np.uint8)
        splits[name] = Split(bases=bases, labels=np.stack([bases[:, 0] > 1, bases[:, 1] > 1], 1).astype(np.uint8))
    write_examples(world / "small.h5", Dataset(tasks=("a", "b"), splits=splits))
    (world / "config.py").write_text(_CONFIG.format(path=str(world / "small.h5")))


def _of_file(path: Path) -> dict[str, object]:
    return {path.name: path.read_bytes()}


def _of_run(folder: Path) -> dict[str, object]:
    """Of a training run: the log and the metrics, and every array of the checkpoint."""
    import tensorstore

    found: dict[str, object] = {name: (folder / name).read_bytes() for name in ("metrics.jsonl", "test_metrics.json")}
    (newest,) = [path for path in (folder / "checkpoints").iterdir() if path.name.isdigit()]
    found["epoch"] = newest.name
    for which in ("last", "best"):
        files = {"driver": "ocdbt", "base": {"driver": "file", "path": f"{newest / which}/"}}
        keys = tensorstore.KvStore.open(files).result().list().result()
        for key in sorted({re.sub(rb"/(c/.*|zarr\.json)$", b"", key) for key in keys if b"zarr.json" in key}):
            store = {"driver": "zarr3", "kvstore": {**files, "path": f"{key.decode()}/"}}
            array = tensorstore.open(store, open=True, read=True).result()
            found[f"{which} {key.decode()}"] = np.asarray(array.read().result()).tobytes()
    return found | {"files": sorted(path.name for path in folder.iterdir())}


def _of_folder(folder: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.suffix == ".h5":
            with h5py.File(path) as file:
                found[name] = _of_group(file, folder)
        elif path.suffix == ".json":
            found[name] = _without(json.loads(path.read_text()), folder)
        elif path.name == "variants.vcf.gz":
            with pysam.BGZFile(str(path)) as file:
                found[name] = bytes(file.read())
        elif path.suffix in (".bw", ".tsv"):
            found[name] = path.read_bytes()
        elif path.is_file():
            found[name] = path.stat().st_size > 0
    return found


def _of_group(group: h5py.Group, folder: Path) -> dict[str, object]:
    found: dict[str, object] = {
        f"@{key}": _without(value, folder) for key, value in group.attrs.items() if key not in _CIRCUMSTANCES
    }
    for key, item in group.items():
        values = item[()] if isinstance(item, h5py.Dataset) else None
        if values is None:
            found[key] = _of_group(item, folder)
        else:
            found[key] = values.tolist() if values.dtype.kind == "O" else values.tobytes()
    return found


def _without(value: object, folder: Path) -> object:
    """JSON without when and where."""
    if isinstance(value, dict):
        return {key: _without(item, folder) for key, item in value.items() if key not in _CIRCUMSTANCES}
    if isinstance(value, list):
        return [_without(item, folder) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return _without(value.tolist(), folder)
    return value.replace(str(folder), "OUTPUT") if isinstance(value, str) else value
