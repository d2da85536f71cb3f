"""What a network says of the two windows of an allele: the numbers explained, its counts, its profiles."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import jax
from jaxtyping import Array, Float, Int, UInt8

from genomics.lenses.coverage import Coverage
from genomics.lenses.pairs import aligned, renormalised
from genomics.lenses.units import Unit
from genomics.scan.vcf_scores import AllelePair, Reads


def alleles_of(
    predict: Callable[[UInt8[Array, " L"]], Float[Array, " T"]], windows: UInt8[Array, "2 L"], unit: Unit
) -> AllelePair:
    """The numbers explained; of a network without a head of counts they are taken for natural logs of counts.

    Args:
      predict: codes -> (T,), bound to the window with REF.
      windows: with REF and with ALT, codes.
      unit: of the effect.
    """
    reference, alternative = jax.vmap(predict)(windows)
    return AllelePair(reference=reference, alternative=alternative, unit=unit, counts=(reference, alternative))


def of_change(reference: Float[Array, "K T"], change: Float[Array, "K T"], unit: Unit) -> AllelePair:
    """The same from the numbers with REF and their change by ALT."""
    alternative = reference + change
    return AllelePair(reference=reference, alternative=alternative, unit=unit, counts=(reference, alternative))


def with_coverage(
    found: AllelePair,
    coverage: Coverage,
    parameters: Any,
    windows: UInt8[Array, "2 L"],
    lengths: Int[Array, "2"],
    reads: Collection[Reads],
) -> AllelePair:
    """What a network of a profile and counts says beside.

    Args:
      found: the numbers explained.
      coverage: the two heads.
      parameters: of one network.
      windows: with REF and with ALT, codes; the first base of the allele has index L // 2.
      lengths: bases of REF and of ALT.
      reads: what scores are of; nothing else is computed.
    """
    one, other = (jax.nn.one_hot(window, 4) for window in windows)
    place = windows.shape[-1] // 2 - coverage.start

    counts = profiles = None
    if "counts" in reads:
        counts = coverage.log_counts(parameters, one), coverage.log_counts(parameters, other)
    if "profiles" in reads:
        p, q = coverage.probabilities(parameters, one), coverage.probabilities(parameters, other)
        index, kept = aligned(place, lengths[0], lengths[1], coverage.positions)
        profiles = renormalised(p, kept), renormalised(q[index], kept)
    return replace(found, counts=counts, profiles=profiles)
