"""The table of what is told about each allele of a VCF file: a new score is a new line."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal

import jax
from jaxtyping import Array, Float

from genomics.lenses.pairs import jensen_shannon, log2_fold_change
from genomics.lenses.units import UNITS, Unit, worded

Numbers = Float[Array, "*C T"]
#: What a score is of: the numbers explained, or the network's counts or profile, whatever number is explained.
Reads = Literal["numbers", "counts", "profiles"]


@partial(
    jax.tree_util.register_dataclass,
    data_fields=["reference", "alternative", "counts", "profiles"],
    meta_fields=["unit"],
)
@dataclass(frozen=True, kw_only=True)
class AllelePair:
    """What a network says of a pair of windows, or the mean of what several say: a pytree.

    Attributes:
      reference: (T,) numbers explained, of the window with REF.
      alternative: of the window with ALT, by what is held of the window with REF.
      unit: in which the effect is told.
      counts: natural logs of the counts of both windows, (1,) each; of a network without a head for them the numbers
        themselves. None where no score reads them.
      profiles: the profiles of both windows, (O, C) each: the positions that both have, aligned, of sum 1. None as
        above.
    """

    reference: Numbers
    alternative: Numbers
    unit: Unit = UNITS["delta"]
    counts: tuple[Float[Array, "..."], Float[Array, "..."]] | None = None
    profiles: tuple[Float[Array, "*K O C"], Float[Array, "*K O C"]] | None = None


@dataclass(frozen=True, kw_only=True)
class VcfScore:
    """A line of the table.

    Attributes:
      compute: what the network says of both alleles -> the score: (T,), one number a task; or (1,), one a network.
      array: its name in the parts of a scan.
      ending: of its INFO key, after --info_key.
      what: it is, for the header of the VCF file and the help.
      unit: that the numbers explained must have; None = any.
      reads: what it is of.
      linear: whether the mean of several networks' scores is the score of their mean.
    """

    compute: Callable[[AllelePair], Numbers]
    array: str
    ending: str
    what: str
    unit: str | None = None
    reads: Reads = "numbers"
    linear: bool = True

    @property
    def heads(self) -> bool:
        """Whether it is about the network's profile and counts, whatever number is explained."""
        return self.reads != "numbers"


def _read(pair: tuple[Array, Array] | None) -> tuple[Array, Array]:
    if pair is None:
        raise ValueError("a score reads what was not computed")
    return pair


#: The first is always told; the others where --vcf_scores names them.
VCF_SCORES: Mapping[str, VcfScore] = MappingProxyType(
    {
        "effect": VcfScore(
            compute=lambda pair: pair.unit.convert(pair.alternative - pair.reference, pair.reference),
            array="effects",
            ending="",
            what=UNITS["delta"].what,
        ),
        "reference": VcfScore(
            compute=lambda pair: pair.reference,
            array="reference",
            ending="_REF",
            what="Logit of the window with REF",
        ),
        "alternative": VcfScore(
            compute=lambda pair: pair.alternative,
            array="alternative",
            ending="_ALT",
            what="Logit of the window with the allele",
        ),
        "probability": VcfScore(
            compute=lambda pair: UNITS["probability"].convert(pair.alternative - pair.reference, pair.reference),
            array="probability",
            ending="_P",
            what=UNITS["probability"].what,
            unit="logit",
            linear=False,
        ),
        "log2_fold_change": VcfScore(
            compute=lambda pair: log2_fold_change(*_read(pair.counts)),
            array="log2_fold_change",
            ending="_LFC",
            what=UNITS["log2_fold_change"].what,
            reads="counts",
        ),
        "jensen_shannon": VcfScore(
            compute=lambda pair: jensen_shannon(*_read(pair.profiles)).mean(keepdims=True),
            array="jensen_shannon",
            ending="_JSD",
            what="Jensen-Shannon distance of the profiles of both alleles, base 2, mean over channels",
            reads="profiles",
            linear=False,
        ),
    }
)
ALWAYS = next(iter(VCF_SCORES))
#: Those that --vcf_scores may name.
FURTHER = tuple(name for name in VCF_SCORES if name != ALWAYS)

#: Those that the parts of a scan hold in any case: the table of alleles tells them.
HELD = ("reference", "alternative")


def held(further: Sequence[str]) -> list[str]:
    """Names of the scores that parts hold, in the table's order, where `further` ones are told."""
    return [name for name in FURTHER if name in further or name in HELD]


def vcf_scores(further: Sequence[str]) -> dict[str, VcfScore]:
    """The lines of the score that is always told and of further ones, in the table's order."""
    return {name: score for name, score in VCF_SCORES.items() if name == ALWAYS or name in further}


def arrays(further: Sequence[str], replicates: int | None) -> list[str]:
    """Names of the arrays (alleles, T or 1) in a part; of networks trained side by side with their spread beside."""
    names = [score.array for score in vcf_scores(further).values()]
    return [*names, *(f"{name}_std" for name in names)] if replicates else names


def widths(further: Sequence[str], heads: bool) -> dict[str, int]:
    """Array -> its numbers for an allele, of those that have not one a task.

    Args:
      further: names of scores beside the one that is always told.
      heads: whether the network has a profile and counts.
    """
    return {score.array: 1 for score in vcf_scores(further).values() if score.heads and heads}


def info_keys(
    key: str, further: Sequence[str], replicates: int | None, *, unit: str = "logit", gauge: str = "delta"
) -> Iterator[tuple[str, str, str]]:
    """(INFO key, array, what it is) of everything that is told of an allele.

    Args:
      key: --info_key.
      further: names of scores beside the one that is always told.
      replicates: R, of networks trained side by side; None for a single network.
      unit: of the numbers explained.
      gauge: the unit of the effect.
    """
    for name, score in vcf_scores(further).items():
        what = worded(UNITS[gauge].what if name == ALWAYS else score.what, unit)
        yield f"{key}{score.ending}", score.array, what
        if replicates:
            spread = f"Standard deviation over networks: {what[0].lower()}{what[1:]}"
            yield f"{key}{score.ending}_STD", f"{score.array}_std", spread
