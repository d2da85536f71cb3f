"""Two motifs in one sequence: what they do together at every distance and in every orientation."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8

from genomics.errors import InputError
from genomics.mutagenesis.marginalize import PredictMany, inserted
from genomics.sequence.bases import reverse_complement

#: Strand of the first motif, strand of the second.
ORIENTATIONS = ("++", "+-", "-+", "--")


@dataclass(frozen=True, kw_only=True)
class SpacingCurve:
    """Effects of a pair of motifs, means over backgrounds, in logits.

    Attributes:
      gaps: S, bases between the end of the first motif and the start of the second.
      pair: f(both) - f(background), by orientation (in order of `ORIENTATIONS`), gap and task.
      interaction: f(both) - f(first) - f(second) + f(background): what they do beyond the sum of each.
      error: standard error of the interaction's mean.
    """

    gaps: Int[np.ndarray, " S"]
    pair: Float[np.ndarray, "4 S T"]
    interaction: Float[np.ndarray, "4 S T"]
    error: Float[np.ndarray, "4 S T"]


def spacing(
    predict: PredictMany,
    backgrounds: UInt8[np.ndarray, "B L"],
    first: UInt8[np.ndarray, "B V"],
    second: UInt8[np.ndarray, "B W"],
    gaps: Int[np.ndarray, " S"],
) -> SpacingCurve:
    """Puts two motifs into backgrounds at given distances, in all four orientations.

    The first motif stays where it is: so that the pair at the largest gap stands in the middle of the sequence.

    Args:
      predict: as of `marginalize`.
      backgrounds: sequences without the motifs.
      first: bases of the first motif for each background.
      second: bases of the second one, which stands to the right of the first.
      gaps: distances in bases, not negative.

    Returns:
      The curves.

    Raises:
      InputError: there is no gap, one is negative, or the widest pair does not fit.
    """
    if not len(gaps) or gaps.min() < 0:
        raise InputError(f"gaps {gaps.tolist()}: must be one or more, not negative")
    length, widest = backgrounds.shape[1], first.shape[1] + int(gaps.max()) + second.shape[1]
    if widest > length:
        raise InputError(f"two motifs {int(gaps.max())} bases apart take {widest}: longer than {length} bases")
    start = (length - widest) // 2
    before = predict(backgrounds, backgrounds)
    lone = {strand: predict(inserted(backgrounds, _on(strand, first), start), backgrounds) - before for strand in "+-"}
    pair, interaction, error = [], [], []
    for orientation in ORIENTATIONS:
        with_first = inserted(backgrounds, _on(orientation[0], first), start)
        own = _on(orientation[1], second)
        for gap in gaps.tolist():
            place = start + first.shape[1] + gap
            both = predict(inserted(with_first, own, place), backgrounds) - before
            alone = predict(inserted(backgrounds, own, place), backgrounds) - before
            beyond = both - lone[orientation[0]] - alone
            pair.append(both.mean(0))
            interaction.append(beyond.mean(0))
            error.append(beyond.std(0) / np.sqrt(max(len(beyond) - 1, 1)))
    shape = (len(ORIENTATIONS), len(gaps), -1)
    return SpacingCurve(
        gaps=gaps,
        pair=np.stack(pair).reshape(shape),
        interaction=np.stack(interaction).reshape(shape),
        error=np.stack(error).reshape(shape),
    )


def _on(strand: str, codes: UInt8[np.ndarray, "B W"]) -> UInt8[np.ndarray, "B W"]:
    return codes if strand == "+" else reverse_complement(codes)
