"""Bases as codes: A C G T = 0 1 2 3, and N (unknown) = 4."""

import numpy as np
from jaxtyping import Float, UInt8

BASES = "ACGT"
N = 4
#: Alternatives to the reference base at each position.
ALTERNATIVES = 3

_COMPLEMENT = np.array([3, 2, 1, 0, 4], np.uint8)
_IUPAC_AMBIGUOUS = "NRYSWKMBDHV"
#: Code of a byte that is no letter of the IUPAC nucleotide alphabet.
INVALID = 255

_CODE_OF_BYTE = np.full(256, INVALID, np.uint8)
for _code, _letter in enumerate(BASES):
    _CODE_OF_BYTE[[ord(_letter), ord(_letter.lower())]] = _code
for _letter in _IUPAC_AMBIGUOUS:
    _CODE_OF_BYTE[[ord(_letter), ord(_letter.lower())]] = N
_BYTE_OF_CODE = np.frombuffer(b"ACGTN", np.uint8)


def encode(text: str | bytes) -> UInt8[np.ndarray, " L"]:
    """Codes of a DNA string. Lower case equals upper case; the IUPAC letters for ambiguous bases become N.

    Args:
      text: L letters.

    Returns:
      (L,) codes; a letter outside the IUPAC nucleotide alphabet has the code `INVALID`, for the caller to report with
      its file and place.
    """
    data = text.encode("latin-1", "replace") if isinstance(text, str) else text
    return _CODE_OF_BYTE[np.frombuffer(data, np.uint8)]


def decode(codes: UInt8[np.ndarray, " L"]) -> str:
    """The upper-case DNA string of (L,) codes."""
    return _BYTE_OF_CODE[codes].tobytes().decode("ascii")


def one_hot(codes: UInt8[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape 4"]:
    """One-hot rows in float32; N becomes a row of zeros."""
    return np.eye(5, 4, dtype=np.float32)[codes]


def reverse_complement(codes: UInt8[np.ndarray, "*shape L"]) -> UInt8[np.ndarray, "*shape L"]:
    """The other strand, read 5' to 3'; N stays N."""
    return _COMPLEMENT[codes[..., ::-1]]
