"""LSTM, GRU and plain recurrences, one `lax.scan` for each layer and direction; and their cells, one step.

The products with the inputs need no past: they are one matrix product for all positions, outside the loop.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from genomics.errors import InputError

#: (state, the input's part of the gates, recurrent weights, their bias) -> (new state, output)
Cell = Callable[[tuple[Any, ...], Any, Any, Any], tuple[tuple[Any, ...], Any]]


def _lstm_cell(state, gates, weight, bias):
    """Gates i, f, g, o; `c = f c + i g`, `h = o tanh(c)`.

    Source: Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735, with the forget gate of Gers et al. 2000.
    """
    h, c = state
    i, f, g, o = jnp.split(gates + jnp.dot(h, weight.T) + bias, 4, axis=-1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    h = jax.nn.sigmoid(o) * jnp.tanh(c)
    return (h, c), h


def _gru_cell(state, gates, weight, bias):
    """Gates r, z, n; `n = tanh(x_n + r (W h + b)_n)`, `h = (1 - z) n + z h`.

    Source: Cho et al. 2014, arXiv:1406.1078, with the reset after the product, as cuDNN has it.
    """
    (h,) = state
    reset, update, new = jnp.split(gates, 3, axis=-1)
    old_reset, old_update, old_new = jnp.split(jnp.dot(h, weight.T) + bias, 3, axis=-1)
    z = jax.nn.sigmoid(update + old_update)
    n = jnp.tanh(new + jax.nn.sigmoid(reset + old_reset) * old_new)
    h = n + z * (h - n)
    return (h,), h


def _plain_cell(function: Callable[[Any], Any]) -> Cell:
    def cell(state, gates, weight, bias):
        h = function(gates + jnp.dot(state[0], weight.T) + bias)
        return (h,), h

    return cell


def _recurrence(cell: Cell, states: int) -> Callable[..., Any]:
    """An operation of ATen: layers over layers, each in one or both directions."""

    def run(
        input,
        hx,
        params: Sequence[Any],
        has_biases: bool,
        num_layers: int,
        dropout: int | float,
        train: bool,
        bidirectional: bool,
        batch_first: bool,
    ):
        if train and dropout:
            raise InputError(f"drops {dropout} of its inputs at random; model.eval() before export")
        start = tuple(hx) if isinstance(hx, tuple | list) else (hx,)
        directions = 2 if bidirectional else 1
        each = 4 if has_biases else 2
        if len(start) != states or len(params) != each * num_layers * directions:
            raise InputError(
                f"has {len(params)} weights and {len(start)} states; {num_layers} layers in {directions} directions "
                f"take {each * num_layers * directions} and {states} (projections are not read)"
            )
        x = jnp.swapaxes(input, 0, 1) if batch_first else input  # (L, N, C)
        last = []
        for layer in range(num_layers):
            outputs = []
            for direction in range(directions):
                place = layer * directions + direction
                own = params[each * place : each * (place + 1)]
                y, state = _layer(cell, x, tuple(s[place] for s in start), own, reverse=direction == 1)
                outputs.append(y)
                last.append(state)
            x = outputs[0] if directions == 1 else jnp.concatenate(outputs, axis=-1)
        finals = [jnp.stack([state[i] for state in last]) for i in range(states)]
        return (jnp.swapaxes(x, 0, 1) if batch_first else x, *finals)

    return run


def _layer(cell: Cell, x, state, own: Sequence[Any], *, reverse: bool):
    """(outputs (L, N, H), last state) of one direction of one layer."""
    of_input, of_state = own[0], own[1]
    gates = jnp.tensordot(x, of_input, [[2], [1]])
    gates = gates if len(own) == 2 else gates + own[2]
    bias = jnp.zeros((), x.dtype) if len(own) == 2 else own[3]
    last, outputs = lax.scan(lambda s, g: cell(s, g, of_state, bias), state, gates, reverse=reverse)
    return outputs, last


def _single(cell: Cell, states: int) -> Callable[..., Any]:
    """One step, as the layers LSTMCell, GRUCell and RNNCell take it: the new states."""

    def step(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
        state = tuple(hx) if isinstance(hx, tuple | list) else (hx,)
        if len(state) != states:
            raise InputError(f"has {len(state)} states, not {states}")
        gates = jnp.matmul(input, w_ih.T)
        bias = jnp.zeros((), gates.dtype) if b_hh is None else b_hh
        new, _ = cell(state, gates if b_ih is None else gates + b_ih, w_hh, bias)
        return new

    return step


OPERATIONS: dict[str, Callable[..., Any]] = {
    "lstm.input": _recurrence(_lstm_cell, 2),
    "gru.input": _recurrence(_gru_cell, 1),
    "rnn_tanh.input": _recurrence(_plain_cell(jnp.tanh), 1),
    "rnn_relu.input": _recurrence(_plain_cell(jax.nn.relu), 1),
    "lstm_cell": _single(_lstm_cell, 2),
    "gru_cell": _single(_gru_cell, 1),
    "rnn_tanh_cell": _single(_plain_cell(jnp.tanh), 1),
    "rnn_relu_cell": _single(_plain_cell(jax.nn.relu), 1),
}
