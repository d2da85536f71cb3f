"""CPU seconds and bytes of a bigWig track: by this project, by pybigtools and by pyBigWig, and by compression.

    python -m benchmarks.bigwig --track=FILE.bw [--values=1000000]

The values are those of a track that a scan wrote, from its first base on; each way writes a file of them, in turns.
"""

import os
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from absl import app, flags

from genomics.io import deflate
from genomics.io.bigwig import write_bigwig
from genomics.io.bigwig.form import SECTION_VALUES

TRACK = flags.DEFINE_string("track", None, "A bigWig file of which the values are taken.")
VALUES = flags.DEFINE_integer("values", 10**6, "How many.", lower_bound=10**4)
_REPEATS = 3


def main(argv: list[str]) -> None:
    del argv
    if not TRACK.value:
        raise app.UsageError("--track=FILE.bw: a track that a scan wrote")
    values = read(TRACK.value, VALUES.value)
    contigs = {"c": len(values)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.bw"
        ways: dict[str, Callable[[], object]] = {
            f"this project, {deflate.LIBRARY}": lambda: write_bigwig(path, contigs, [("c", 0, values)]),
            "pybigtools, an entry a run": lambda: by_pybigtools(path, contigs, values),
            "pyBigWig, fixedStep": lambda: by_pybigwig(path, contigs, values),
        }
        sizes = dict.fromkeys(ways, 0)
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(_REPEATS):
            for name, way in ways.items():
                path.unlink(missing_ok=True)
                started = os.times()
                way()
                ended = os.times()
                seconds[name].append(sum(ended[:4]) - sum(started[:4]))
                sizes[name] = path.stat().st_size
    ours = float(np.median(seconds[next(iter(ways))]))
    for name in ways:
        own = float(np.median(seconds[name]))
        each, size = own / len(values) * 1e6, sizes[name] / len(values)
        print(f"{name:<32}{each:6.3f} CPU-s a million values, {size:.2f} bytes a value; {own / ours:.1f} times")
    codecs(values)


def read(path: str, count: int) -> np.ndarray:
    """The first values of a track."""
    import pybigtools

    file = pybigtools.open(path)
    found = []
    for name, size in file.chroms().items():
        own = np.asarray(file.values(name, 0, min(size, 2 * count), fillna=None), np.float32)
        found.append(own[np.isfinite(own)])
    return np.resize(np.concatenate(found)[:count], count)


def by_pybigtools(path: Path, contigs: dict[str, int], values: np.ndarray) -> None:
    """As this project wrote its tracks before it had a writer of its own: runs of equal values as tuples."""
    import pybigtools

    changes = np.flatnonzero(values[1:] != values[:-1]) + 1
    starts, ends = np.concatenate([[0], changes]), np.concatenate([changes, [len(values)]])
    entries = zip(["c"] * len(starts), starts.tolist(), ends.tolist(), values[starts].tolist(), strict=True)
    pybigtools.open(str(path), "w").write(contigs, entries)


def by_pybigwig(path: Path, contigs: dict[str, int], values: np.ndarray) -> None:
    import pyBigWig

    with pyBigWig.open(str(path), "w") as file:
        file.addHeader(list(contigs.items()))
        for start in range(0, len(values), SECTION_VALUES):
            file.addEntries("c", start, values=values[start : start + SECTION_VALUES], span=1, step=1)


def codecs(values: np.ndarray) -> None:
    """Seconds and bytes of the sections alone."""
    ways: dict[str, Callable[[bytes], bytes]] = {f"zlib {level}": _leveled(zlib.compress, level) for level in (1, 6)}
    for name, function in (
        ("isal.isal_zlib", "compress"),
        ("zlib_ng.zlib_ng", "compress"),
        ("deflate", "zlib_compress"),
    ):
        try:
            module = __import__(name, fromlist=["_"])
        except ImportError:
            continue
        levels = (0, 1, 2, 3) if "isal" in name else (1, 3, 6)
        ways |= {f"{name.split('.')[0]} {level}": _leveled(getattr(module, function), level) for level in levels}
    sections = [values[start : start + SECTION_VALUES].tobytes() for start in range(0, len(values), SECTION_VALUES)]
    for name, way in ways.items():
        best, size = np.inf, 0
        for _ in range(_REPEATS):
            started = time.process_time()
            size = sum(len(way(each)) for each in sections)
            best = min(best, time.process_time() - started)
        print(f"{name:<32}{best / len(values) * 1e9:6.1f} ns a value, {size / len(values):.2f} bytes a value")


def _leveled(compress: Callable[[bytes, int], bytes], level: int) -> Callable[[bytes], bytes]:
    return lambda data: compress(data, level)


if __name__ == "__main__":
    app.run(main)
