"""The table of what is told about each allele of a VCF file: a new score is a new line."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import jax
from jaxtyping import Array, Float

Logits = Float[Array, "*C T"]


@dataclass(frozen=True, kw_only=True)
class VcfScore:
    """A line of the table.

    Attributes:
      compute: (f of the window with REF, f of the window with ALT) -> the score, all (C, T).
      array: its name in the parts of a scan.
      ending: of its INFO key, after --info_key.
      what: it is, for the header of the VCF file and the help.
    """

    compute: Callable[[Logits, Logits], Logits]
    array: str
    ending: str
    what: str


#: The first is always told; the others where --vcf_scores names them.
VCF_SCORES: Mapping[str, VcfScore] = MappingProxyType(
    {
        "effect": VcfScore(
            compute=lambda reference, alternative: alternative - reference,
            array="effects",
            ending="",
            what="Change of the logit by the allele",
        ),
        "reference": VcfScore(
            compute=lambda reference, _: reference,
            array="reference",
            ending="_REF",
            what="Logit of the window with REF",
        ),
        "alternative": VcfScore(
            compute=lambda _, alternative: alternative,
            array="alternative",
            ending="_ALT",
            what="Logit of the window with the allele",
        ),
        "probability": VcfScore(
            compute=lambda reference, alternative: jax.nn.sigmoid(alternative) - jax.nn.sigmoid(reference),
            array="probability",
            ending="_P",
            what="Change of the probability by the allele",
        ),
    }
)
ALWAYS = next(iter(VCF_SCORES))
#: Those that --vcf_scores may name.
FURTHER = tuple(name for name in VCF_SCORES if name != ALWAYS)


def vcf_scores(further: Sequence[str]) -> dict[str, VcfScore]:
    """The lines of the score that is always told and of further ones, in the table's order."""
    return {name: score for name, score in VCF_SCORES.items() if name == ALWAYS or name in further}


def arrays(further: Sequence[str], replicates: int | None) -> list[str]:
    """Names of the arrays (alleles, T) in a part; of networks trained side by side with their spread beside them."""
    names = [score.array for score in vcf_scores(further).values()]
    return [*names, *(f"{name}_std" for name in names)] if replicates else names


def info_keys(key: str, further: Sequence[str], replicates: int | None) -> Iterator[tuple[str, str, str]]:
    """(INFO key, array, what it is) of everything that is told of an allele.

    Args:
      key: --info_key.
      further: names of scores beside the one that is always told.
      replicates: R, of networks trained side by side; None for a single network.
    """
    for score in vcf_scores(further).values():
        yield f"{key}{score.ending}", score.array, score.what
        if replicates:
            spread = f"Standard deviation over networks: {score.what[0].lower()}{score.what[1:]}"
            yield f"{key}{score.ending}_STD", f"{score.array}_std", spread
