"""From counts and weights to motifs, and what is left of them without their empty ends."""

import numpy as np
from jaxtyping import Float

from genomics.sequence.motif import UNIFORM, Motif, information

#: Kernels whose positions sum to no more than this many bits are read as information-gain matrices.
_MOST_BITS = 2.0 + 1e-5


def trim(motif: Motif, least: float = 0.25) -> tuple[Motif, int] | None:
    """Cuts both ends down to the first and last position that tell at least `least` bits.

    Returns:
      What is left, and how many positions were cut on the left; None where no position tells as much.
    """
    telling = np.flatnonzero(information(motif.probabilities) >= least)
    if not len(telling):
        return None
    first, end = int(telling[0]), int(telling[-1]) + 1
    inner = np.ascontiguousarray(motif.probabilities[first:end])
    return Motif(identifier=motif.identifier, name=motif.name, probabilities=inner, nsites=motif.nsites), first


def corrected_information(motif: Motif) -> Float[np.ndarray, " W"]:
    """Bits of each position less what as many random sites would show: 3 / (2 ln 2 n), not below 0.

    Source: Schneider, Stormo, Gold & Ehrenfeucht 1986, doi:10.1016/0022-2836(86)90165-8.
    """
    expected = 3 / (2 * np.log(2) * motif.nsites) if motif.nsites else 0.0
    return np.maximum(information(motif.probabilities) - expected, 0.0)


def is_information_gain(weights: Float[np.ndarray, "W 4"]) -> bool:
    """Whether a filter's weights can be heights of letters in a logo: not negative, at most 2 bits a position."""
    return bool((weights >= 0).all() and (weights.sum(1) <= _MOST_BITS).all() and weights.any())


def motif_of_weights(identifier: str, name: str, weights: Float[np.ndarray, "W 4"]) -> Motif:
    """The motif that a first-layer filter's weights say, without looking at any sequence.

    An information-gain matrix is read exactly: a base's probability is its share of the position's height (an empty
    position says nothing: 1/4 each). Other weights are read as logarithms of odds: p proportional to exp(w), which is
    exact for an exponential activation with independent positions and a crude guide otherwise.

    Args:
      identifier: of the motif.
      name: of the motif.
      weights: of one filter.

    Returns:
      The motif; its number of sites is 0, as none was looked at.
    """
    values = np.asarray(weights, np.float64)
    if is_information_gain(weights):
        total = values.sum(1, keepdims=True)
        p = np.where(total > 0, values / np.where(total > 0, total, 1.0), np.asarray(UNIFORM))
    else:
        odds = np.exp(values - values.max(1, keepdims=True))
        p = odds / odds.sum(1, keepdims=True)
    return Motif(identifier=identifier, name=name, probabilities=p, nsites=0)
