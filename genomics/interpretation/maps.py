"""What each base is worth to a method, read from its scores in two ways."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8

from genomics.errors import InputError
from genomics.evaluation.reduction import Reading, magnitude, per_base
from genomics.interpretation.batches import in_batches
from genomics.interpretation.explanation import explanation
from genomics.interpretation.method import Explainer, reading_of
from genomics.interpretation.methods import METHODS
from genomics.interpretation.sequences import Sequences
from genomics.interpretation.turned import turned
from genomics.io.scores import Questions, array_names, read_rows
from genomics.models.predictor import Predictor
from genomics.progress import progress
from genomics.sequence.bases import one_hot
from genomics.sequence.loci import as_read

# Scores read at a time.
_MOST_BYTES = 2**28
_PER_BASE = ("scores", "hypothetical")


@dataclass(frozen=True, kw_only=True)
class Maps:
    """Worths of the bases of N sequences; 0 at N.

    Attributes:
      signed: what the method says about the observed base, see `genomics.evaluation.reduction.per_base`.
      any_base: length of what it says about all four: of hypothetical scores where it has them. Equal to |signed| for
        methods that speak about the observed base alone.
    """

    signed: Float[np.ndarray, "N T L"]
    any_base: Float[np.ndarray, "N T L"]


def stored_maps(scores: Path, questions: Questions, method: str) -> Maps:
    """The maps of a method that a `scores.h5` holds, on the strand that the network reads.

    Args:
      scores: the file.
      questions: of that file.
      method: one that scores each of the four bases.

    Raises:
      InputError: a score of a known base is not a finite number.
    """
    count, length = questions.sequences.shape
    rows = max(1, _MOST_BYTES // (16 * questions.logits.shape[1] * length))
    arrays = array_names(scores, method)
    reading, blocks = reading_of(METHODS.get(method), arrays), []
    for start in range(0, count, rows):
        own = slice(start, start + rows)
        values = {name: read_rows(scores, method, own, name) for name in _PER_BASE if name in arrays}
        bases = questions.sequences[own]
        if questions.loci is not None:
            values, bases = turned(values, questions.loci.reverse[own]), as_read(bases, questions.loci.take(own))
        block = _maps(reading, values["scores"], values.get("hypothetical"), bases)
        for values in (block.signed, block.any_base):
            if not np.isfinite(values).all():
                row, task, position = np.argwhere(~np.isfinite(values))[0].tolist()
                raise InputError(
                    f"{scores}: {method}: {questions.names[start + row]}, {questions.tasks[task]}, position {position} "
                    "(from 0) has a score that is not finite; only numbers can be compared"
                )
        blocks.append(block)
    return _joined(blocks)


def computed_maps(
    predictor: Predictor, sequences: Sequences, explainer: Explainer, batch_size: int | None = None
) -> Maps:
    """The maps of a method, computed now; its scores are kept nowhere."""
    explain, count = explanation(predictor, sequences, explainer), len(sequences.bases)
    blocks, done = [], 0
    with progress(explainer.name, count) as advance:
        for batch in in_batches(explain.function, predictor.parameters, explain.inputs, count, batch_size=batch_size):
            size = len(batch["scores"])
            bases = sequences.bases[done : done + size]
            reading = reading_of(explainer.method, batch)
            blocks.append(_maps(reading, batch["scores"], batch.get("hypothetical"), bases))
            done += size
            advance(size)
    return _joined(blocks)


def _maps(
    reading: Reading,
    scores: Float[np.ndarray, "B T L 4"],
    hypothetical: Float[np.ndarray, "B T L 4"] | None,
    bases: UInt8[np.ndarray, "B L"],
) -> Maps:
    x, known = one_hot(bases)[:, None], (bases < 4)[:, None]
    signed = np.asarray(per_base(reading, scores, x))
    any_base = np.asarray(magnitude(scores if hypothetical is None else hypothetical, x))
    nothing = np.float32(0)
    return Maps(signed=np.where(known, signed, nothing), any_base=np.where(known, any_base, nothing))


def _joined(blocks: list[Maps]) -> Maps:
    return Maps(
        signed=np.concatenate([block.signed for block in blocks]),
        any_base=np.concatenate([block.any_base for block in blocks]),
    )
