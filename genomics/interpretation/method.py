"""What a line of the table of methods holds, and a method under its settings."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from jaxtyping import Array, Float, Key, UInt8

from genomics.attribution.record import Attribution, Predict
from genomics.attribution.references import Reference
from genomics.evaluation.reduction import Reading
from genomics.interpretation.reference_setting import told
from genomics.interpretation.settings import Settings, declared

S = TypeVar("S", bound=Settings)
#: One sequence in, its scores out; or arrays by name, of a method that does not score each base.
Answers = Callable[[Float[Array, "L 4"]], Attribution | Mapping[str, Array]]


@dataclass(frozen=True, kw_only=True)
class Own:
    """What belongs to one sequence.

    Attributes:
      references: what it is compared with, (K, L, 4); None for a method that compares with nothing.
      key: of its random draws.
      windows: what replaces the window around each position, (L, M, W) codes; None for a method that replaces none.
    """

    references: Float[Array | np.ndarray, "K L 4"] | None
    key: Key[Array, ""]
    windows: UInt8[Array, "L M W"] | None = None


@dataclass(frozen=True, kw_only=True)
class OfMean(Generic[S]):
    """Of several networks, what is averaged and what is told of the mean.

    Attributes:
      settings: under which each network is explained.
      tell: (the mean of their scores, the sequence, the mean f of the numbers explained) -> scores.
    """

    settings: S
    tell: Callable[[Float[Array, "T L 4"], Float[Array, "L 4"], Float[Array, " T"]], Float[Array, "T L 4"]]


@dataclass(frozen=True, kw_only=True)
class Method(Generic[S]):
    """A line of the table.

    Attributes:
      build: (predict, settings, what belongs to the sequence) -> explain.
      settings: the record of its settings; its fields are flags and are stored beside the scores.
      definition: what its scores are, a formula in one line; may depend on the settings.
      citation: authors, year, doi.
      label: of the y axis of its figures.
      reference: settings -> what sequences are compared with, None = nothing; by default the field `reference`.
      rule: settings -> the name of its rule; by default the field `rule`.
      random: whether it draws at random.
      windows: settings -> the width of the windows that it replaces by shuffles; None = it replaces none.
      reading: how its scores become one number a base; None: their sum where it promises completeness, the observed
        base's elsewhere.
      hypothetical: whether it may also tell what each base would contribute if it stood there.
      in_all: whether `all` names it too.
      per_base: whether it has a score for each of the four bases at each position, so that it can be evaluated.
      of_mean: settings -> what is averaged over networks where that is not the scores, as before a unit that is not
        linear; None where it is.
      provenance: what else is stored beside the scores; scores under another one are other scores.
    """

    build: Callable[[Predict, S, Own], Answers]
    settings: type[S]
    definition: str | Callable[[S], str]
    citation: str
    label: str
    reference: Callable[[S], Reference | None] = lambda settings: getattr(settings, "reference", None)
    rule: Callable[[S], str] = lambda settings: getattr(settings, "rule", "none")
    random: bool = False
    windows: Callable[[S], int] | None = None
    reading: Reading | None = None
    hypothetical: bool = False
    in_all: bool = True
    per_base: bool = True
    of_mean: Callable[[S], OfMean[S] | None] = lambda settings: None
    provenance: Mapping[str, str] | None = None


def reading_of(method: Method[Any] | None, arrays: Collection[str]) -> Reading:
    """How scores become one number a base.

    Args:
      method: the line of the table; None where it is not known.
      arrays: names of the method's arrays.
    """
    if method and method.reading:
        return method.reading
    return "total" if "residual" in arrays else "observed"


@dataclass(frozen=True, kw_only=True)
class Explainer:
    """A method under its settings.

    Attributes:
      name: of its group in `scores.h5`.
      method: the line of the table.
      settings: a record of the line's kind.
    """

    name: str
    method: Method[Any]
    settings: Settings

    @property
    def reference(self) -> Reference | None:
        """What sequences are compared with; None = nothing."""
        return self.method.reference(self.settings)

    def attributes(self) -> dict[str, Any]:
        """What is stored beside the scores; but for definition and citation, scores are equal where it is equal."""
        method, settings, reference = self.method, self.settings, self.reference
        stored: dict[str, Any] = {
            "definition": method.definition if isinstance(method.definition, str) else method.definition(settings),
            "rule": method.rule(settings),
            "reference": told(reference) if reference else "none",
            "citation": method.citation,
        }
        if method.random or method.windows or (reference and reference.shuffles):
            stored["seed"] = settings.seed
        for name, each in declared(type(settings)).items():
            value = getattr(settings, name)
            if name not in stored and value is not None:
                stored[name] = each.told(value) if each.told else value
        return stored | dict(method.provenance or {})
