"""Two alleles compared: fold change of their counts, distance of their profiles."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

#: Below this |d| the series of `_divergence` is exact in single precision; above, the formula itself is.
_SERIES = 0.2


def log2_fold_change(reference: Float[Array, "..."], alternative: Float[Array, "..."]) -> Float[Array, "..."]:
    """(a - r) / ln 2 of natural logs of counts: log2 of their ratio."""
    return (alternative - reference) / math.log(2)


def mean_log_counts(one: Float[Array, "..."], other: Float[Array, "..."]) -> Float[Array, "..."]:
    """The natural log of the mean of two counts, given by their natural logs: log((e^a + e^b) / 2)."""
    return jnp.logaddexp(one, other) - math.log(2)


def renormalised(profile: Float[Array, "O C"], kept: Bool[Array, " O"]) -> Float[Array, "O C"]:
    """A profile of which only some positions are kept, its channels of sum 1 again; NaN where nothing is left."""
    some = jnp.where(kept[:, None], profile, 0)
    return some / some.sum(0, keepdims=True)


def jensen_shannon(p: Float[Array, "O *C"], q: Float[Array, "O *C"]) -> Float[Array, "*C"]:
    """The Jensen-Shannon distance of two profiles: the square root of their divergence, base 2, so from 0 to 1.

    With m = (p + q) / 2 the divergence is (KL(p | m) + KL(q | m)) / 2. It is summed as s g(d) / 4, s = p + q,
    d = (q - p) / s, g(d) = (1 + d) ln(1 + d) + (1 - d) ln(1 - d): no term is negative, so profiles that are nearly
    equal have a small distance, where `scipy.spatial.distance.jensenshannon(p, q, base=2)` may give NaN for the root
    of a small negative sum; elsewhere the two agree. Source: Endres & Schindelin 2003, doi:10.1109/TIT.2003.813506.

    Args:
      p: over the first axis of sum 1.
      q: as p.

    Returns:
      A distance for each channel; NaN where a probability is.
    """
    both = p + q
    safe = jnp.where(both == 0, 1, both)
    return jnp.sqrt((both * _divergence((q - p) / safe)).sum(0) / (4 * math.log(2)))


def _divergence(d: Float[Array, "..."]) -> Float[Array, "..."]:
    """(1 + d) ln(1 + d) + (1 - d) ln(1 - d) = sum over k of d^2k / (k (2k - 1)), for |d| <= 1."""
    square = d * d
    series = square * (1 + square * (1 / 6 + square * (1 / 15 + square / 28)))
    xlog1py = jax.scipy.special.xlog1py
    return jnp.where(jnp.abs(d) < _SERIES, series, xlog1py(1 + d, d) + xlog1py(1 - d, -d))


def aligned(
    place: int, reference: Int[Array, ""], alternative: Int[Array, ""], positions: int
) -> tuple[Int[Array, " O"], Bool[Array, " O"]]:
    """Which position of the alternative's profile is which of the reference's, where an allele changes the length.

    Bases before the allele, and the first of those that both alleles have, are the same places; bases behind it are
    shifted by the difference of their lengths. Positions that either allele lacks, because they were deleted or
    inserted or lie beyond the end of one profile, are not kept.

    Args:
      place: position of the allele's first base in the profile; may lie outside.
      reference: bases of REF.
      alternative: bases of ALT.
      positions: O.

    Returns:
      For each position of the reference's profile that of the alternative's, and whether it is kept.
    """
    own = jnp.arange(positions)
    behind = own >= place + reference
    other = jnp.where(behind, own - reference + alternative, own)
    deleted = ~behind & (own >= place + alternative)
    kept = ~deleted & (other >= 0) & (other < positions)
    return jnp.clip(other, 0, positions - 1), kept


def expected_coverage(logits: Float[Array, "O C"], log_counts: Float[Array, " S"]) -> Float[Array, "O C"]:
    """Counts at each position: softmax x counts.

    One number of counts is that of all channels jointly, and the softmax is over all of them; one a channel is that
    channel's own, over its positions.

    Args:
      logits: of the profile.
      log_counts: natural logs, S = 1 or S = C.
    """
    over = (0, 1) if log_counts.shape[0] == 1 else 0
    return jax.nn.softmax(logits, axis=over) * jnp.exp(log_counts)
