"""How far two `scores.h5` of the same network and sequences are apart, method by method: versions, devices, settings.

  python interpret.py --workdir=runs/lab5 --methods=all --num_sequences=20 --output=ONE   # here; OTHER there
  python -m benchmarks.compare_scores --one=ONE/scores.h5 --other=OTHER/scores.h5

Prints a table in Markdown: the largest difference of a score, absolute and as a share of the method's largest score,
and how many scores differ by more than 1e-6 of it. A NaN must face a NaN.
"""

from pathlib import Path

import h5py
import numpy as np
from absl import flags

from genomics.command import run
from genomics.errors import InputError
from genomics.io.hdf5 import open_hdf5

_NOTICED = 1e-6


def main(argv: list[str]) -> None:
    del argv
    paths = Path(flags.FLAGS.one), Path(flags.FLAGS.other)
    with open_hdf5(paths[0]) as one, open_hdf5(paths[1]) as other:
        print(*compared(paths, one, other), sep="\n")


def compared(paths: tuple[Path, Path], one: h5py.File, other: h5py.File) -> list[str]:
    """The rows of the table.

    Raises:
      InputError: the files are of other networks, sequences or methods.
    """
    for name in ("fingerprint", "sequences"):
        first, second = (file.attrs.get(name) if name in file.attrs else file.get(name) for file in (one, other))
        if first is None or second is None or not np.array_equal(np.asarray(first), np.asarray(second)):
            raise InputError(f"{paths[1]}: {name} is not that of {paths[0]}")
    arrays = _arrays(one)
    if set(arrays) != set(_arrays(other)):
        raise InputError(f"{paths[1]}: does not hold the same scores as {paths[0]}: {_differing(arrays, other)}")
    rows = ["| scores | largest difference | share of the largest score | beyond 1e-6 of it |", "|---|---|---|---|"]
    for name in arrays:
        first, second = (np.asarray(file[name], np.float64) for file in (one, other))
        if first.shape != second.shape:
            raise InputError(f"{paths[1]}: {name} is {second.shape}, in {paths[0]} {first.shape}")
        if not np.array_equal(np.isnan(first), np.isnan(second)):
            raise InputError(f"{paths[1]}: {name} has NaN at other places than in {paths[0]}")
        known = ~np.isnan(first)
        difference = np.abs(first[known] - second[known])
        largest = float(np.abs(first[known]).max(initial=0.0))
        worst, scale = float(difference.max(initial=0.0)), largest or 1.0
        beyond = np.mean(difference > _NOTICED * scale) if known.any() else 0.0
        rows.append(f"| {name.removesuffix('/scores')} | {worst:.1e} | {worst / scale:.1e} | {beyond:.2%} |")
    return rows


def _arrays(file: h5py.File) -> list[str]:
    """Names of what is compared: logits, and the scores of each method."""
    methods = [f"{name}/scores" for name, group in file.items() if isinstance(group, h5py.Group) and "scores" in group]
    return ["logits", *methods]


def _differing(arrays: list[str], other: h5py.File) -> str:
    return ", ".join(sorted(set(arrays).symmetric_difference(_arrays(other))))


if __name__ == "__main__":
    flags.DEFINE_string("one", None, "scores.h5 of interpret.py.", required=True)
    flags.DEFINE_string("other", None, "scores.h5 of the same network and sequences.", required=True)
    run(main)
