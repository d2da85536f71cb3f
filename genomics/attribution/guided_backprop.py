"""Guided backpropagation."""

from jaxtyping import Array, Float

from genomics.attribution.gradients import logits_and_gradients
from genomics.attribution.record import Attribution, Explain, Predict
from genomics.attribution.rectifiers import Function, positive_gradient, with_rectifiers


def guided_backprop(predict: Predict) -> Explain:
    """The gradient of each logit, where every rectifier passes back only positive gradients.

    At a rectifier f with input z, an incoming gradient h becomes `max(h, 0) f'(z)`, for ReLU `max(h, 0) 1[z > 0]`.
    `genomics.attribution.rectifiers.with_rectifiers` says what counts as a rectifier; all else is the ordinary
    gradient. Where all weights are positive it equals the gradient. It is a visualisation rather than an attribution:
    it hardly depends on the upper layers (Adebayo et al. 2018, doi:10.48550/arXiv.1810.03292), sums mean nothing, and
    maps of zeros are a regular outcome.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.

    Returns:
      `explain(x)`: (L, 4) -> `Attribution` of scores (T, L, 4).

    Raises:
      InputError: on calling `explain`, where `predict` does not return a vector.

    Source:
      Springenberg, Dosovitskiy, Brox & Riedmiller (2014), Striving for simplicity, doi:10.48550/arXiv.1412.6806.
    """
    network = with_rectifiers(predict, _guided)

    def explain(x: Float[Array, "L 4"]) -> Attribution:
        _, gradients = logits_and_gradients(network, x)
        return Attribution(scores=gradients)

    return explain


def _guided(function: Function, z: Float[Array, "..."]) -> Float[Array, "..."]:
    return positive_gradient(function(z))
