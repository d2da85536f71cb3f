"""The table of methods: a new method is a new line, and the functions that look into it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from genomics.errors import InputError
from genomics.interpretation.method import Method
from genomics.interpretation.methods import contributions, gradients, mutations
from genomics.lenses.units import WORDS, worded

#: In the order in which they are shown.
METHODS: Mapping[str, Method[Any]] = MappingProxyType(
    {
        "saliency": gradients.SALIENCY,
        "gradient_x_input": gradients.GRADIENT_X_INPUT,
        "corrected_gradient": gradients.CORRECTED_GRADIENT,
        "smoothgrad": gradients.SMOOTHGRAD,
        "integrated_gradients": contributions.INTEGRATED_GRADIENTS,
        "expected_gradients": contributions.EXPECTED_GRADIENTS,
        "guided_backprop": gradients.GUIDED_BACKPROP,
        "deconvnet": gradients.DECONVNET,
        "lrp": contributions.LRP,
        "grad_cam": gradients.GRAD_CAM,
        "guided_grad_cam": gradients.GUIDED_GRAD_CAM,
        "deeplift": contributions.DEEPLIFT,
        "deepshap": contributions.DEEPSHAP,
        "ism": mutations.ISM,
        "occlusion": mutations.OCCLUSION,
        "ablation": mutations.ABLATION,
        "indels": mutations.INDELS,
        "epistasis": mutations.EPISTASIS,
    }
)
_OF_GAUGES = {
    "delta": "Δ logit",
    "centred": "centred Δ logit",
    "log_odds": "Δ log2 odds",
    "probability": "Δ probability",
    "log2_fold_change": "log2 fold change",
}
#: What `all` stands for: the table but for what takes long.
ALL = tuple(name for name, method in METHODS.items() if method.in_all)


def chosen(names: Sequence[str], also: Sequence[str] = (), own: Sequence[str] = ()) -> list[str]:
    """The methods that a list of names asks for, without repeats.

    Args:
      names: in any order.
      also: names that the user might have given elsewhere, for the message.
      own: names of methods that are not in the table.

    Raises:
      InputError: an unknown name, or none.
    """
    known = ", ".join([*METHODS, *also])
    wanted = [name.strip() for name in names if name.strip()]
    for name in wanted:
        if name != "all" and name not in METHODS and name not in own:
            raise InputError(f"--methods={name}: must be among {known}, or all")
    if not wanted:
        raise InputError(f"--methods=: must name at least one of {known}, or all")
    return list(dict.fromkeys(name for each in wanted for name in (ALL if each == "all" else [each])))


def axis_label(name: str, unit: str, gauge: str | None = None) -> str:
    """What the y axis of a method's figures says.

    Args:
      name: of the method.
      unit: of the network's numbers; contributions are in it, and say so.
      gauge: of effects, where the method has gauges.
    """
    text = worded(_OF_GAUGES.get(gauge or "", label(name)), unit)
    word = WORDS.get(unit, unit)
    contributions = name in METHODS and METHODS[name].reading == "total"
    return f"{text} ({word})" if contributions and word not in text else text


def label(name: str) -> str:
    """What the y axis of a method's figures says; of a method that is not in the table its name."""
    return METHODS[name].label if name in METHODS else name
