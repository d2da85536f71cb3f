"""How to evaluate the mutants of a network: in full or incrementally, and how many positions at a time.

Both ways are written down as jaxprs, and their arithmetic is added up from the shapes. Nothing is measured: the same
network gets the same plan on every machine of a kind.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
from jax.extend import core as jex

from genomics.sequence.bases import ALTERNATIVES
from genomics.tracing.program import Equation, Program, Variable

#: Cost of the other work in multiply-adds (measured on a CPU): an element written by a product, read out of order,
#: computed by a fused elementwise operation, or looked at by a pooling window.
_WRITTEN, _GATHERED, _ELEMENT, _POOLED = 16.0, 32.0, 2.0, 8.0

#: Bytes that the largest array of a block of positions may take: stays in the cache of one core of a CPU (measured:
#: Basset 1.6 times as fast as with 6 MiB), fills a device elsewhere.
_LARGEST = {"cpu": 3 * 2**18}
_LARGEST_ELSEWHERE = 2**30

#: Incremental evaluation must promise this much, so that an estimate that is a little off does not slow anything down.
_WORTH_IT = 0.8

#: A share of the whole that must be saved for mutants to be computed in full where they need not be.
_WORTH_IT_TO_END = 0.1

_Shape = tuple[int, ...]

_STRIDES = ("window_strides", "strides")


#: Marks the work of an equation of the network in a jaxpr: a `jax.named_scope`.
_LABEL = "equation"
_LABELLED = re.compile(rf"(?:^|/){_LABEL}(\d+)(?:/|$)")


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a jaxpr takes.

    Attributes:
      operations: multiply-adds, and what takes as long.
      largest: bytes of its largest array that is held in memory (not fused away).
      parts: the operations by the equation of the network that they are for, as `label` marks them.
    """

    operations: float
    largest: int
    parts: Mapping[int, float] = field(default_factory=dict)


def label(number: int) -> str:
    """The `jax.named_scope` of what is done for an equation of the network."""
    return f"{_LABEL}{number}"


def work(jaxpr: Any) -> Work:
    """Adds up a jaxpr, loops included."""
    operations, largest, parts = 0.0, 0, dict[int, float]()
    for eqn in jaxpr.eqns:
        name, outputs = eqn.primitive.name, [v.aval for v in eqn.outvars]
        bodies = _bodies(eqn.params)
        if bodies:
            inner = max(map(work, bodies), key=lambda each: each.operations)
            repeats = _repeats(name, eqn.params)
            largest = max(largest, *(work(body).largest for body in bodies))
            within = {part: repeats * cost for part, cost in inner.parts.items()}
            cost = repeats * inner.operations
        else:
            within = {}
            cost = _cost(name, eqn.params, [v.aval.shape for v in eqn.invars], [out.shape for out in outputs])
            if name in ("dot_general", "conv_general_dilated", "concatenate", "gather", "dynamic_update_slice"):
                largest = max(largest, *(math.prod(out.shape) * out.dtype.itemsize for out in outputs))
        operations += cost
        marked = _LABELLED.search(str(eqn.source_info.name_stack))
        for part, share in ({int(marked[1]): cost} if marked else within).items():
            parts[part] = parts.get(part, 0.0) + share
    return Work(operations=operations, largest=largest, parts=parts)


def products(jaxpr: Any) -> float:
    """Multiply-adds of a jaxpr's products and convolutions alone, loops included; at least 1."""
    return max(_products(jaxpr), 1.0)


def _products(jaxpr: Any) -> float:
    total = 0.0
    for eqn in jaxpr.eqns:
        inner = [_open(p) for p in jax.tree.leaves(list(eqn.params.values()), is_leaf=_is_jaxpr) if _is_jaxpr(p)]
        if inner:
            total += _repeats(eqn.primitive.name, eqn.params) * max(map(_products, inner))
        elif eqn.primitive.name in ("dot_general", "conv_general_dilated"):
            inputs, outputs = ([v.aval.shape for v in some] for some in (eqn.invars, eqn.outvars))
            each = _per_element(eqn.primitive.name, eqn.params, inputs, outputs)
            total += sum(map(math.prod, outputs)) * (each - _WRITTEN)
    return total


def in_full(program: Program, mutants: int) -> Work:
    """All mutants through the whole network."""
    parts = {i: mutants * _of_equation(equation) for i, equation in enumerate(program.equations)}
    return Work(operations=sum(parts.values()), largest=0, parts=parts)


def share_before(program: Program, number: int) -> float:
    """The share of a network's arithmetic that is done before an equation."""
    parts = in_full(program, 1).parts
    return sum(cost for i, cost in parts.items() if i < number) / max(sum(parts.values()), 1.0)


def worth_it(incremental: Work, full: Work) -> bool:
    """Whether incremental evaluation is clearly cheaper."""
    return incremental.operations < _WORTH_IT * full.operations


def best_end(program: Program, incremental: Work, full: Work) -> int | None:
    """The equation from which on mutants are cheaper in full; None without one.

    Args:
      program: of the network.
      incremental: the work where everything is incremental that can be.
      full: the work of all mutants through the whole network.
    """
    last_use = {o: i for i, e in enumerate(program.equations) for o in e.operands if isinstance(o, Variable)}
    mutants = ALTERNATIVES * program.input.shape[0]
    saved, best, end = 0.0, _WORTH_IT_TO_END * full.operations, None
    for i in range(len(program.equations) - 1, -1, -1):
        saved += incremental.parts.get(i, 0.0) - full.parts[i]
        made = [program.input, *(output for equation in program.equations[:i] for output in equation.outputs)]
        live = [variable for variable in made if last_use.get(variable, -1) >= i]
        written = mutants * sum(math.prod(variable.shape) for variable in live) * _GATHERED
        if saved - written > best:
            best, end = saved - written, i
    return end


def positions_per_block(program: Program, incremental: Work) -> int:
    """How many positions to mutate at a time.

    Args:
      program: of the network.
      incremental: the work for all positions at once.

    Returns:
      All L if their arrays are small enough; otherwise a multiple of the product of all strides, so that all blocks lie
      alike to every pooling window.
    """
    length = program.input.shape[0]
    most = _LARGEST.get(jax.default_backend(), _LARGEST_ELSEWHERE)
    if incremental.largest <= most:
        return length
    stride = math.prod(
        max((int(s) for key in _STRIDES for s in e.params.get(key) or ()), default=1) for e in program.equations
    )
    blocks = -(-incremental.largest // most)
    rows = -(-length // blocks)
    return min(length, -(-rows // stride) * stride)


def _of_equation(equation: Equation) -> float:
    bodies = _bodies(equation.params)
    if bodies:
        return _repeats(equation.primitive, equation.params) * max(work(body).operations for body in bodies)
    inputs = [tuple(operand.shape) for operand in equation.operands]
    return _cost(equation.primitive, equation.params, inputs, [output.shape for output in equation.outputs])


def _repeats(name: str, params: Mapping[str, Any]) -> int:
    return params.get("length", 1) if name == "scan" else 1


def _cost(name: str, params: Mapping[str, Any], inputs: Sequence[_Shape], outputs: Sequence[_Shape]) -> float:
    return sum(map(math.prod, outputs)) * _per_element(name, params, inputs, outputs)


def _per_element(name: str, params: Mapping[str, Any], inputs: Sequence[_Shape], outputs: Sequence[_Shape]) -> float:
    if name == "dot_general":
        (contracted, _), _ = params["dimension_numbers"]
        return math.prod(inputs[0][axis] for axis in contracted) + _WRITTEN
    if name == "conv_general_dilated":
        return math.prod(inputs[1]) / inputs[1][params["dimension_numbers"].rhs_spec[0]] + _WRITTEN
    if name.startswith("reduce_window"):
        return math.prod(params["window_dimensions"]) * _POOLED
    if name == "gather":
        return _GATHERED
    if name.startswith("reduce_"):
        return _ELEMENT * math.prod(inputs[0]) / max(math.prod(outputs[0]), 1)
    if name in ("reshape", "squeeze", "expand_dims", "broadcast_in_dim", "slice", "transpose"):
        return 0.0
    return _ELEMENT


def _bodies(params: Mapping[str, Any]) -> list[Any]:
    """The jaxprs within an equation."""
    return [_open(each) for each in jax.tree.leaves(list(params.values()), is_leaf=_is_jaxpr) if _is_jaxpr(each)]


def _is_jaxpr(value: Any) -> bool:
    return isinstance(value, jex.Jaxpr | jex.ClosedJaxpr)


def _open(value: Any) -> Any:
    return value.jaxpr if isinstance(value, jex.ClosedJaxpr) else value
