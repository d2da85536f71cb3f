"""Functions that came back from `jax.export`: `jax.vmap` of them, which JAX has no rule for.

Such a function is compiled code of fixed shapes behind one primitive, `call_exported`. It can be called, and
differentiated where it was serialised with its derivative (`serialize(vjp_order=1)`), but not batched: its sequences
are run one after the other, by `jax.lax.map`.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend import core as jex
from jax.interpreters import batching
from jaxtyping import Array

_PRIMITIVE = "call_exported"


def allow_batching(function: Callable[[Array], Any], x: Array) -> None:
    """Gives the primitive of exported functions a batching rule, if `function` holds one and JAX has none.

    Args:
      function: any JAX function.
      x: an array that it takes.
    """
    for primitive in _primitives(jax.make_jaxpr(function)(x).jaxpr):
        if primitive.name == _PRIMITIVE and primitive not in batching.fancy_primitive_batchers:
            batching.primitive_batchers[primitive] = _one_after_the_other(primitive)


def _one_after_the_other(primitive: jex.Primitive) -> Callable[..., Any]:
    def rule(operands: Sequence[Array], axes: Sequence[int | None], **params: Any) -> tuple[list[Array], list[int]]:
        mapped = [i for i, axis in enumerate(axes) if axis is not None]

        def one(rows: list[Array]) -> list[Array]:
            arrays = list(operands)
            for i, row in zip(mapped, rows, strict=True):
                arrays[i] = row
            return list(primitive.bind(*arrays, **params))

        results = jax.lax.map(one, [jnp.moveaxis(operands[i], axes[i] or 0, 0) for i in mapped])
        return results, [0] * len(results)

    return rule


def _primitives(jaxpr: Any) -> Iterator[jex.Primitive]:
    """Every primitive of a jaxpr, and of those within it."""
    for equation in jaxpr.eqns:
        yield equation.primitive
        for value in equation.params.values():
            for each in value if isinstance(value, (tuple, list)) else [value]:
                inner = getattr(each, "jaxpr", each)  # a closed one holds a plain one
                if isinstance(inner, jex.Jaxpr):
                    yield from _primitives(inner)
