"""The table of methods: a new method is a new line."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from jaxtyping import Array, Float, Key

from genomics.attribution.corrected_gradient import corrected_gradient
from genomics.attribution.deeplift import deeplift
from genomics.attribution.deeplift.names import MaxPoolRule, Rule
from genomics.attribution.expected_gradients import expected_gradients
from genomics.attribution.gradient_x_input import gradient_x_input
from genomics.attribution.integrated_gradients import integrated_gradients
from genomics.attribution.record import Explain, Predict
from genomics.attribution.references import Reference, parse_reference
from genomics.attribution.saliency import saliency
from genomics.attribution.smoothgrad import smoothgrad
from genomics.errors import InputError
from genomics.mutagenesis.naive import ism

# Standard deviation of SmoothGrad's noise.
_SIGMA = 0.1
_SHUFFLES_OF_DEEPSHAP = "dinucleotide:20"


@dataclass(frozen=True, kw_only=True)
class Own:
    """What belongs to one sequence.

    Attributes:
      references: what it is compared with, (K, L, 4); None for a method that compares with nothing.
      key: of its random draws.
    """

    references: Float[Array | np.ndarray, "K L 4"] | None
    key: Key[Array, ""]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the flags say about methods; each method reads those that it needs.

    Attributes:
      seed: of shuffles.
      rule: of DeepLIFT at activations.
      max_pool_rule: of DeepLIFT at max-pooling.
      reference: what sequences are compared with.
      distribution: what expected gradients draws its references from.
      layer: whose scores are wanted too, by name; None = none.
      steps: of integrated gradients.
      samples: of SmoothGrad and expected gradients.
    """

    seed: int
    rule: str
    max_pool_rule: str
    reference: Reference
    distribution: Reference
    layer: str | None
    steps: int
    samples: int


@dataclass(frozen=True, kw_only=True)
class Method:
    """A line of the table.

    Attributes:
      build: (predict, settings, what belongs to the sequence) -> explain.
      definition: of its scores, a formula in one line.
      citation: authors, year, doi.
      label: of the y axis of its figures.
      reference: settings -> what sequences are compared with; None = nothing.
      rule: settings -> the name of its rule.
      random: whether it draws at random.
      settings: fields of `Settings`, and flags of these names, that change its numbers.
      hypothetical: whether it also tells what each base would contribute if it stood there.
    """

    build: Callable[[Predict, Settings, Own], Explain]
    definition: str
    citation: str
    label: str
    reference: Callable[[Settings], Reference] | None = None
    rule: Callable[[Settings], str] | None = None
    random: bool = False
    settings: tuple[str, ...] = ()
    hypothetical: bool = False

    def reference_of(self, settings: Settings) -> Reference | None:
        """What sequences are compared with; None = nothing."""
        return self.reference(settings) if self.reference else None

    def attributes(self, settings: Settings) -> dict[str, Any]:
        """What is stored beside the scores; but for definition and citation, scores are equal where it is equal."""
        reference = self.reference_of(settings)
        stored: dict[str, Any] = {
            "definition": self.definition,
            "rule": self.rule(settings) if self.rule else "none",
            "reference": _told(reference) if reference else "none",
            "citation": self.citation,
        }
        if self.random or (reference and reference.shuffles):
            stored["seed"] = settings.seed
        own = {name: getattr(settings, name) for name in self.settings if name not in stored}
        return stored | {name: value for name, value in own.items() if value is not None}


def _told(reference: Reference) -> str:
    """The reference in words that are equal for equal numbers."""
    if reference.rows is None or reference.text in ("zeros", "uniform"):
        return reference.text
    if reference.rows.shape[:2] == (1, 1):
        return ",".join(f"{frequency:.6g}" for frequency in reference.rows[0, 0])
    return f"{Path(reference.text).name} sha256 {hashlib.sha256(reference.rows.tobytes()).hexdigest()[:16]}"


def _smoothgrad(predict: Predict, settings: Settings, own: Own) -> Explain:
    return smoothgrad(predict, key=own.key, samples=settings.samples, sigma=_SIGMA)


def _integrated_gradients(predict: Predict, settings: Settings, own: Own) -> Explain:
    assert own.references is not None
    return integrated_gradients(predict, reference=own.references, steps=settings.steps)


def _expected_gradients(predict: Predict, settings: Settings, own: Own) -> Explain:
    assert own.references is not None
    return expected_gradients(predict, references=own.references, key=own.key, samples=settings.samples)


def _deeplift(predict: Predict, settings: Settings, own: Own, rule: Rule) -> Explain:
    assert own.references is not None
    return deeplift(
        predict,
        reference=own.references,
        rule=rule,
        max_pool_rule=cast(MaxPoolRule, settings.max_pool_rule),
        layer=settings.layer,
    )


METHODS: dict[str, Method] = {
    "saliency": Method(
        build=lambda predict, *_: saliency(predict),
        definition="d logit / d x",
        citation="Simonyan, Vedaldi & Zisserman 2013, doi:10.48550/arXiv.1312.6034",
        label="gradient",
    ),
    "gradient_x_input": Method(
        build=lambda predict, *_: gradient_x_input(predict),
        definition="x * d logit / d x",
        citation="Shrikumar, Greenside, Shcherbina & Kundaje 2016, doi:10.48550/arXiv.1605.01713",
        label="gradient x input",
    ),
    "corrected_gradient": Method(
        build=lambda predict, *_: corrected_gradient(predict),
        definition="d logit / d x, minus its mean over the four bases",
        citation="Majdandzic, Rajesh & Koo 2023, doi:10.1186/s13059-023-02956-3",
        label="corrected gradient",
    ),
    "smoothgrad": Method(
        build=_smoothgrad,
        definition=f"mean of d logit / d x over copies of x with normal noise of standard deviation {_SIGMA}",
        citation="Smilkov, Thorat, Kim, Viégas & Wattenberg 2017, doi:10.48550/arXiv.1706.03825",
        label="mean gradient",
        random=True,
        settings=("samples",),
    ),
    "integrated_gradients": Method(
        build=_integrated_gradients,
        definition="(x - r) * mean gradient from r to x; they sum to logit(x) - logit(r)",
        citation="Sundararajan, Taly & Yan 2017, doi:10.48550/arXiv.1703.01365",
        label="contribution",
        reference=lambda settings: settings.reference,
        rule=lambda _: "midpoint",
        settings=("reference", "steps"),
    ),
    "expected_gradients": Method(
        build=_expected_gradients,
        definition="mean over random references r and places a in 0..1 of (x - r) * gradient at r + a (x - r)",
        citation="Erion, Janizek, Sturmfels, Lundberg & Lee 2021, doi:10.1038/s42256-021-00343-w",
        label="contribution",
        reference=lambda settings: settings.distribution,
        random=True,
        settings=("reference", "samples"),
    ),
    "deeplift": Method(
        build=lambda predict, settings, own: _deeplift(predict, settings, own, cast(Rule, settings.rule)),
        definition="m (x - r), m the multipliers of the rule; they sum to logit(x) - logit(r)",
        citation="Shrikumar, Greenside & Kundaje 2017, doi:10.48550/arXiv.1704.02685",
        label="contribution",
        reference=lambda settings: settings.reference,
        rule=lambda settings: settings.rule,
        settings=("rule", "reference", "max_pool_rule", "layer"),
        hypothetical=True,
    ),
    "deepshap": Method(
        build=lambda predict, settings, own: _deeplift(predict, settings, own, "rescale"),
        definition="mean over shuffled references r of m (x - r), m the multipliers of the rule",
        citation="Lundberg & Lee 2017, doi:10.48550/arXiv.1705.07874",
        label="contribution",
        reference=lambda settings: parse_reference(_SHUFFLES_OF_DEEPSHAP, seed=settings.seed),
        rule=lambda _: "rescale",
        settings=("max_pool_rule", "layer"),
        hypothetical=True,
    ),
    "ism": Method(
        build=lambda predict, *_: ism(predict),
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
