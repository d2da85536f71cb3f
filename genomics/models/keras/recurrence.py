"""LSTM, GRU, SimpleRNN, RNN of cells, Bidirectional and TimeDistributed. Recurrences are run by `lax.scan`.

Keras's gates: LSTM i, f, c, o; GRU z, r, h. `unit_forget_bias` only fills the initial weights.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from genomics.io.keras import KerasLayer, fields
from genomics.models.keras.activations import fused
from genomics.models.keras.step import Parameters, Shape, Step, fold, require_rank, unfold, weight

State = tuple[Array, ...]


@dataclass(frozen=True, kw_only=True)
class _Cell:
    """One step of a recurrence.

    Attributes:
      parameters: its arrays by role.
      sizes: of its states; the first state is the output.
      prepare: (parameters, inputs (L, C)) -> what the step takes of each position, computed for all at once.
      step: (parameters, states, prepared) -> states.
    """

    parameters: dict[str, np.ndarray]
    sizes: tuple[int, ...]
    prepare: Callable[[Parameters, Array], Array]
    step: Callable[[Parameters, State, Array], State]


def _gates(cell: KerasLayer, channels: int, count: int) -> tuple[int, dict[str, np.ndarray]]:
    units = fields.whole(cell, "units")
    return units, {
        "kernel": weight(cell, "kernel", (channels, count * units)),
        "recurrent_kernel": weight(cell, "recurrent_kernel", (units, count * units)),
    }


def _activation(cell: KerasLayer, key: str, default: str) -> Callable[[Array], Array]:
    value = cell.config.get(key, default)
    function = fused(replace(cell, config={"activation": value}))[1]
    return (lambda x: x) if function is None else lambda x: function(x, tuple(x.shape))


def _project(p: Parameters, x: Array) -> Array:
    y = jnp.dot(x, p["kernel"])
    return y + p["bias"] if "bias" in p else y


def _lstm(cell: KerasLayer, channels: int) -> _Cell:
    """`i, f, o = s(x W + h U + b)`, `c = f c + i a(x W_c + h U_c + b_c)`, `h = o a(c)`."""
    units, parameters = _gates(cell, channels, 4)
    if "bias" in cell.weights:
        parameters["bias"] = weight(cell, "bias", (4 * units,))
    tanh, sigmoid = _activation(cell, "activation", "tanh"), _activation(cell, "recurrent_activation", "sigmoid")

    def step(p: Parameters, state: State, x: Array) -> State:
        hidden, carry = state
        i, f, c, o = jnp.split(x + jnp.dot(hidden, p["recurrent_kernel"]), 4)
        carry = sigmoid(f) * carry + sigmoid(i) * tanh(c)
        return sigmoid(o) * tanh(carry), carry

    return _Cell(parameters=parameters, sizes=(units, units), prepare=_project, step=step)


def _gru(cell: KerasLayer, channels: int) -> _Cell:
    """`z, r = s(x W + h U + b)`, `n = a(x W_n + b_n + r (h U_n + c_n))`, `h = z h + (1 - z) n`.

    Without `reset_after` the candidate is `a(x W_n + b_n + (r h) U_n)`.
    """
    units, parameters = _gates(cell, channels, 3)
    # Keras 2.0 files have no such field and mean false.
    after = fields.flag(cell, "reset_after", False)
    if "bias" in cell.weights:
        bias = weight(cell, "bias", (2, 3 * units) if after else (3 * units,))
        parameters["bias"] = bias[0] if after else bias
        if after:
            parameters["recurrent_bias"] = bias[1]
    tanh, sigmoid = _activation(cell, "activation", "tanh"), _activation(cell, "recurrent_activation", "sigmoid")

    def step(p: Parameters, state: State, x: Array) -> State:
        (hidden,) = state
        kernel = p["recurrent_kernel"]
        if after:
            inner = jnp.dot(hidden, kernel)
            inner = inner + p["recurrent_bias"] if "recurrent_bias" in p else inner
            z, r = sigmoid(x[:units] + inner[:units]), sigmoid(x[units : 2 * units] + inner[units : 2 * units])
            candidate = tanh(x[2 * units :] + r * inner[2 * units :])
        else:
            inner = jnp.dot(hidden, kernel[:, : 2 * units])
            z, r = sigmoid(x[:units] + inner[:units]), sigmoid(x[units : 2 * units] + inner[units:])
            candidate = tanh(x[2 * units :] + jnp.dot(r * hidden, kernel[:, 2 * units :]))
        return (z * hidden + (1 - z) * candidate,)

    return _Cell(parameters=parameters, sizes=(units,), prepare=_project, step=step)


def _simple(cell: KerasLayer, channels: int) -> _Cell:
    """`h = a(x W + h U + b)`."""
    units, parameters = _gates(cell, channels, 1)
    if "bias" in cell.weights:
        parameters["bias"] = weight(cell, "bias", (units,))
    tanh = _activation(cell, "activation", "tanh")

    def step(p: Parameters, state: State, x: Array) -> State:
        return (tanh(x + jnp.dot(state[0], p["recurrent_kernel"])),)

    return _Cell(parameters=parameters, sizes=(units,), prepare=_project, step=step)


_CELLS = {
    "LSTM": _lstm,
    "LSTMCell": _lstm,
    "GRU": _gru,
    "GRUCell": _gru,
    "SimpleRNN": _simple,
    "SimpleRNNCell": _simple,
}


def _stacked(cells: list[_Cell]) -> _Cell:
    """Cells on top of each other: each step's output of one is the input of the next."""
    ends = np.cumsum([len(cell.sizes) for cell in cells]).tolist()

    def own(p: Parameters, i: int) -> dict[str, Array]:
        return {role.partition("/")[2]: array for role, array in p.items() if role.startswith(f"cell_{i}/")}

    def step(p: Parameters, state: State, x: Array) -> State:
        found: list[Array] = []
        for i, (cell, end) in enumerate(zip(cells, ends, strict=True)):
            prepared = x if i == 0 else cell.prepare(own(p, i), found[ends[i - 1] - len(cells[i - 1].sizes)])
            found += cell.step(own(p, i), state[end - len(cell.sizes) : end], prepared)
        return tuple(found)

    return _Cell(
        parameters={f"cell_{i}/{role}": array for i, c in enumerate(cells) for role, array in c.parameters.items()},
        sizes=tuple(size for cell in cells for size in cell.sizes),
        prepare=lambda p, x: cells[0].prepare(own(p, 0), x),
        step=step,
    )


def _cell(layer: KerasLayer, channels: int) -> tuple[_Cell, int]:
    """A layer's cell, and which of its states is the output."""
    if layer.class_name != "RNN":
        return _CELLS[layer.class_name](layer, channels), 0
    cells: list[_Cell] = []
    for part, inner in layer.inner.items():
        if inner.class_name not in _CELLS:
            raise layer.error(f"its {part} is a {inner.class_name}; those that are read are {', '.join(_CELLS)}")
        cells.append(_CELLS[inner.class_name](inner, channels))
        channels = cells[-1].sizes[0]
    stacked = _stacked(cells)
    return stacked, len(stacked.sizes) - len(cells[-1].sizes)


def recurrent(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Any = None) -> Step:
    """LSTM, GRU, SimpleRNN and RNN; with initial states among the inputs, and final states as further outputs."""
    sequence, *states = shapes
    require_rank(layer, sequence, 2)
    if fields.flag(layer, "time_major", False):
        raise layer.error("time_major=True is not read")
    cell, output = _cell(layer, sequence[1])
    if states and tuple(states) != tuple((size,) for size in cell.sizes):
        raise layer.error(f"its initial states have shapes {states}; they must be {[(size,) for size in cell.sizes]}")
    backwards, sequences = fields.flag(layer, "go_backwards", False), fields.flag(layer, "return_sequences", False)
    returned = fields.flag(layer, "return_state", False)
    units = cell.sizes[output]

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Any:
        x = arrays[0]
        start = tuple(arrays[1:]) if states else tuple(jnp.zeros((size,), x.dtype) for size in cell.sizes)

        def step(state: State, prepared: Array) -> tuple[State, Array | None]:
            state = cell.step(p, state, prepared)
            return state, state[output] if sequences else None

        final, steps = jax.lax.scan(step, start, cell.prepare(p, x), reverse=backwards)
        # Keras gives the outputs in the order in which they are made.
        y = final[output] if steps is None else jnp.flip(steps, 0) if backwards else steps
        return (y, *final) if returned else y

    return Step(
        function=function,
        shape=(sequence[0], units) if sequences else (units,),
        further=tuple((size,) for size in cell.sizes) if returned else (),
        parameters=cell.parameters,
    )


def bidirectional(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Any = None) -> Step:
    """Bidirectional: one layer in each direction, merged by `concat`, `sum`, `ave` or `mul`, or not at all."""
    states = len(shapes) - 1
    if states % 2:
        raise layer.error(f"has {states} initial states; they must be as many for both directions")
    halves = (shapes[0], *shapes[1 : 1 + states // 2]), (shapes[0], *shapes[1 + states // 2 :])
    ahead, back = (recurrent(layer.inner[part], own) for part, own in zip(("forward", "backward"), halves, strict=True))
    mode = layer.config.get("merge_mode", "concat")
    if mode not in ("concat", "sum", "ave", "mul", None):
        raise layer.error(f"merge_mode={mode!r}: must be concat, sum, ave, mul or null")
    if mode != "concat" and ahead.shape != back.shape and mode is not None:
        raise layer.error(f"merge_mode={mode!r}: its directions give {ahead.shape} and {back.shape}")
    sequences = len(ahead.shape) == 2

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Any:
        own = [
            {role.partition("/")[2]: a for role, a in p.items() if role.startswith(d)}
            for d in ("forward/", "backward/")
        ]
        given = (arrays[0], *arrays[1 : 1 + states // 2]), (arrays[0], *arrays[1 + states // 2 :])
        first, second = ahead.function(own[0], given[0]), back.function(own[1], given[1])
        (first, *one), (second, *two) = (y if isinstance(y, tuple) else (y,) for y in (first, second))
        second = jnp.flip(second, 0) if sequences else second
        if mode is None:
            return (first, second, *one, *two)
        merged = _MERGE[mode](first, second)
        return (merged, *one, *two) if one or two else merged

    shape = (*ahead.shape[:-1], ahead.shape[-1] + back.shape[-1]) if mode == "concat" else ahead.shape
    return Step(
        function=function,
        shape=shape,
        further=((back.shape,) if mode is None else ()) + ahead.further + back.further,
        parameters={
            f"{part}/{role}": array
            for part, step in (("forward", ahead), ("backward", back))
            for role, array in step.parameters.items()
        },
    )


_MERGE = {
    "concat": lambda a, b: jnp.concatenate([a, b], axis=-1),
    "sum": jnp.add,
    "ave": lambda a, b: (a + b) / 2,
    "mul": jnp.multiply,
}


def time_distributed(
    layer: KerasLayer,
    shapes: tuple[Shape, ...],
    build: Callable[[KerasLayer, tuple[Shape, ...]], Step],
) -> Step:
    """TimeDistributed: a layer on every entry of the first axis, with its activation."""
    (shape,) = shapes
    require_rank(layer, shape, 2, 3, 4)
    inner = layer.inner["layer"]
    step = build(inner, (shape[1:],))
    if step.further:
        raise layer.error("its layer has several outputs; it must have one")
    activation = fused(inner)[1]
    out = (shape[0], *step.shape)

    def one(p: Parameters, x: Array) -> Array:
        y = step.function(p, (fold(x, shape[1:]),))
        return unfold(y if activation is None else activation(y, step.shape), step.shape)

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        own = {role.partition("/")[2]: array for role, array in p.items()}
        return fold(jax.vmap(partial(one, own))(unfold(arrays[0], shape)), out)

    parameters = {f"layer/{role}": array for role, array in step.parameters.items()}
    return Step(function=function, shape=out, parameters=parameters)
