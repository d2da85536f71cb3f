"""Which values are gates: those that lie between 0 and 1 whatever the sequence, by a sigmoid or a softmax."""

from collections.abc import Callable, Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from genomics.tracing.columns.table import record
from genomics.tracing.elementwise import CHAIN
from genomics.tracing.program import Equation, Program, Variable

#: The smallest and the largest number that a value may hold.
Range = tuple[float, float]

_ANY: Range = (-np.inf, np.inf)

#: Functions of one value whose own range is told, whatever they are given.
_OWN: Mapping[str, Range] = {
    "abs": (0.0, np.inf), "cos": (-1.0, 1.0), "erf": (-1.0, 1.0), "erfc": (0.0, 2.0), "exp": (0.0, np.inf),
    "exp2": (0.0, np.inf), "logistic": (0.0, 1.0), "rsqrt": (0.0, np.inf), "sin": (-1.0, 1.0), "sqrt": (0.0, np.inf),
    "square": (0.0, np.inf), "tanh": (-1.0, 1.0),
}  # fmt: skip

#: Primitives that put their operands' elements elsewhere, and nothing else in.
_MOVES = frozenset(
    """broadcast_in_dim concatenate copy copy_p dynamic_slice expand_dims gather reshape rev select_and_gather_add slice
    split squeeze stop_gradient transpose""".split()  # noqa: SIM905
)


def gates(program: Program, softmaxes: Sequence[Equation]) -> frozenset[Variable]:
    """The values that lie between 0 and 1.

    Ranges go forwards through what is known of a primitive: a sigmoid in any spelling (also the hard one, and 1 minus
    one), a softmax, products of these; not through weights.

    Args:
      program: with its elementwise chains folded.
      softmaxes: the last equation of each.
    """
    found = _ranges(program, dict.fromkeys(program.inputs, _ANY), frozenset(softmaxes))
    return frozenset(variable for variable, (low, high) in found.items() if low >= 0 and high <= 1)


def _ranges(program: Program, known: dict[Variable, Range], softmaxes: frozenset[Equation]) -> dict[Variable, Range]:
    found = dict(known)
    for equation in program.equations:
        own = [
            found[operand] if isinstance(operand, Variable) else _of_constant(operand) for operand in equation.operands
        ]
        result = (0.0, 1.0) if equation in softmaxes else _range(equation, own)
        found.update(dict.fromkeys(equation.outputs, result))
    return found


def _range(equation: Equation, own: Sequence[Range]) -> Range:
    name = equation.primitive
    if name == CHAIN:
        inner: Program = equation.params["program"]
        return _ranges(inner, {inner.input: own[0]}, frozenset())[inner.output]  # pyright: ignore[reportArgumentType]
    if name in _OWN:
        return _OWN[name]
    if name in _MOVES:
        live = own if name == "concatenate" else own[:1]
        return min(low for low, _ in live), max(high for _, high in live)
    if name == "convert_element_type" or (record(name).maximum and not record(name).elementwise):
        return own[0]
    if name in _STEPS:
        with np.errstate(invalid="ignore", over="ignore"):
            low, high = _STEPS[name](*own)
        return (-np.inf if np.isnan(low) else float(low)), (np.inf if np.isnan(high) else float(high))
    return _ANY


def _product(a: Range, b: Range) -> Range:
    # Infinity times a zero bound is 0: a product with what is never beyond 0 is never beyond 0.
    ends = [0.0 if x == 0 or y == 0 else x * y for x in a for y in b]
    return min(ends), max(ends)


def _quotient(a: Range, b: Range) -> Range:
    if b[0] != b[1] or b[0] == 0:
        return _ANY
    return _product(a, (1 / b[0], 1 / b[0]))


_STEPS: Mapping[str, Callable[..., Range]] = {
    "add": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "clamp": lambda low, a, high: (max(a[0], low[0]), min(a[1], high[1])),
    "div": _quotient,
    "max": lambda a, b: (max(a[0], b[0]), max(a[1], b[1])),
    "min": lambda a, b: (min(a[0], b[0]), min(a[1], b[1])),
    "mul": _product,
    "neg": lambda a: (-a[1], -a[0]),
    "sub": lambda a, b: (a[0] - b[1], a[1] - b[0]),
}


def _of_constant(array: jax.Array) -> Range:
    """Of numbers that are known while the program is read."""
    if isinstance(array, Tracer) or not array.size or not jnp.issubdtype(array.dtype, jnp.number):
        return _ANY
    if jnp.issubdtype(array.dtype, jnp.complexfloating) or array.size > 2**16:
        return _ANY
    values = np.asarray(array).astype(float)
    return float(values.min()), float(values.max())
