"""Deconvnet."""

import jax
from jaxtyping import Array, Float

from genomics.attribution.gradients import logits_and_gradients
from genomics.attribution.record import Attribution, Explain, Predict
from genomics.attribution.rectifiers import Function, positive_gradient, with_rectifiers


def deconvnet(predict: Predict) -> Explain:
    """The gradient of each logit, where every rectifier rectifies the gradient instead of gating it.

    At a rectifier an incoming gradient h becomes `max(h, 0)`, whatever the rectifier's input was.
    `genomics.attribution.rectifiers.with_rectifiers` says what counts as a rectifier; all else is the ordinary
    gradient, max-pooling with the places of the maxima at x. It is a visualisation rather than an attribution: it
    hardly depends on the upper layers (Adebayo et al. 2018, doi:10.48550/arXiv.1810.03292).

    Args:
      predict: (L, 4) one-hot -> (T,) logits.

    Returns:
      `explain(x)`: (L, 4) -> `Attribution` of scores (T, L, 4).

    Raises:
      InputError: on calling `explain`, where `predict` does not return a vector.

    Source:
      Zeiler & Fergus (2014), Visualizing and understanding convolutional networks, doi:10.1007/978-3-319-10590-1_53.
    """
    network = with_rectifiers(predict, _rectified)

    def explain(x: Float[Array, "L 4"]) -> Attribution:
        _, gradients = logits_and_gradients(network, x)
        return Attribution(scores=gradients)

    return explain


def _rectified(function: Function, z: Float[Array, "..."]) -> Float[Array, "..."]:
    with_slope_one = jax.lax.stop_gradient(function(z)) + (z - jax.lax.stop_gradient(z))
    return positive_gradient(with_slope_one)
