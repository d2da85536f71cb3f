"""The table of methods: a new method is a new line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from genomics.attribution.deeplift import deeplift
from genomics.attribution.deeplift.names import MaxPoolRule, Rule
from genomics.attribution.gradient_x_input import gradient_x_input
from genomics.attribution.integrated_gradients import integrated_gradients
from genomics.attribution.record import Attribution, Explain, Predict
from genomics.attribution.saliency import saliency
from genomics.errors import InputError
from genomics.interpretation.references import Reference
from genomics.mutagenesis.naive import ism

# Of one sequence: the same for all, or its own shuffles.
References = Float[Array | np.ndarray, "K L 4"]

_SHUFFLES_OF_DEEPSHAP = Reference(text="dinucleotide:20", shuffles=20)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the flags say about methods; each method reads those that it needs.

    Attributes:
      seed: of shuffles.
      rule: of DeepLIFT at activations.
      max_pool_rule: of DeepLIFT at max-pooling.
      reference: what sequences are compared with.
      steps: of integrated gradients.
    """

    seed: int
    rule: str
    max_pool_rule: str
    reference: Reference
    steps: int


@dataclass(frozen=True, kw_only=True)
class Method:
    """A line of the table.

    Attributes:
      build: (predict, settings, references) -> explain; the references are None for a method that has none.
      definition: of its scores, a formula in one line.
      citation: authors, year, doi.
      label: of the y axis of its figures.
      reference: settings -> what sequences are compared with; None = nothing.
      rule: settings -> the name of its rule.
      settings: other fields of `Settings` that change its numbers.
      hypothetical: whether it also tells what each base would contribute if it stood there.
    """

    build: Callable[[Predict, Settings, References | None], Explain]
    definition: str
    citation: str
    label: str
    reference: Callable[[Settings], Reference] | None = None
    rule: Callable[[Settings], str] | None = None
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
            "reference": reference.text if reference else "none",
            "citation": self.citation,
        }
        if reference and reference.shuffles:
            stored["seed"] = settings.seed
        return stored | {name: getattr(settings, name) for name in self.settings}


def mean_over_references(method: Callable[[Float[Array, "L 4"]], Explain], references: References) -> Explain:
    """A method of one reference as a method of K: the mean of everything that it gives."""

    def explain(x: Float[Array, "L 4"]) -> Attribution:
        each = jax.lax.map(lambda reference: method(reference)(x), jnp.asarray(references))
        return jax.tree.map(lambda values: values.mean(0), each)

    return explain


def _deeplift(predict: Predict, settings: Settings, references: References | None) -> Explain:
    assert references is not None
    rule, max_pool_rule = cast(Rule, settings.rule), cast(MaxPoolRule, settings.max_pool_rule)
    return deeplift(predict, reference=references, rule=rule, max_pool_rule=max_pool_rule)


def _deepshap(predict: Predict, settings: Settings, references: References | None) -> Explain:
    assert references is not None
    max_pool_rule = cast(MaxPoolRule, settings.max_pool_rule)
    return deeplift(predict, reference=references, rule="rescale", max_pool_rule=max_pool_rule)


def _integrated_gradients(predict: Predict, settings: Settings, references: References | None) -> Explain:
    assert references is not None
    return mean_over_references(
        lambda reference: integrated_gradients(predict, reference=reference, steps=settings.steps), references
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
    "integrated_gradients": Method(
        build=_integrated_gradients,
        definition="(x - r) * mean gradient from r to x; they sum to logit(x) - logit(r)",
        citation="Sundararajan, Taly & Yan 2017, doi:10.48550/arXiv.1703.01365",
        label="contribution",
        reference=lambda settings: settings.reference,
        rule=lambda _: "midpoint",
        settings=("steps",),
    ),
    "deeplift": Method(
        build=_deeplift,
        definition="m (x - r), m the multipliers of the rule; they sum to logit(x) - logit(r)",
        citation="Shrikumar, Greenside & Kundaje 2017, doi:10.48550/arXiv.1704.02685",
        label="contribution",
        reference=lambda settings: settings.reference,
        rule=lambda settings: settings.rule,
        settings=("max_pool_rule",),
        hypothetical=True,
    ),
    "deepshap": Method(
        build=_deepshap,
        definition="mean over shuffled references r of m (x - r), m the multipliers of the rule",
        citation="Lundberg & Lee 2017, doi:10.48550/arXiv.1705.07874",
        label="contribution",
        reference=lambda _: _SHUFFLES_OF_DEEPSHAP,
        rule=lambda _: "rescale",
        settings=("max_pool_rule",),
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
