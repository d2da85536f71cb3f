"""A convolution of a network as a set of filters: where their windows lie, and how strongly each responds."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from genomics.errors import InputError
from genomics.tracing.blocks import Block, blocks
from genomics.tracing.elementwise import CHAIN, fold_elementwise
from genomics.tracing.program import Equation, Program, Variable, trace, walk
from genomics.tracing.receptive_field import ReceptiveField, receptive_fields

#: The network as a function of one sequence.
Predict = Callable[[Float[Array, "L 4"]], Float[Array, " T"]]


@dataclass(frozen=True, kw_only=True, eq=False)
class FilterLayer:
    """A convolution and the activation after it.

    Attributes:
      number: which convolution of the network, from 1.
      filters: F.
      width: W, bases that one position of the layer sees: its receptive field.
      starts: (M,) first base of each position's window.
      whole: (M,) False where the window reaches over an end of the sequence; such windows are not looked at.
      kernel: (V, C, F) weights; V = W and C = 4 for the first layer. None where no operand is constant.
      activation: of the filters, `relu`; empty where none follows directly.
    """

    number: int
    filters: int
    width: int
    starts: Int[np.ndarray, " M"]
    whole: Bool[np.ndarray, " M"]
    kernel: Float[np.ndarray, "V C F"] | None
    activation: str


def read_layer(predict: Predict, length: int, layer: int = 1) -> FilterLayer:
    """A convolution of a network, read off its program.

    A position's window is the receptive field that the records of the primitives before it give
    (`genomics.tracing.receptive_field`): for any chain of convolutions, pools and activations, whatever their padding.

    Args:
      predict: (L, 4) one-hot -> (T,) logits, with parameters that are arrays (no tracers).
      length: L.
      layer: 1 = the first convolution, 2 = the second, ...

    Raises:
      InputError: the network has no such convolution, or the layer does not respond position by position.
    """
    found = _find(predict, jax.ShapeDtypeStruct((length, 4), jnp.float32), layer)
    field, shape = found.field, found.block.variable.shape
    positions = shape[field.axis]
    starts = np.asarray(field.first + field.stride * np.arange(positions), np.int64)
    width = int(field.last - field.first) + 1
    return FilterLayer(
        number=layer,
        filters=math.prod(shape) // positions,
        width=width,
        starts=starts,
        whole=(starts >= 0) & (starts + width <= length),
        kernel=_kernel(found.block.equation),
        activation=found.activation.operation if found.activation else "",
    )


def responses(
    predict: Predict, layer: int = 1, *, before_activation: bool = False
) -> Callable[[Float[Array, "L 4"]], Float[Array, "M F"]]:
    """The layer's map as a function of the sequence: the filters' activations at every position.

    Args:
      predict: the network.
      layer: which convolution, from 1.
      before_activation: the convolution with its bias, instead.
    """

    def respond(x: Float[Array, "L 4"]) -> Float[Array, "M F"]:
        found = _find(predict, x, layer)
        target = found.block.variable if before_activation else found.target
        seen: list[Array] = []

        def step(equation: Equation, operands: list[Array]) -> list[Array]:
            results = equation.evaluate(*operands)
            seen.extend(v for output, v in zip(equation.outputs, results, strict=True) if output is target)
            return results

        walk(found.program, x, step)
        return jnp.moveaxis(seen[0], found.field.axis, 0).reshape(target.shape[found.field.axis], -1)

    return respond


def with_responses(
    predict: Predict, layer: int = 1
) -> Callable[[Float[Array, "L 4"], Float[Array, "M F"]], Float[Array, " T"]]:
    """The network with the layer's map given from outside: (sequence, map) -> logits."""

    def continued(x: Float[Array, "L 4"], given: Float[Array, "M F"]) -> Float[Array, " T"]:
        found = _find(predict, x, layer)
        shape, axis = found.target.shape, found.field.axis
        value = jnp.moveaxis(given.reshape(shape[axis], *shape[:axis], *shape[axis + 1 :]), 0, axis)

        def step(equation: Equation, operands: list[Array]) -> list[Array]:
            return [value] if equation.outputs[0] is found.target else equation.evaluate(*operands)

        return walk(found.program, x, step)

    return continued


@dataclass(frozen=True, kw_only=True, eq=False)
class _Found:
    program: Program
    block: Block
    activation: Block | None
    field: ReceptiveField

    @property
    def target(self) -> Variable:
        return self.block.variable if self.activation is None else self.activation.variable


def _find(predict: Predict, x: "Array | jax.ShapeDtypeStruct", layer: int) -> _Found:
    program = fold_elementwise(trace(predict, x))
    found = blocks(program)
    convolutions = [block for block in found if block.operation == "convolution"]
    if not 1 <= layer <= len(convolutions):
        raise InputError(f"convolution {layer}: the network has {len(convolutions)} convolutions, counted from 1")
    block = convolutions[layer - 1]
    after = (b for b in found if b.equation.primitive == CHAIN and b.equation.operands[0] is block.variable)
    activation = next((b for b in after if b.shape == block.shape), None)
    field = receptive_fields(program).get(block.variable)
    if field is None:
        raise InputError(f"{block.name} of {block.where}: does not respond position by position")
    return _Found(program=program, block=block, activation=activation, field=field)


def _kernel(equation: Equation) -> Float[np.ndarray, "V C F"] | None:
    constants = [operand for operand in equation.operands if not isinstance(operand, Variable)]
    numbers = equation.params["dimension_numbers"]
    if len(constants) != 1:
        return None
    out, channels, *places = numbers.rhs_spec
    kernel = np.asarray(constants[0]).transpose([*places, channels, out])
    return kernel.reshape(-1, *kernel.shape[-2:])
