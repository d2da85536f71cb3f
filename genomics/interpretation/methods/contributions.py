"""Methods whose scores share out a logit, or its difference from that of a reference."""

from dataclasses import dataclass

from genomics.attribution.deeplift import deeplift
from genomics.attribution.deeplift.names import MAX_POOL_RULES
from genomics.attribution.expected_gradients import expected_gradients
from genomics.attribution.integrated_gradients import integrated_gradients
from genomics.attribution.lrp import lrp
from genomics.attribution.record import Explain, Predict
from genomics.attribution.references import Reference, parse_reference
from genomics.interpretation.layer_setting import layer_setting
from genomics.interpretation.method import Method, Own
from genomics.interpretation.reference_setting import Compared, reference_setting
from genomics.interpretation.settings import Settings, setting

# Those of DeepLIFT's rules that are for users.
_RULES = ("genomics_default", "rescale", "reveal_cancel")
_SHUFFLES = "dinucleotide:20"


@dataclass(frozen=True, kw_only=True)
class IntegratedGradients(Compared):
    """Of integrated gradients.

    Attributes:
      steps: gradients on the way from the reference.
    """

    steps: int = setting(50, "gradients on the way from the reference", least=1)


def _integrated_gradients(predict: Predict, settings: IntegratedGradients, own: Own) -> Explain:
    assert own.references is not None
    return integrated_gradients(predict, reference=own.references, steps=settings.steps)


INTEGRATED_GRADIENTS = Method(
    build=_integrated_gradients,
    settings=IntegratedGradients,
    definition="(x - r) * mean gradient from r to x; they sum to logit(x) - logit(r)",
    citation="Sundararajan, Taly & Yan 2017, doi:10.48550/arXiv.1703.01365",
    label="contribution",
    rule=lambda _: "midpoint",
    reading="total",
)


@dataclass(frozen=True, kw_only=True)
class ExpectedGradients(Compared):
    """Of expected gradients.

    Attributes:
      reference: what references are drawn from.
      samples: of a reference and a place on the way from it.
    """

    reference: Reference = reference_setting(_SHUFFLES)
    samples: int = setting(50, "random references and places on the way from them", least=1)


def _expected_gradients(predict: Predict, settings: ExpectedGradients, own: Own) -> Explain:
    assert own.references is not None
    return expected_gradients(predict, references=own.references, key=own.key, samples=settings.samples)


EXPECTED_GRADIENTS = Method(
    build=_expected_gradients,
    settings=ExpectedGradients,
    definition="mean over random references r and places a in 0..1 of (x - r) * gradient at r + a (x - r)",
    citation="Erion, Janizek, Sturmfels, Lundberg & Lee 2021, doi:10.1038/s42256-021-00343-w",
    label="contribution",
    random=True,
    reading="total",
)

LRP = Method(
    build=lambda predict, *_: lrp(predict),
    settings=Settings,
    definition="logit in shares: z_box at the sequence, gamma in convolutions, epsilon in dense layers, gates nothing",
    citation="Bach, Binder, Montavon, Klauschen, Müller & Samek 2015, doi:10.1371/journal.pone.0130140",
    label="relevance",
    rule=lambda _: "composite",
    reading="total",
)


@dataclass(frozen=True, kw_only=True)
class DeepShap(Settings):
    """Of DeepSHAP.

    Attributes:
      max_pool_rule: at max-pooling.
      layer: whose scores are given too; None = of no layer.
    """

    max_pool_rule: str = setting(
        "cross", "at max-pooling; gradient does not sum to the difference", choices=MAX_POOL_RULES
    )
    layer: str | None = layer_setting("whose scores are given too")


@dataclass(frozen=True, kw_only=True)
class DeepLift(Compared, DeepShap):
    """Of DeepLIFT.

    Attributes:
      rule: at activations.
    """

    rule: str = setting("genomics_default", "at activations", choices=_RULES)


def _deeplift(predict: Predict, settings: DeepLift | DeepShap, own: Own) -> Explain:
    assert own.references is not None
    return deeplift(
        predict,
        reference=own.references,
        rule=settings.rule if isinstance(settings, DeepLift) else "rescale",
        max_pool_rule=settings.max_pool_rule,
        layer=settings.layer,
    )


DEEPLIFT = Method(
    build=_deeplift,
    settings=DeepLift,
    definition="m (x - r), m the multipliers of the rule; they sum to logit(x) - logit(r)",
    citation="Shrikumar, Greenside & Kundaje 2017, doi:10.48550/arXiv.1704.02685",
    label="contribution",
    reading="total",
    hypothetical=True,
)

DEEPSHAP = Method(
    build=_deeplift,
    settings=DeepShap,
    definition="mean over shuffled references r of m (x - r), m the multipliers of the rule",
    citation="Lundberg & Lee 2017, doi:10.48550/arXiv.1705.07874",
    label="contribution",
    reference=lambda settings: parse_reference(_SHUFFLES, seed=settings.seed),
    rule=lambda _: "rescale",
    reading="total",
    hypothetical=True,
)
