"""Gradient x input: the gradient of each logit, read at the observed bases."""

from jaxtyping import Array, Float

from genomics.attribution.fast_gradient import with_fast_gradient
from genomics.attribution.gradients import logits_and_gradients
from genomics.attribution.record import Attribution, Explain, Predict


def gradient_x_input(predict: Predict) -> Explain:
    """The gradient of each logit times the input: of a one-hot sequence only the observed base keeps a score.

    `scores[t, l, a] = x[l, a] d predict(x)[t] / d x[l, a]`. The sum over positions and bases is the logit only where
    the network is piecewise linear without biases, so no residual is reported.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.

    Returns:
      `explain(x)`: (L, 4) -> `Attribution` of scores (T, L, 4).

    Raises:
      InputError: on calling `explain`, where `predict` does not return a vector.

    Source:
      Shrikumar, Greenside, Shcherbina & Kundaje (2016), Not just a black box, doi:10.48550/arXiv.1605.01713.
    """

    network = with_fast_gradient(predict)

    def explain(x: Float[Array, "L 4"]) -> Attribution:
        _, gradients = logits_and_gradients(network, x)
        return Attribution(scores=gradients * x)

    return explain
