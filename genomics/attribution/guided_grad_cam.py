"""Guided Grad-CAM: guided backpropagation where Grad-CAM points."""

from jaxtyping import Array, Float

from genomics.attribution.grad_cam import activation_map, check_placement
from genomics.attribution.guided_backprop import guided_backprop
from genomics.attribution.record import Attribution, Explain, Predict


def guided_grad_cam(predict: Predict, *, layer: int | str | None = None, placement: str = "centred") -> Explain:
    """Guided backpropagation times the Grad-CAM map of the position.

    `scores[t, l, a] = cam[t, l] guided[t, l, a]`; see `grad_cam` and `guided_backprop`.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.
      layer: of Grad-CAM; default: the last convolution, after its activation.
      placement: of the map on the sequence, `centred` or `nearest`.

    Returns:
      `explain(x)`: (L, 4) -> `Attribution` of scores (T, L, 4).

    Raises:
      InputError: as `grad_cam`.

    Source:
      Selvaraju, Cogswell, Das, Vedantam, Parikh & Batra (2017), Grad-CAM, doi:10.1109/ICCV.2017.74.
    """
    check_placement(placement)
    guided = guided_backprop(predict)

    def explain(x: Float[Array, "L 4"]) -> Attribution:
        cam = activation_map(predict, x, layer, placement)
        return Attribution(scores=cam[:, :, None] * guided(x).scores)

    return explain
