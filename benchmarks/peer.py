"""How a benchmark gets what another Python's package makes: a script, a folder, arrays that are compared."""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import ArrayLike

from genomics.errors import InputError


@contextlib.contextmanager
def made_by(python: str, script: str, *arguments: object) -> Iterator[Path]:
    """The folder in which a script has left its files; its last line of output, of versions, is printed.

    Args:
      python: runs it.
      script: its text; `sys.argv[1]` is the folder.
      arguments: those after it.

    Raises:
      InputError: it fails, with the last line of its errors, or prints nothing.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [python, "-c", script, folder, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise InputError(f"--python={python}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
        if not (told := done.stdout.strip().splitlines()):
            raise InputError(f"--python={python}: the script printed nothing, though it ended well: no versions")
        print(told[-1])
        yield Path(folder)


def share(found: ArrayLike, expected: np.ndarray) -> float:
    """The largest difference as a share of the largest value expected."""
    return float(np.abs(np.asarray(found) - expected).max() / np.abs(expected).max())
