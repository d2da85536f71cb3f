"""What a sequence is compared with: constant references, or shuffles of itself."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8

from genomics.errors import InputError
from genomics.sequence.shuffle import dinucleotide_shuffles

_SHUFFLES = re.compile(r"dinucleotide:(\d+)")
_FORMS = "zeros, uniform, background, four frequencies as 0.3,0.2,0.2,0.3, dinucleotide:K or FILE.npy"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Where the references of a sequence come from.

    Attributes:
      text: says it, numbers included; equal texts are equal references.
      fixed: (K, L, 4), the same for every sequence; None for shuffles.
      shuffles: number K of dinucleotide-preserving shuffles of each sequence; 0 for fixed references.
    """

    text: str
    fixed: Float[np.ndarray, "K L 4"] | None = None
    shuffles: int = 0


def parse_reference(text: str, length: int, background: Callable[[], Float[np.ndarray, " 4"]]) -> Reference:
    """The reference that a flag describes.

    Args:
      text: `zeros`, `uniform` (0.25), `background`, four frequencies `0.3,0.2,0.2,0.3`, `dinucleotide:K`, or the path
        of an `.npy` array (L, 4) or (K, L, 4).
      length: L.
      background: gives the frequencies that `background` means; called only for it.

    Raises:
      InputError: another text, frequencies that are no frequencies, or an array of another shape.
    """
    if shuffles := _SHUFFLES.fullmatch(text):
        if not int(shuffles[1]):
            raise InputError(f"--reference={text}: K must be at least 1")
        return Reference(text=text, shuffles=int(shuffles[1]))
    if text.endswith(".npy"):
        return _from_file(text, length)
    if text in ("zeros", "uniform"):
        return Reference(text=text, fixed=np.full((1, length, 4), 0.25 * (text == "uniform"), np.float32))
    frequencies = background() if text == "background" else _frequencies(text)
    shown = ",".join(f"{frequency:.6g}" for frequency in frequencies)
    row = np.asarray(frequencies, np.float32)
    return Reference(text=shown, fixed=np.tile(row, (1, length, 1)))


def shuffled(bases: UInt8[np.ndarray, " L"], count: int, seed: int, row: int) -> UInt8[np.ndarray, "K L"]:
    """K shuffles that keep all dinucleotide counts; those of a row depend on (seed, row) alone."""
    return dinucleotide_shuffles(bases, count, np.random.default_rng([seed, row]))


def _frequencies(text: str) -> list[float]:
    try:
        values = [float(word) for word in text.split(",")]
    except ValueError:
        raise InputError(f"--reference={text}: must be {_FORMS}") from None
    if len(values) != 4 or min(values) < 0 or not abs(sum(values) - 1) < 1e-3:
        raise InputError(f"--reference={text}: must be four frequencies >= 0 of A, C, G, T that sum to 1")
    return values


def _from_file(path: str, length: int) -> Reference:
    try:
        data = Path(path).read_bytes()
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, MemoryError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"--reference={path}: cannot be read as an array: {reason}") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
        raise InputError(f"--reference={path}: must hold one array of real numbers")
    shape = array.shape
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3 or array.shape[1:] != (length, 4) or not len(array):
        raise InputError(f"--reference={path}: has shape {shape}; must be ({length}, 4) or (K, {length}, 4)")
    if not np.isfinite(array).all():
        raise InputError(f"--reference={path}: must hold finite numbers only")
    digest = hashlib.sha256(data).hexdigest()[:16]
    return Reference(text=f"{Path(path).name} sha256 {digest}", fixed=array.astype(np.float32))
