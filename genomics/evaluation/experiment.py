"""One experiment's grades: every prediction against what was measured, in the parts that matter."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from genomics.evaluation.allele_windows import AlleleWindows
from genomics.evaluation.measured import agreement, measures, zero_where_tiny
from genomics.evaluation.pwm import best_site
from genomics.io.genome import Genome
from genomics.sequence.motif import Motif

#: Names of the predictions.
NETWORK, MATRIX, KMERS = "network", "matrix", "k-mers"
#: Below this many alleles a part has no grades.
_FEWEST = 3


def saturation_parts(
    alleles: AlleleWindows, genome: Genome, motif: Motif | None, first: int
) -> dict[str, dict[str, Any]]:
    """Which alleles belong to which part: each element, its best site of the motif, the rest, its first bases.

    The site is searched in the reference bases between the element's first and last measured position.

    Args:
      alleles: of a table of saturation mutagenesis.
      genome: where they lie.
      motif: of the factor; None: no part is about it.
      first: bases, from the element's first measured one.

    Returns:
      By name of the part: `rows`, a mask over the alleles, and what else is to be told of it.
    """
    parts: dict[str, dict[str, Any]] = {}
    element, start = np.array([row.element for row in alleles.rows]), np.array(alleles.start)
    names = list(dict.fromkeys(element.tolist()))
    for name in names:
        own = element == name
        prefix = "" if len(names) == 1 else f"{name}: "
        contig = alleles.contig[int(own.argmax())]
        low, high = int(start[own].min()), int(start[own].max()) + 1
        parts[f"{prefix}whole element"] = {"rows": own, "place": f"{contig}:{low + 1}-{high}"}
        if high - low > first:
            parts[f"{prefix}first {first} nt"] = {"rows": own & (start < low + first)}
        if motif is None or high - low < motif.width:
            continue
        site, strand, score = best_site(genome.fetch(contig, low, high), motif)
        inside = own & (start >= low + site) & (start < low + site + motif.width)
        place = f"{contig}:{low + site + 1}-{low + site + motif.width} {'+' if strand > 0 else '-'}, {score:.1f} bits"
        parts[f"{prefix}in the motif"] = {"rows": inside, "place": place}
        parts[f"{prefix}outside the motif"] = {"rows": own & ~inside}
    return parts


def allelic_parts(count: int, matrix: Float[np.ndarray, " M"] | None) -> dict[str, dict[str, Any]]:
    """All alleles, and those where the matrix says anything."""
    parts: dict[str, dict[str, Any]] = {"all": {"rows": np.ones(count, bool)}}
    if matrix is not None and (matrix != 0).any() and not (matrix != 0).all():
        parts["where the matrix differs"] = {"rows": matrix != 0}
        parts["where it does not"] = {"rows": matrix == 0}
    return parts


def grades(
    predictions: Mapping[str, Float[np.ndarray, " M"]],
    values: Float[np.ndarray, " M"],
    parts: Mapping[str, Mapping[str, Any]],
    *,
    draws: int,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """The agreement of each prediction with the measured values in each part that holds alleles; JSON-ready.

    A prediction that is not finite leaves its allele out of the part for all predictions; `not_finite` counts these.
    """
    finite: Bool[np.ndarray, " M"] = np.logical_and.reduce([np.isfinite(each) for each in predictions.values()])
    against = MATRIX if MATRIX in predictions else None
    found = []
    for name, part in parts.items():
        rows = part["rows"] & finite
        entry = {"part": name, "alleles": int(rows.sum()), "not_finite": int((part["rows"] & ~finite).sum())}
        if "place" in part:
            entry["place"] = part["place"]
        if rows.sum() >= _FEWEST:
            own = {each: effects[rows] for each, effects in predictions.items()}
            entry["grades"] = agreement(own, values[rows], against=against, draws=draws, seed=seed)
        found.append(entry)
    return found


def alone(
    each: Float[np.ndarray, "R M"], values: Float[np.ndarray, " M"], parts: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[dict[str, float]]]:
    """The measures of every network by itself, by part; nothing of a single one, nor where an effect is not finite."""
    if len(each) < 2 or not np.isfinite(each).all():
        return {}
    return {
        name: [measures(zero_where_tiny(effects[part["rows"]]), values[part["rows"]]) for effects in each]
        for name, part in parts.items()
        if part["rows"].sum() >= _FEWEST
    }
