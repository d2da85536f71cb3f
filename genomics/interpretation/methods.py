"""The table of methods: a new method is a new line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from genomics.attribution.gradient_x_input import gradient_x_input
from genomics.attribution.record import Explain, Predict
from genomics.attribution.saliency import saliency
from genomics.errors import InputError
from genomics.mutagenesis.naive import ism


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the flags say about methods."""

    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Method:
    """A line of the table.

    Attributes:
      build: (predict, settings) -> explain.
      definition: of its scores, a formula in one line.
      citation: authors, year, doi.
      label: of the y axis of its figures.
      settings: which fields of `Settings` change its numbers.
    """

    build: Callable[[Predict, Settings], Explain]
    definition: str
    citation: str
    label: str
    settings: tuple[str, ...] = ()

    def attributes(self, settings: Settings) -> dict[str, Any]:
        """What is stored beside the scores, and must be equal for scores to be equal."""
        own = {name: getattr(settings, name) for name in self.settings}
        fixed = {"definition": self.definition, "rule": "none", "reference": "none", "citation": self.citation}
        return fixed | {name: value for name, value in own.items() if value is not None}


METHODS: dict[str, Method] = {
    "saliency": Method(
        build=lambda predict, _: saliency(predict),
        definition="d logit / d x",
        citation="Simonyan, Vedaldi & Zisserman 2013, doi:10.48550/arXiv.1312.6034",
        label="gradient",
    ),
    "gradient_x_input": Method(
        build=lambda predict, _: gradient_x_input(predict),
        definition="x * d logit / d x",
        citation="Shrikumar, Greenside, Shcherbina & Kundaje 2016, doi:10.48550/arXiv.1605.01713",
        label="gradient x input",
    ),
    "ism": Method(
        build=lambda predict, _: ism(predict),
        definition="logit(alternative base) - logit(reference base)",
        citation="Zhou & Troyanskaya 2015, doi:10.1038/nmeth.3547",
        label="Δ logit",
    ),
}


def chosen(names: Sequence[str]) -> list[str]:
    """The methods that a list of names asks for, without repeats; `all` = the whole table.

    Raises:
      InputError: an unknown name, or none.
    """
    wanted = [name.strip() for name in names if name.strip()]
    for name in wanted:
        if name != "all" and name not in METHODS:
            raise InputError(f"--methods={name}: must be among {', '.join(METHODS)}, or all")
    if not wanted:
        raise InputError(f"--methods=: must name at least one of {', '.join(METHODS)}, or all")
    return list(dict.fromkeys(name for each in wanted for name in (METHODS if each == "all" else [each])))
