"""Numbers that are not finite, counted and named: no score explains a NaN."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, UInt8

from genomics.errors import InputError
from genomics.io.parts import Part
from genomics.io.scores import Questions
from genomics.lenses.units import word
from genomics.sequence.bases import N

_SHOWN = 5


def check_logits(questions: Questions) -> None:
    """Raises `InputError` where the network's outputs are not finite for some sequences; it counts and names them."""
    broken = ~np.isfinite(questions.logits)
    if broken.any():
        raise InputError(
            f"{questions.model}: the {word(questions.unit)}s of {_named(questions, np.asarray(broken.any(1)))} are not "
            f"finite ({questions.tasks[int(broken.any(0).argmax())]}: {questions.logits[broken][0]}); no score can "
            "explain them: leave these sequences out, or mend the network"
        )


def why_not(method: str, parts: Sequence[Part], questions: Questions) -> str | None:
    """What is wrong with the scores of a method that were just computed; None where all are finite.

    Every score of a known base must be, and every residual.

    Args:
      method: its name.
      parts: of its arrays.
      questions: that they answer.
    """
    bad = np.zeros(len(questions.sequences), bool)
    for part in parts:
        rows = slice(part.start, part.end)
        arrays = part.read()
        if "residual" in arrays:
            bad[rows] |= ~np.isfinite(arrays["residual"]).all(1)
        if "scores" in arrays and arrays["scores"].ndim == 4:
            bad[rows] |= _broken(arrays["scores"], questions.sequences[rows])
    if not bad.any():
        return None
    return f"{method}: the scores of {_named(questions, bad)} are not finite"


def check_all(found: Sequence[str], parts: Path) -> None:
    """Raises `InputError` where there is anything in `found`, from `why_not`."""
    if found:
        raise InputError(f"{'; '.join(found)}: not added to scores.h5; they lie in {parts}")


def _broken(scores: Float[np.ndarray, "B T P C"], bases: UInt8[np.ndarray, "B L"]) -> Bool[np.ndarray, " B"]:
    finite = np.asarray(np.isfinite(scores).all(axis=1).all(axis=-1))
    if finite.shape == bases.shape:  # an unknown base may have no score
        finite |= bases == N
    return ~np.asarray(finite.all(1))


def _named(questions: Questions, bad: Bool[np.ndarray, " N"]) -> str:
    rows = np.flatnonzero(bad)
    names = ", ".join(f"{questions.names[row]} (row {questions.index[row]})" for row in rows[:_SHOWN])
    return f"{len(rows)} of {len(bad)} sequences, {names}{', ...' * (len(rows) > _SHOWN)},"
