"""Results as JSON lines: what a benchmark of many minutes has found so far is not computed again.

A line holds what was asked and what was found. It answers a question only where all of it is the same: the settings as
they are, not by a name, what was read, by its bytes, and what computed it (`computed_by`).
"""

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from genomics.io.atomic import append_text, write_bytes

_ROOT = Path(__file__).parents[1]


def answered(path: str | None, asked: dict[str, Any], compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer of the line with this very question; where there is none it is computed, and a line added.

    Args:
      path: of the lines; None = nothing is kept.
      asked: everything that the answer depends on, as values of JSON.
      compute: gives the answer, as values of JSON.
    """
    asked = json.loads(json.dumps(asked))  # as a file gives it back: lists for tuples
    for line in known(path):
        if line.get("asked") == asked:
            return line["found"]
    found = compute()
    add(path, {"asked": asked, "found": found})
    return found


def computed_by() -> dict[str, str]:
    """JAX's version, the device, and sha256 over the source of this project's modules that are loaded."""
    files = {
        Path(file).resolve() for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None))
    }
    digest = hashlib.sha256()
    for file in sorted(each for each in files if each.suffix == ".py" and each.is_relative_to(_ROOT)):
        if not file.is_relative_to(Path(sys.prefix).resolve()):  # a virtual environment within the checkout
            digest.update(f"{file.relative_to(_ROOT)}\n".encode() + file.read_bytes())
    return {"jax": jax.__version__, "device": jax.devices()[0].device_kind, "source": digest.hexdigest()[:16]}


def digest_of(*arrays: np.ndarray) -> str:
    """sha256 over the shapes, types and bytes of arrays."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape} {array.dtype}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def known(path: str | None) -> list[dict[str, Any]]:
    """The whole lines of a file; none where there is no file."""
    if path is None or not Path(path).exists():
        return []
    lines = Path(path).read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def add(path: str | None, row: dict[str, Any]) -> None:
    """One more line, where results are kept."""
    if path is not None:
        file = Path(path)
        if file.exists() and not (data := file.read_bytes()).endswith(b"\n"):  # killed while it wrote
            write_bytes(path, data[: data.rfind(b"\n") + 1])
        append_text(path, json.dumps(row) + "\n")
