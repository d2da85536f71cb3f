"""Which parameters belong to which layer, read from the program and not from their names."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from genomics.tracing.columns.table import record
from genomics.tracing.elementwise import is_elementwise
from genomics.tracing.linear import is_affine
from genomics.tracing.program import Equation, Variable, trace, walk

#: Primitive -> what to call a layer that begins with it; another primitive gives its own name.
_NAMES = {
    "conv_general_dilated": "convolution",
    "dot_general": "dense",
    "mul": "scale",
    "div": "scale",
    "add": "shift",
    "sub": "shift",
    "gather": "embedding",
    "scan": "recurrence",
}
#: Parameters that enter by these belong to what is there already, even behind an activation.
_ADDITIVE = frozenset({"add", "add_any", "sub", "concatenate"})


@dataclass(frozen=True, kw_only=True)
class ParameterLayer:
    """The parameters of one layer.

    Attributes:
      name: unique: the operation and its ordinal, `convolution_1`, as in the table of layers.
      leaves: their numbers in `jax.tree.leaves(parameters)`, ascending.
    """

    name: str
    leaves: tuple[int, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Value:
    """What a value of the program is made of.

    Attributes:
      leaves: the parameters that it is made of, as long as it has not met the sequence.
      layer: the layer that it comes from last; None = not from the sequence, `_INPUT` = from the sequence alone.
      bent: whether a step that is not affine lies between that layer's parameters and here.
    """

    leaves: frozenset[int] = frozenset()
    layer: int | None = None
    bent: bool = False


_INPUT = -1


def parameter_layers(
    apply: Callable[[Any, Float[Array, "L 4"]], Float[Array, " T"]],
    parameters: Any,
    x: Float[Array, "L 4"] | jax.ShapeDtypeStruct,
) -> tuple[ParameterLayer, ...]:
    """Groups the leaves of a network's parameters into layers, in the order of their last use.

    A leaf belongs to the equation where it, or what is computed from it alone, meets values that depend on the
    sequence. A layer begins where parameters meet such a value in a product with weights (a convolution, a matrix
    product), scale it behind a non-linear step (a normalisation), look it up, or carry it through a loop. Parameters
    that come later and only add to the layer's output, or change it element by element before the next non-linear
    step, belong to it: its bias, its normalisation. Parameters that are used at several places are one layer, placed at
    the use that is nearest to the output.

    Args:
      apply: (parameters, (L, 4) one-hot) -> (T,) logits; any JAX function.
      parameters: pytree of arrays, whose shapes alone are used. Leaves that are no floating-point numbers (counters,
        keys) belong to no layer, nor do those that the logits do not depend on.
      x: one sequence; only its shape and dtype are used.

    Returns:
      The layers from the sequence to the logits.

    Raises:
      InputError: `apply` does not return exactly one array.
    """
    leaves, structure = jax.tree.flatten(parameters)
    places = _places([math.prod(leaf.shape) if _is_floating(leaf) else 0 for leaf in leaves] + [math.prod(x.shape)])

    def of_packed(packed: Float[Array, " P"]) -> Float[Array, " T"]:
        """The network as a function of one array, of which each parameter and the sequence are a slice."""
        parts = [
            jax.lax.slice(packed, (start,), (end,)).reshape(like.shape).astype(like.dtype)
            if _is_floating(like)
            else like
            for (start, end), like in zip(places, [*leaves, x], strict=True)
        ]
        *own, sequence = parts
        return apply(jax.tree.unflatten(structure, own), jnp.asarray(sequence))

    packed = jax.ShapeDtypeStruct((places[-1][1],), jnp.result_type(float))
    number = {place: leaf for leaf, place in enumerate(places) if place[0] < place[1]}
    found = _Layers()

    def step(equation: Equation, operands: list[Any]) -> list[_Value]:
        if operands[0] is _PACKED:
            leaf = number[equation.params["start_indices"][0], equation.params["limit_indices"][0]]
            is_sequence = leaf == len(leaves)
            value = _Value(layer=_INPUT) if is_sequence else _Value(leaves=frozenset({leaf}))
        else:
            value = found.step(equation, operands)
        return [value] * len(equation.outputs)

    walk(trace(of_packed, packed), _PACKED, step)
    return found.in_order()


_PACKED = _Value()


class _Layers:
    """The layers met so far on the way through the program."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._last_use: list[int] = []
        self._owner: dict[int, int] = {}
        self._seen: dict[str, int] = {}
        self._clock = 0

    def step(self, equation: Equation, operands: Sequence[Any]) -> _Value:
        """What the outputs of an equation are made of."""
        self._clock += 1
        values = [operand for operand in operands if isinstance(operand, _Value)]
        met = frozenset().union(*(value.leaves for value in values))
        streams = [value for value in values if value.layer is not None]
        if not streams:
            return _Value(leaves=met)
        # Parameters are constants here: what counts is how the equation treats what comes from the sequence.
        alone = replace(equation, operands=tuple(map(_without_parameters, equation.operands, operands)))
        affine = is_affine(alone)
        # Products with constant weights count too, so that the ordinals are those of the table of layers.
        weighted = record(equation.primitive).weighted and sum(alone.live) == 1
        name = self._next_name(equation) if weighted else ""
        latest = max((value.layer for value in streams if value.layer is not None), key=self._use_of)
        bent = any(value.bent for value in streams if value.layer == latest)
        if not met:
            return _Value(layer=latest, bent=bent or not affine)
        shared = [self._owner[leaf] for leaf in met if leaf in self._owner]
        begins = (
            latest == _INPUT
            or weighted
            or not (affine or is_elementwise(alone))
            or (bent and equation.primitive not in _ADDITIVE)
        )
        if shared:
            layer = max(shared, key=self._use_of)
        else:
            layer = self._begin(name or self._next_name(equation)) if begins else latest
        self._last_use[layer] = self._clock
        self._owner.update(dict.fromkeys(met - self._owner.keys(), layer))
        stays = layer == latest and bent
        return _Value(layer=layer, bent=stays or not affine)

    def in_order(self) -> tuple[ParameterLayer, ...]:
        """All layers, the one used last at the end."""
        members: dict[int, list[int]] = {}
        for leaf, layer in sorted(self._owner.items()):
            members.setdefault(layer, []).append(leaf)
        order = sorted(members, key=self._use_of)
        return tuple(ParameterLayer(name=self._names[layer], leaves=tuple(members[layer])) for layer in order)

    def _begin(self, name: str) -> int:
        self._names.append(name)
        self._last_use.append(self._clock)
        return len(self._names) - 1

    def _use_of(self, layer: int) -> int:
        return _INPUT if layer == _INPUT else self._last_use[layer]

    def _next_name(self, equation: Equation) -> str:
        operation = _NAMES.get(equation.primitive, equation.primitive)
        self._seen[operation] = self._seen.get(operation, 0) + 1
        return f"{operation}_{self._seen[operation]}"


def _without_parameters(operand: Variable | Array, value: Any) -> Any:
    from_sequence = isinstance(value, _Value) and value.layer is not None
    return operand if from_sequence else jnp.zeros((), operand.dtype)  # any constant in its place


def _is_floating(leaf: Any) -> bool:
    return jnp.issubdtype(leaf.dtype, jnp.floating)


def _places(sizes: Sequence[int]) -> list[tuple[int, int]]:
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return [(end - size, end) for size, end in zip(sizes, ends, strict=True)]
