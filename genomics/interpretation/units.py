"""Whether the settings of methods suit what the explained numbers are."""

from collections.abc import Collection, Mapping

import numpy as np
from jaxtyping import Float32

from genomics.interpretation.method import Explainer
from genomics.lenses.units import check_unit


def check_gauges(unit: str, methods: Collection[str], explainers: Mapping[str, Explainer]) -> None:
    """Raises `InputError` where a method that is asked for would take the network's numbers for what they are not."""
    for name in methods:
        gauge = getattr(explainers[name].settings, "gauge", None)
        if gauge is not None:
            check_unit(gauge, unit)


def probabilities_hint(outputs: Float32[np.ndarray, "N T"]) -> str | None:
    """What to say where outputs look like probabilities; None where they do not."""
    inside = outputs.size > 0 and bool(((outputs >= 0) & (outputs <= 1)).all()) and float(np.ptp(outputs)) > 0
    if not inside:
        return None
    return (
        f"note: all outputs lie between 0 and 1 ({outputs.min():.3g} to {outputs.max():.3g}): these look like "
        "probabilities, whose differences are small where the network is sure; give the network without its last "
        "activation to explain logits"
    )
