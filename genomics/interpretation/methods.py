"""The table of methods: a new method is a new line."""

from collections.abc import Sequence

from genomics.attribution.corrected_gradient import corrected_gradient
from genomics.attribution.deconvnet import deconvnet
from genomics.attribution.deeplift import deeplift
from genomics.attribution.expected_gradients import expected_gradients
from genomics.attribution.grad_cam import grad_cam
from genomics.attribution.gradient_x_input import gradient_x_input
from genomics.attribution.guided_backprop import guided_backprop
from genomics.attribution.guided_grad_cam import guided_grad_cam
from genomics.attribution.integrated_gradients import integrated_gradients
from genomics.attribution.record import Explain, Predict
from genomics.attribution.references import parse_reference
from genomics.attribution.saliency import saliency
from genomics.attribution.smoothgrad import smoothgrad
from genomics.errors import InputError
from genomics.interpretation.method import Method, Own, Settings
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.mutagenesis.naive import ism

# Standard deviation of SmoothGrad's noise.
_SIGMA = 0.1
_SHUFFLES_OF_DEEPSHAP = "dinucleotide:20"


def _smoothgrad(predict: Predict, settings: Settings, own: Own) -> Explain:
    return smoothgrad(predict, key=own.key, samples=settings.samples, sigma=_SIGMA)


def _integrated_gradients(predict: Predict, settings: Settings, own: Own) -> Explain:
    assert own.references is not None
    return integrated_gradients(predict, reference=own.references, steps=settings.steps)


def _expected_gradients(predict: Predict, settings: Settings, own: Own) -> Explain:
    assert own.references is not None
    return expected_gradients(predict, references=own.references, key=own.key, samples=settings.samples)


def _deeplift(predict: Predict, settings: Settings, own: Own, rule: str) -> Explain:
    assert own.references is not None
    return deeplift(
        predict,
        reference=own.references,
        rule=rule,
        max_pool_rule=settings.max_pool_rule,
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
    "guided_backprop": Method(
        build=lambda predict, *_: guided_backprop(predict),
        definition="gradient, where a rectifier with input z passes back max(h, 0) 1[z > 0] of a gradient h",
        citation="Springenberg, Dosovitskiy, Brox & Riedmiller 2014, doi:10.48550/arXiv.1412.6806",
        label="guided gradient",
    ),
    "deconvnet": Method(
        build=lambda predict, *_: deconvnet(predict),
        definition="gradient, where a rectifier passes back max(h, 0) of a gradient h",
        citation="Zeiler & Fergus 2014, doi:10.1007/978-3-319-10590-1_53",
        label="deconvnet",
    ),
    "grad_cam": Method(
        build=lambda predict, settings, _: grad_cam(predict, layer=settings.layer),
        definition="max(0, sum over a layer's channels of mean gradient * value), at the middle of receptive fields",
        citation="Selvaraju, Cogswell, Das, Vedantam, Parikh & Batra 2017, doi:10.1109/ICCV.2017.74",
        label="Grad-CAM",
        settings=("layer",),
    ),
    "guided_grad_cam": Method(
        build=lambda predict, settings, _: guided_grad_cam(predict, layer=settings.layer),
        definition="Grad-CAM of the position * guided gradient",
        citation="Selvaraju, Cogswell, Das, Vedantam, Parikh & Batra 2017, doi:10.1109/ICCV.2017.74",
        label="guided Grad-CAM",
        settings=("layer",),
    ),
    "deeplift": Method(
        build=lambda predict, settings, own: _deeplift(predict, settings, own, settings.rule),
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
        build=lambda predict, settings, _: (ism if settings.ism == "naive" else incremental_ism)(predict),
        definition="logit(alternative base) - logit(reference base)",
        citation="Zhou & Troyanskaya 2015, doi:10.1038/nmeth.3547",
        label="Δ logit",
        settings=("ism",),
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
