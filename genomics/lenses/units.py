"""Units of differences: what the change of an explained number is told in."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from genomics.errors import InputError

#: Probabilities closer than this to 0 and 1 count as this close, as in DeepSEA's effects.
_CLOSEST = 1e-6


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A line of the table.

    Attributes:
      convert: (change d of the number, the number f before it, of shapes that broadcast) -> the change in this unit.
      needs: the unit that the number itself must have; None = any.
      definition: of the change of a base, in one line.
      what: for the header of a VCF file and the help.
      linear: whether it is a multiple of d, whatever f is.
    """

    convert: Callable[[Float[Array, "..."], Float[Array, "..."]], Float[Array, "..."]]
    needs: str | None
    definition: str
    what: str
    linear: bool = False


def _log_odds(change: Float[Array, "..."], before: Float[Array, "..."]) -> Float[Array, "..."]:
    most = math.log((1 - _CLOSEST) / _CLOSEST)
    clipped = jnp.clip(before, -most, most)
    return (jnp.clip(before + change, -most, most) - clipped) / math.log(2)


#: delta             d
#: log_odds          log2 of the ratio of the odds after and before, p clipped to [1e-6, 1 - 1e-6] (DeepSEA: Zhou &
#:                   Troyanskaya 2015, doi:10.1038/nmeth.3547)
#: probability       sigmoid(f + d) - sigmoid(f)
#: log2_fold_change  d / ln 2, of natural logs of counts
UNITS: Mapping[str, Unit] = MappingProxyType(
    {
        "delta": Unit(
            convert=lambda change, _: change,
            needs=None,
            definition="logit(alternative base) - logit(reference base)",
            what="Change of the logit by the allele",
            linear=True,
        ),
        "log_odds": Unit(
            convert=_log_odds,
            needs="logit",
            definition="log2 of odds(alternative base) / odds(reference base)",
            what="log2 of the ratio of the odds with the allele to those without",
        ),
        "probability": Unit(
            convert=lambda change, before: jax.nn.sigmoid(before + change) - jax.nn.sigmoid(before),
            needs="logit",
            definition="probability(alternative base) - probability(reference base)",
            what="Change of the probability by the allele",
        ),
        "log2_fold_change": Unit(
            convert=lambda change, _: change / math.log(2),
            needs="natural log",
            definition="log2 of counts(alternative base) / counts(reference base)",
            what="log2 fold change of the counts by the allele",
            linear=True,
        ),
    }
)

#: What a network's number is called in texts, by its unit.
WORDS: Mapping[str, str] = MappingProxyType({"logit": "logit", "natural log": "log count", "output": "output"})
#: Why a unit does not suit a number of another one.
_MISMATCH = {
    "logit": "is of logits; this network gives {given} without a final sigmoid",
    "natural log": "is of natural logs of counts; this number is a {given}: --target=log_counts says that it is one",
}


def check_unit(gauge: str, given: str, flag: str = "--gauge") -> None:
    """Raises `InputError` where the numbers of a network are not of the unit that a gauge takes them for."""
    needs = UNITS[gauge].needs if gauge in UNITS else None
    if needs is not None and needs != given:
        word = f"{WORDS[given]}s" if needs == "logit" else WORDS[given]
        raise InputError(f"{flag}={gauge}: {_MISMATCH[needs].format(given=word)}")


def word(unit: str) -> str:
    """What a number of a unit is called."""
    return WORDS.get(unit, unit)


def worded(text: str, unit: str) -> str:
    """A text about logits, about what the network gives: `d logit / d x` is `d output / d x`."""
    name = word(unit)
    return text if name == "logit" else text.replace("logit", name).replace("Logit", name.capitalize())


def effects_unit(settings: Mapping[str, Any], provenance: Mapping[str, Any]) -> str:
    """What the numbers of a scan are in, by its plan: its gauge, or what the network gives."""
    gauge = settings.get("gauge", "delta")
    return word(provenance.get("unit", "logit")) if gauge == "delta" else gauge.replace("_", " ")
