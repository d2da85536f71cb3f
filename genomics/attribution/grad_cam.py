"""Grad-CAM along a sequence: which positions of a layer raise the logit, drawn at their receptive fields."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from genomics.attribution.fast_gradient import evaluate_with_fast_gradient
from genomics.attribution.gradients import logits_and_gradients
from genomics.attribution.record import Attribution, Explain, Predict
from genomics.errors import InputError, UnsuitedError
from genomics.tracing.blocks import Block, blocks, find_block
from genomics.tracing.elementwise import CHAIN, fold_elementwise
from genomics.tracing.kinks import evaluate_with_kinks
from genomics.tracing.program import Equation, Program, Variable, trace, walk
from genomics.tracing.receptive_field import ReceptiveField, receptive_fields

PLACEMENTS = ("centred", "nearest")


def grad_cam(predict: Predict, *, layer: int | str | None = None, placement: str = "centred") -> Explain:
    """The layer's channels weighted with their mean gradients, rectified, in the column of the observed base.

    With a layer of M positions and K channels, A (M, K): `alpha[t, k] = mean_i d f_t / d A[i, k]` and
    `cam[t, i] = max(0, sum_k alpha[t, k] A[i, k])`. The map is brought to the L positions of the sequence and stands in
    `scores[t, l, a] = cam[t, l] x[l, a]`; nothing stands at an N. Nothing is promised about sums.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.
      layer: index or name of a layer as `genomics.attribution.layers.layers` lists them, one that still runs along the
        sequence; default: the last convolution, after its activation.
      placement: `centred` puts the value of each index at the middle of its receptive field, interpolates between the
        middles and holds the end values; `nearest` stretches the map over the sequence (position l takes index
        floor(l M / L)), which shifts it by up to half a receptive field towards the ends.

    Returns:
      `explain(x)`: (L, 4) -> `Attribution` of scores (T, L, 4).

    Raises:
      InputError: an unknown placement; on calling `explain`, a layer that does not exist or does not run along the
        sequence, or no convolution to take by default.

    Source:
      Selvaraju, Cogswell, Das, Vedantam, Parikh & Batra (2017), Grad-CAM, doi:10.1109/ICCV.2017.74.
    """
    check_placement(placement)

    def explain(x: Float[Array, "L 4"]) -> Attribution:
        return Attribution(scores=activation_map(predict, x, layer, placement)[:, :, None] * x)

    return explain


def activation_map(
    predict: Predict, x: Float[Array, "L 4"], layer: int | str | None, placement: str
) -> Float[Array, "T L"]:
    """The map of `grad_cam` at the positions of the sequence."""
    program = fold_elementwise(trace(predict, x))
    chosen = _chosen(program, layer)

    def run(x: Array, shift: Array) -> tuple[Array, Array]:
        """The output with `shift` added to the layer, and the layer."""
        seen = []

        def step(equation: Equation, operands: list[Array]) -> list[Array]:
            results = _evaluate(equation, operands)
            if chosen.variable in equation.outputs:
                seen.extend(results)
                results = [results[0] + shift]
            return results

        return walk(program, x, step), seen[0]

    zero = jnp.zeros(chosen.variable.shape, chosen.variable.dtype)
    _, gradients = logits_and_gradients(lambda shift: run(x, shift)[0], zero)
    values = _positions_first(run(x, zero)[1], chosen.field.axis)
    slopes = jax.vmap(lambda g: _positions_first(g, chosen.field.axis))(gradients)
    cam = jnp.maximum(jnp.einsum("tk,ik->ti", slopes.mean(1), values), 0)
    return _at_positions(cam, chosen.field, x.shape[0], placement)


def check_placement(placement: str) -> None:
    """Raises `InputError` for a name that does not exist."""
    if placement not in PLACEMENTS:
        raise InputError(f"placement={placement!r} is not one of {', '.join(PLACEMENTS)}")


@dataclass(frozen=True, eq=False, kw_only=True)
class _Layer:
    variable: Variable
    field: ReceptiveField


def _chosen(program: Program, layer: int | str | None) -> _Layer:
    found = blocks(program)
    block = _last_convolution(program, found) if layer is None else find_block(found, layer)
    fields = receptive_fields(program, local=True)
    if block.variable not in fields:
        raise InputError(f"layer {block.name!r} of shape {block.shape}: does not run along the sequence")
    if not _has_gradient(block):
        raise InputError(f"layer {block.name!r} of shape {block.shape}: holds whole numbers, which have no gradient")
    return _Layer(variable=block.variable, field=fields[block.variable])


def _last_convolution(program: Program, found: tuple[Block, ...]) -> Block:
    """The last convolution, or the activation that follows it."""
    convolutions = [block for block in found if block.equation.primitive == "conv_general_dilated"]
    if not convolutions:
        raise UnsuitedError(f"the network has no convolution: choose a layer of {', '.join(b.name for b in found)}")
    last = convolutions[-1]
    for block in found:
        if block.equation.primitive == CHAIN and block.equation.operands == (last.variable,) and _has_gradient(block):
            return block
    return last


def _has_gradient(block: Block) -> bool:
    return jnp.issubdtype(block.variable.dtype, jnp.inexact)


def _evaluate(equation: Equation, operands: list[Array]) -> list[Array]:
    if equation.primitive == CHAIN:
        return [walk(equation.params["program"], operands[0], evaluate_with_kinks)]
    return evaluate_with_fast_gradient(equation, operands)


def _positions_first(value: Float[Array, "..."], axis: int) -> Float[Array, "M K"]:
    return jnp.moveaxis(value, axis, 0).reshape(value.shape[axis], -1)


def _at_positions(cam: Float[Array, "T M"], field: ReceptiveField, length: int, placement: str) -> Float[Array, "T L"]:
    steps = cam.shape[1]
    positions = np.arange(length)
    if placement == "nearest":
        return cam[:, positions * steps // length]
    # In units of indices: linear between the middles, the end values held outside.
    centres = field.centres(steps)
    place = np.clip((positions - centres[0]) / field.stride, 0, steps - 1)
    left = np.minimum(place.astype(int), max(steps - 2, 0))
    share = jnp.asarray(place - left, cam.dtype)
    return cam[:, left] * (1 - share) + cam[:, np.minimum(left + 1, steps - 1)] * share
