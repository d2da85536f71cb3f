"""MEME motif format, version 4 minimal: https://meme-suite.org/meme/doc/meme-format.html ."""

import contextlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from genomics.errors import InputError
from genomics.io.atomic import write_text
from genomics.sequence.motif import UNIFORM, Motif

# Rows are printed with few decimals; sums further from 1 than this are a mistake, not rounding.
_ROW_SUM_TOLERANCE = 0.01
_MATRIX = "letter-probability matrix:"

# What the format says where `nsites` is not given.
_DEFAULT_SITES = 20


def read_meme(path: str | os.PathLike[str]) -> list[Motif]:
    """All motifs of a MEME file, in order.

    Text between motifs that the minimal format does not define is skipped, so that the full output of the MEME Suite's
    programs can be read too. Rows are divided by their sums, which rounding keeps a little off 1.

    Args:
      path: the file.

    Returns:
      At least one motif. `nsites` is 20 where the file gives no `nsites`, as the format says, or gives 1
      as a placeholder, for probabilities that one site cannot have.

    Raises:
      InputError: the file cannot be read, is no MEME file of version 4 or later, has another alphabet than ACGT, holds
        no motif or one identifier twice, or a matrix is malformed; the message names file, line, value and rule.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {os.strerror(error.errno or 0)}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not a text file (byte {error.start} is not UTF-8)") from error
    lines = [line.strip() for line in text.splitlines()]
    motifs: dict[str, Motif] = {}
    header: tuple[int, list[str]] | None = None
    versioned = False
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if line.startswith("MEME version"):
            _check_version(path, number, line)
            versioned = True
        elif line.upper().startswith("ALPHABET"):
            _check_alphabet(path, number, line)
        elif words and words[0] == "MOTIF":
            if not versioned:
                break
            if header is not None:
                raise InputError(f"{path}: line {header[0]}: motif {header[1][0]} has no '{_MATRIX}'")
            if len(words) < 2:
                raise InputError(f"{path}: line {number}: MOTIF must be followed by an identifier")
            if words[1] in motifs:
                raise InputError(f"{path}: line {number}: motif {words[1]} occurs twice; identifiers must be unique")
            header = number, words[1:]
        elif line.startswith(_MATRIX):
            if header is None:
                raise InputError(f"{path}: line {number}: a matrix without a line 'MOTIF <identifier>' before it")
            identifier, *name = header[1]
            probabilities, sites = _read_matrix(path, lines, number - 1)
            motifs[identifier] = Motif(
                identifier=identifier, name=" ".join(name), probabilities=probabilities, nsites=sites
            )
            header = None
    if not versioned:
        raise InputError(f"{path}: is not a MEME file; its first line must be 'MEME version 4' or later")
    if header is not None:
        raise InputError(f"{path}: line {header[0]}: motif {header[1][0]} has no '{_MATRIX}'")
    if not motifs:
        raise InputError(f"{path}: holds no motif")
    return list(motifs.values())


def write_meme(path: str | os.PathLike[str], motifs: Sequence[Motif], background: Sequence[float] = UNIFORM) -> None:
    """Writes motifs with 10 decimals and their true number of sites (Tomtom derives its pseudocounts from it).

    Args:
      path: the file; a finished file is complete.
      motifs: identifiers must be unique.
      background: frequencies of A C G T that the header states.

    Raises:
      InputError: two motifs have one identifier, or the file cannot be written.
    """
    identifiers = [motif.identifier for motif in motifs]
    if len(set(identifiers)) < len(identifiers):
        twice = next(name for name in identifiers if identifiers.count(name) > 1)
        raise InputError(f"{path}: motif {twice} occurs twice; identifiers must be unique")
    lines = ["MEME version 4", "", "ALPHABET= ACGT", "", "strands: + -", "", "Background letter frequencies"]
    lines += [" ".join(f"{base} {frequency:.6g}" for base, frequency in zip("ACGT", background, strict=True)), ""]
    for motif in motifs:
        lines += [f"MOTIF {motif.identifier} {motif.name}".rstrip(), ""]
        lines.append(f"{_MATRIX} alength= 4 w= {motif.width} nsites= {motif.nsites} E= 0")
        lines += [" ".join(f"{p:.10f}" for p in row) for row in motif.probabilities]
        lines.append("")
    write_text(path, "\n".join(lines))


def _check_version(path: Path, number: int, line: str) -> None:
    version = re.match(r"MEME version\s+(\d+)", line)
    if version is None or int(version[1]) < 4:
        raise InputError(f"{path}: line {number}: '{line}': the version must be 4 or later")


def _check_alphabet(path: Path, number: int, line: str) -> None:
    alphabet = line[len("ALPHABET") :].lstrip(" =\t")
    if alphabet.split()[:1] != ["ACGT"] and not alphabet.startswith('"DNA"'):
        raise InputError(f"{path}: line {number}: '{line}': the alphabet must be ACGT")


def _attribute(path: Path, lines: list[str], start: int, key: str) -> int | None:
    found = re.search(rf"\b{key}\s*=\s*(\S+)", lines[start])
    if found is None:
        return None
    with contextlib.suppress(ValueError):
        value = float(found[1])
        if 0 <= value < 2**53:
            return round(value)
    raise InputError(f"{path}: line {start + 1}: {key}= {found[1]}: must be a number >= 0")


def _read_matrix(path: Path, lines: list[str], start: int) -> tuple[Float[np.ndarray, "W 4"], int]:
    """Probabilities below the line `lines[start]`, up to `w` rows or a blank line, and the number of sites."""
    length = _attribute(path, lines, start, "alength")
    if length not in (None, 4):
        raise InputError(f"{path}: line {start + 1}: alength= {length}: must be 4, for A C G T")
    width = _attribute(path, lines, start, "w")
    sites = _attribute(path, lines, start, "nsites")
    rows: list[list[float]] = []
    for number, line in enumerate(lines[start + 1 :], start=start + 2):
        if len(rows) == width or (not line and rows):
            break
        if line:
            rows.append(_read_row(path, number, line))
    if not rows or len(rows) != (width or len(rows)):
        rule = "there must be at least one" if not width else f"w= {width}"
        raise InputError(f"{path}: line {start + 1}: the matrix has {len(rows)} rows; {rule}")
    matrix = np.array(rows, np.float64)
    # One site leaves no doubt about a base: a file that says 1 of other probabilities does not know the number.
    if sites is None or (sites == 1 and not np.isin(matrix, (0.0, 1.0)).all()):
        sites = _DEFAULT_SITES
    return matrix / matrix.sum(1, keepdims=True), sites


def _read_row(path: Path, number: int, text: str) -> list[float]:
    try:
        row = [float(word) for word in text.split()]
    except ValueError:
        raise InputError(f"{path}: line {number}: '{text[:60]}': a row must hold four numbers") from None
    if len(row) != 4:
        raise InputError(f"{path}: line {number}: {len(row)} numbers in a row; must be four, for A C G T")
    if not all(0 <= p <= 1 for p in row) or abs(sum(row) - 1) > _ROW_SUM_TOLERANCE:
        raise InputError(f"{path}: line {number}: '{text[:60]}': probabilities must lie in 0..1 and sum to 1")
    return row
