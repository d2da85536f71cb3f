"""The arrays of a checkpoint, read one by one before Orbax reads them all at once.

Orbax leaves the readers of the other arrays behind when one fails; each prints a stack trace of its own, some of them
after the program's error. Layout: https://orbax.readthedocs.io/en/latest/guides/checkpoint/checkpoint_format.html .
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorstore

_MANIFEST = "manifest.ocdbt"


def check_arrays(folder: Path, expected: Mapping[str, np.ndarray], *, values: bool = False) -> None:
    """Reads every array that is expected.

    Args:
      folder: of one checkpointable.
      expected: arrays of the shapes and types that a checkpoint must hold, by name.
      values: whether it must also hold their values, bit by bit.

    Raises:
      ValueError: an array is absent, damaged, of another shape or type, or of other values.
    """
    if not (folder / _MANIFEST).is_file():
        raise ValueError(f"{folder.name}/{_MANIFEST} is absent")
    files = {"driver": "ocdbt", "base": {"driver": "file", "path": f"{folder.resolve()}/"}}
    for name, like in expected.items():
        store: dict[str, Any] = {"driver": "zarr3", "kvstore": {**files, "path": f"{name}/"}}
        array = tensorstore.open(store, open=True, read=True).result()
        if array.shape != like.shape or array.dtype.numpy_dtype != like.dtype:
            raise ValueError(
                f"{folder.name}{name} is {list(array.shape)} {array.dtype.name}; by config.json it must be "
                f"{list(like.shape)} {like.dtype}"
            )
        found = array.read().result()
        if values and np.asarray(found).tobytes() != np.asarray(like).tobytes():
            raise ValueError(f"{folder.name}{name} does not hold what was written")
