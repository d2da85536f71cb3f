"""What the page says about a data set: sizes, shares of labels, where it comes from."""

from pathlib import Path
from typing import Any

import numpy as np

from genomics.errors import InputError
from genomics.io import hdf5
from genomics.io.examples import SPLITS

_PROVENANCE = ("recipe", "seed", "strands")


def gather_data(path: Path | None, tasks: tuple[str, ...]) -> dict[str, Any] | None:
    """The splits that a data set has, and the share of positives of each task; None where there is no file.

    Only shapes and labels are read.

    Args:
      path: HDF5 file in the layout of `genomics.io.examples`.
      tasks: names for a file that does not name its own.

    Raises:
      InputError: the file is damaged, or breaks the layout.
    """
    if path is None or not path.exists():
        return None
    splits = {}
    with hdf5.open_hdf5(path) as file:
        own = hdf5.names(path, file, "tasks")
        with hdf5.reading(path, "root group"):
            keys = set(file)
            facts = {key: _text(file.attrs[key]) for key in _PROVENANCE if key in file.attrs}
        factors = hdf5.names(path, file, "factors")
        length = 0
        for split in SPLITS:
            if f"Y_{split}" not in keys:
                continue
            x = hdf5.numeric(path, file, f"X_{split}", "(N, 4, L)")
            y = hdf5.numeric(path, file, f"Y_{split}", "(N, T)")
            if x.ndim != 3 or y.ndim != 2 or not len(y):
                raise InputError(f"{path}: X_{split} {x.shape} and Y_{split} {y.shape} must be (N, 4, L) and (N, T)")
            positive = np.zeros(y.shape[1])
            for _, block in hdf5.blocks(path, f"Y_{split}", y):
                positive += block.sum(0)
            length = x.shape[2]
            splits[split] = {"sequences": len(y), "positive": (positive / len(y)).tolist()}
    if not splits:
        raise InputError(f"{path}: has no data set Y_train, Y_valid or Y_test; it must be a set of labelled sequences")
    count = len(next(iter(splits.values()))["positive"])
    names = own or (tasks if len(tasks) == count else tuple(f"task_{task}" for task in range(count)))
    return {
        "path": str(path),
        "length": length,
        "tasks": list(names),
        "splits": splits,
        "simulated": facts if "recipe" in facts else None,
        "factors": list(factors or ()),
    }


def _text(value: Any) -> str | int:
    value = value.item() if isinstance(value, np.generic) else value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
