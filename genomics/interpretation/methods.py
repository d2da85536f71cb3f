"""The table of methods: a new method is a new line."""

from collections.abc import Callable, Sequence

from jaxtyping import Array, Float

from genomics.attribution.corrected_gradient import corrected_gradient
from genomics.attribution.deconvnet import deconvnet
from genomics.attribution.deeplift import deeplift
from genomics.attribution.expected_gradients import expected_gradients
from genomics.attribution.grad_cam import grad_cam
from genomics.attribution.gradient_x_input import gradient_x_input
from genomics.attribution.guided_backprop import guided_backprop
from genomics.attribution.guided_grad_cam import guided_grad_cam
from genomics.attribution.integrated_gradients import integrated_gradients
from genomics.attribution.lrp import lrp
from genomics.attribution.record import Explain, Predict
from genomics.attribution.references import parse_reference
from genomics.attribution.saliency import saliency
from genomics.attribution.smoothgrad import smoothgrad
from genomics.errors import InputError
from genomics.interpretation.method import Method, Own, Settings
from genomics.mutagenesis.ablation import ablation
from genomics.mutagenesis.epistasis import epistasis
from genomics.mutagenesis.gauge import average_strands, in_gauge
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.mutagenesis.indels import deletions, insertions, random_strings
from genomics.mutagenesis.naive import ism
from genomics.mutagenesis.occlusion import occlusion

# Standard deviation of SmoothGrad's noise.
_SIGMA = 0.1
_GAUGES = {
    "delta": "logit(alternative base) - logit(reference base)",
    "centred": "logit(alternative base) - logit(reference base), minus its mean over the four bases",
    "projected": "minus the mean over the four bases of logit(alternative base) - logit(reference base)",
    "log_odds": "log2 of odds(alternative base) / odds(reference base)",
    "probability": "probability(alternative base) - probability(reference base)",
}
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


def _first_order(settings: Settings) -> Callable[[Predict], Explain]:
    return ism if settings.ism == "naive" else incremental_ism


def _ism(predict: Predict, settings: Settings, _: Own) -> Explain:
    method = in_gauge(_first_order(settings)(predict), predict, settings.gauge)
    return average_strands(method) if settings.average_strands else method


def _ablation(predict: Predict, settings: Settings, own: Own) -> Explain:
    assert own.windows is not None
    windows = own.windows
    return lambda x: ablation(predict, x, windows)


def _indels(predict: Predict, settings: Settings, _: Own) -> Callable[[Float[Array, "L 4"]], dict[str, Array]]:
    strings = random_strings(settings.max_indel, settings.seed)
    return lambda x: {
        "deletions": deletions(predict, x, settings.max_indel),
        "insertions": insertions(predict, x, strings),
    }


def _epistasis(predict: Predict, settings: Settings, _: Own) -> Callable[[Float[Array, "L 4"]], dict[str, Array]]:
    explain = epistasis(predict, settings.pairs, first_order=_first_order(settings))
    return lambda x: {"scores": explain(x)}


def _fill(settings: Settings) -> list[float] | None:
    """Base frequencies that hide a window, where the reference is such; else None, for N."""
    rows = settings.reference.rows
    if rows is None or rows.shape[:2] != (1, 1) or not rows.any():
        return None
    return rows[0, 0].tolist()


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
    "lrp": Method(
        build=lambda predict, *_: lrp(predict),
        definition="logit in shares: z_box at the sequence, gamma in convolutions, epsilon in dense layers",
        citation="Bach, Binder, Montavon, Klauschen, Müller & Samek 2015, doi:10.1371/journal.pone.0130140",
        label="relevance",
        rule=lambda _: "composite",
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
        build=_ism,
        definition=lambda settings: _GAUGES[settings.gauge],
        citation="Zhou & Troyanskaya 2015, doi:10.1038/nmeth.3547",
        label="Δ logit",
        settings=("ism", "gauge", "average_strands"),
    ),
    "occlusion": Method(
        build=lambda predict, settings, _: occlusion(predict, settings.occlusion_width, _fill(settings)),
        definition="logit(x) - logit(x with a window around the position hidden by the reference)",
        citation="Zeiler & Fergus 2014, doi:10.1007/978-3-319-10590-1_53",
        label="occlusion",
        reference=lambda settings: settings.reference if _fill(settings) else parse_reference("zeros"),
        settings=("occlusion_width", "reference"),
    ),
    "ablation": Method(
        build=_ablation,
        definition="logit(x) - mean over 20 dinucleotide shuffles of the window around the position of logit(shuffled)",
        citation="Zeiler & Fergus 2014, doi:10.1007/978-3-319-10590-1_53",
        label="ablation",
        windows=lambda settings: settings.occlusion_width,
        settings=("occlusion_width",),
        in_all=False,
    ),
    "indels": Method(
        build=_indels,
        definition="logit(bases deleted from, or random ones inserted before the position) - logit(x), by their number",
        citation="Zhou & Troyanskaya 2015, doi:10.1038/nmeth.3547",
        label="Δ logit",
        random=True,
        settings=("max_indel",),
        in_all=False,
        per_base=False,
    ),
    "epistasis": Method(
        build=_epistasis,
        definition="logit(i, j mutated) - logit(i mutated) - logit(j mutated) + logit(reference), [i, a, j, b]",
        citation="Greenside, Shimko, Fordyce & Kundaje 2018, doi:10.1093/bioinformatics/bty575",
        label="epistasis",
        settings=("ism", "pairs"),
        in_all=False,
        per_base=False,
    ),
}

_ALL = [name for name, method in METHODS.items() if method.in_all]


def chosen(names: Sequence[str], also: Sequence[str] = ()) -> list[str]:
    """The methods that a list of names asks for, without repeats; `all` = the table but for what takes long.

    Args:
      names: in any order.
      also: names that the user might have given elsewhere, for the message.

    Raises:
      InputError: an unknown name, or none.
    """
    known = ", ".join([*METHODS, *also])
    wanted = [name.strip() for name in names if name.strip()]
    for name in wanted:
        if name != "all" and name not in METHODS:
            raise InputError(f"--methods={name}: must be among {known}, or all")
    if not wanted:
        raise InputError(f"--methods=: must name at least one of {known}, or all")
    return list(dict.fromkeys(name for each in wanted for name in (_ALL if each == "all" else [each])))
