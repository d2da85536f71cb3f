"""The gradient without its component off the simplex of one-hot rows."""

from jaxtyping import Array, Float

from genomics.attribution.fast_gradient import with_fast_gradient
from genomics.attribution.gradients import logits_and_gradients
from genomics.attribution.record import Attribution, Explain, Predict


def corrected_gradient(predict: Predict) -> Explain:
    """The gradient of each logit minus its mean over the four bases of a position.

    One-hot rows sum to 1, so training says nothing about the component of the gradient along (1, 1, 1, 1): it is noise.
    `scores[t, l, a] = g[t, l, a] - mean_b g[t, l, b]`; the scores of a position sum to 0. Of a linear network they are
    the effects of all mutations, minus their mean.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.

    Returns:
      `explain(x)`: (L, 4) -> `Attribution` of scores (T, L, 4).

    Raises:
      InputError: on calling `explain`, where `predict` does not return a vector.

    Source:
      Majdandzic, Rajesh & Koo (2023), Correcting gradient-based interpretations of deep neural networks for genomics,
      Genome Biology 24:109, doi:10.1186/s13059-023-02956-3.
    """
    network = with_fast_gradient(predict)

    def explain(x: Float[Array, "L 4"]) -> Attribution:
        _, gradients = logits_and_gradients(network, x)
        return Attribution(scores=on_simplex(gradients))

    return explain


def on_simplex(gradients: Float[Array, "*batch L 4"]) -> Float[Array, "*batch L 4"]:
    """The component of gradients in the plane of rows with a fixed sum: minus the mean over the bases."""
    return gradients - gradients.mean(-1, keepdims=True)
