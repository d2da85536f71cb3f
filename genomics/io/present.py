"""Whether a file is there to be read."""

import os
from pathlib import Path

from genomics.errors import InputError


def check_readable(path: Path) -> None:
    """Raises `InputError` where there is no such file, it is something else, or it may not be read."""
    if not path.is_file():
        raise InputError(f"{path}: {'is not a file' if path.exists() else 'no such file'}")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: cannot be read: permission denied")
