"""Genomes and VCF files that are made up, for timings; and what a program that runs on them takes."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genomics.sequence.bases import BASES, N, decode

_LINE = 60


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a program took.

    Attributes:
      wall: seconds.
      cpu: seconds of all its threads and processes.
      peak: bytes of memory, at most.
      text: what it printed.
    """

    wall: float
    cpu: float
    peak: int
    text: str


def write_genome(path: Path, sizes: Mapping[str, int], *, unknown: float = 0.0, seed: int = 0) -> None:
    """Writes a FASTA file of random bases.

    Args:
      path: the file.
      sizes: name -> bases of each contig.
      unknown: share of each contig that is N: a run in its middle and one at each end.
      seed: equal seeds give equal genomes.
    """
    rng = np.random.default_rng(seed)
    with path.open("w") as file:
        for name, size in sizes.items():
            codes = rng.integers(0, 4, size, np.uint8)
            end, middle = int(size * unknown / 20), int(size * unknown * 0.9)
            for start, count in ((0, end), (size // 2, middle), (size - end, end)):
                codes[start : start + count] = N
            text = decode(codes)
            file.write(f">{name}\n")
            file.writelines(f"{text[start : start + _LINE]}\n" for start in range(0, size, _LINE))


def write_variants(path: Path, contig: str, codes: np.ndarray, *, every: int, count: int, indels: float = 0.0) -> None:
    """Writes a VCF file of one alternative each at every n-th base of a contig.

    Args:
      path: the file.
      contig: its name.
      codes: of the contig, without N.
      every: bases from one record to the next.
      count: of records.
      indels: share that are insertions or deletions of one to five bases, the others are SNVs.
    """
    rng, text = np.random.default_rng(0), decode(codes)
    kinds, sizes = rng.random(count), rng.integers(1, 6, count)
    with path.open("w") as file:
        file.write("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        for row in range(count):
            place = row * every
            ref = text[place]
            alt = BASES[(codes[place] + 1 + row % 3) % 4]
            if kinds[row] < indels / 2:
                ref, alt = text[place : place + 1 + int(sizes[row])], ref
            elif kinds[row] < indels:
                alt = ref + "ACGTA"[: int(sizes[row])]
            file.write(f"{contig}\t{place + 1}\t.\t{ref}\t{alt}\t.\t.\t.\n")


def run(tree: Path, arguments: Sequence[str]) -> Taken:
    """Runs a program of a checkout, with this Python.

    Raises:
      subprocess.CalledProcessError: it failed.
    """
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=tree, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        text, _ = process.communicate()
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        print(text)
        raise subprocess.CalledProcessError(process.returncode, process.args)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(wall=wall, cpu=cpu, peak=after.ru_maxrss * 1024, text=text)  # the largest of all children so far
