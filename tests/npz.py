"""Archives of arrays, read whole: an archive left open is a warning, which is an error."""

import os

import numpy as np


def arrays(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """All arrays of a `.npz` file, by name."""
    with np.load(path) as file:
        return dict(file)
