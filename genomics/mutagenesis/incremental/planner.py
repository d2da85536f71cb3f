"""How to evaluate the mutants of a network: in full or incrementally, and how many positions at a time.

Both ways are written down as jaxprs, and their arithmetic is added up from the shapes. Nothing is measured: the same
network gets the same plan on every machine of a kind.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
from jax.extend import core as jex
from jaxtyping import Array, Float

from genomics.mutagenesis.table import ALTERNATIVES
from genomics.tracing.program import Program

#: Cost of the other work in multiply-adds (measured on a CPU): an element written by a product, read out of order,
#: computed by a fused elementwise operation, or looked at by a pooling window.
_WRITTEN, _GATHERED, _ELEMENT, _POOLED = 16.0, 32.0, 2.0, 8.0

#: Bytes that the largest array of a block of positions may take: stays in the cache of a CPU, fills a device elsewhere.
_LARGEST = {"cpu": 6 * 2**20}
_LARGEST_ELSEWHERE = 2**30

#: Incremental evaluation must promise this much, so that an estimate that is a little off does not slow anything down.
_WORTH_IT = 0.8

_STRIDES = ("window_strides", "strides")


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a jaxpr takes.

    Attributes:
      operations: multiply-adds, and what takes as long.
      largest: bytes of its largest array that is held in memory (not fused away).
    """

    operations: float
    largest: int


def work(jaxpr: Any) -> Work:
    """Adds up a jaxpr, loops included."""
    operations, largest = 0.0, 0
    for eqn in jaxpr.eqns:
        inner = [_open(p) for p in jax.tree.leaves(list(eqn.params.values()), is_leaf=_is_jaxpr) if _is_jaxpr(p)]
        if inner:
            parts = [work(body) for body in inner]
            repeats = eqn.params.get("length", 1) if eqn.primitive.name == "scan" else 1
            operations += repeats * max(part.operations for part in parts)
            largest = max(largest, *(part.largest for part in parts))
            continue
        size = sum(math.prod(v.aval.shape) for v in eqn.outvars)
        operations += size * _per_element(eqn)
        if eqn.primitive.name in ("dot_general", "conv_general_dilated", "concatenate", "gather"):
            largest = max(largest, *(math.prod(v.aval.shape) * v.aval.dtype.itemsize for v in eqn.outvars))
    return Work(operations=operations, largest=largest)


def in_full(predict: Callable[[Array], Array], x: Float[Array, "L 4"]) -> Work:
    """All mutants through the whole network."""
    one = work(jax.make_jaxpr(predict)(x).jaxpr)
    return Work(operations=one.operations * ALTERNATIVES * x.shape[0], largest=one.largest)


def worth_it(incremental: Work, full: Work) -> bool:
    """Whether incremental evaluation is clearly cheaper."""
    return incremental.operations < _WORTH_IT * full.operations


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


def _per_element(eqn: Any) -> float:
    name, params = eqn.primitive.name, eqn.params
    if name == "dot_general":
        (contracted, _), _ = params["dimension_numbers"]
        return math.prod(eqn.invars[0].aval.shape[axis] for axis in contracted) + _WRITTEN
    if name == "conv_general_dilated":
        kernel = eqn.invars[1].aval.shape
        return math.prod(kernel) / kernel[params["dimension_numbers"].rhs_spec[0]] + _WRITTEN
    if name.startswith("reduce_window"):
        return math.prod(params["window_dimensions"]) * _POOLED
    if name == "gather":
        return _GATHERED
    if name.startswith("reduce_"):
        before, after = (math.prod(v.aval.shape) for v in (eqn.invars[0], eqn.outvars[0]))
        return _ELEMENT * before / max(after, 1)
    if name in ("reshape", "squeeze", "expand_dims", "broadcast_in_dim", "slice", "transpose"):
        return 0.0
    return _ELEMENT


def _is_jaxpr(value: Any) -> bool:
    return isinstance(value, jex.Jaxpr | jex.ClosedJaxpr)


def _open(value: Any) -> Any:
    return value.jaxpr if isinstance(value, jex.ClosedJaxpr) else value
