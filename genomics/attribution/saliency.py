"""Saliency: the gradient of each logit at the input."""

from jaxtyping import Array, Float

from genomics.attribution.fast_gradient import with_fast_gradient
from genomics.attribution.gradients import logits_and_gradients
from genomics.attribution.record import Attribution, Explain, Predict


def saliency(predict: Predict) -> Explain:
    """The signed gradient of each logit with respect to every base of the one-hot input.

    `scores[t, l, a] = d predict(x)[t] / d x[l, a]`: how the logit would answer to a little more of base `a` at position
    `l`, whichever base is there. Nothing is promised about sums, so there is no residual.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.

    Returns:
      `explain(x)`: (L, 4) -> `Attribution` of scores (T, L, 4).

    Raises:
      InputError: on calling `explain`, where `predict` does not return a vector.

    Source:
      Simonyan, Vedaldi & Zisserman (2013), Deep inside convolutional networks, doi:10.48550/arXiv.1312.6034 (who plot
      its magnitude; the sign is kept here).
    """

    network = with_fast_gradient(predict)

    def explain(x: Float[Array, "L 4"]) -> Attribution:
        _, gradients = logits_and_gradients(network, x)
        return Attribution(scores=gradients)

    return explain
