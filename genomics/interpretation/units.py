"""What a network's numbers are called: logits, or outputs where it gives counts or any other quantity."""

from collections.abc import Collection, Mapping

import numpy as np
from jaxtyping import Float32

from genomics.errors import InputError
from genomics.interpretation.method import Explainer

#: Gauges that are of a probability, the sigmoid of a logit.
_OF_LOGITS = ("log_odds", "probability")


def worded(text: str, unit: str) -> str:
    """A text about logits, about what the network gives: `d logit / d x` is `d output / d x`."""
    return text if unit == "logit" else text.replace("logit", unit).replace("Logit", unit.capitalize())


def check_gauges(unit: str, methods: Collection[str], explainers: Mapping[str, Explainer]) -> None:
    """Raises `InputError` where a method that is asked for would take an output for a logit."""
    for name in methods:
        gauge = getattr(explainers[name].settings, "gauge", None)
        if unit != "logit" and gauge in _OF_LOGITS:
            raise InputError(f"--gauge={gauge}: is of logits; this network gives outputs without a final sigmoid")


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
