"""Several networks at once: the one place where replicates become a mean and a spread.

Parameters of R networks are one pytree whose leaves have a leading axis R; `replicates` is R, or None for a single
network, whose leaves have no such axis.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar, cast

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

T = TypeVar("T")
Arrays = Mapping[str, Array]
#: How networks are evaluated: side by side, or one after the other in constant memory.
How = Literal["together", "in_turn"]


def one_network(parameters: Any, replicates: int | None, index: int = 0) -> Any:
    """The parameters of one of the networks."""
    return parameters if replicates is None else jax.tree.map(lambda leaf: leaf[index], parameters)


def each_network(function: Callable[..., T], parameters: Any, *arguments: Any, how: How = "together") -> T:
    """`function(parameters of a network, *arguments)` for each; results with a leading axis R."""
    one = lambda own: function(own, *arguments)  # noqa: E731
    return jax.vmap(one)(parameters) if how == "together" else lax.map(one, parameters)


def mean_of_networks(function: Callable[..., Array], replicates: int | None, how: How = "together"):
    """(parameters, *arguments) -> the mean over networks of an array; a single network's function is given back."""
    if replicates is None:
        return function

    def mean(parameters: Any, *arguments: Any) -> Array:
        if how == "together":
            return each_network(function, parameters, *arguments).mean(0)
        shape = jax.eval_shape(function, one_network(parameters, replicates), *arguments)
        zeros = jnp.zeros(shape.shape, shape.dtype)
        total, _ = lax.scan(lambda total, own: (total + function(own, *arguments), None), zeros, parameters)
        return total / replicates

    return mean


def mean_and_spread(
    function: Callable[..., T], replicates: int | None, told: Callable[[T], Arrays] | None = None, how: How = "together"
) -> Callable[..., Arrays]:
    """(parameters, *arguments) -> arrays by name: of the mean network, and standard deviations as `<name>_std`.

    Args:
      function: (parameters of a network, *arguments) -> the numbers that are averaged, a pytree of arrays.
      replicates: R; None for a single network.
      told: what is told of such numbers, as a unit of differences: of their mean, and for the spread of each network's.
        None = they themselves, by name.
      how: networks are evaluated.
    """
    tell = told or cast(Callable[[T], Arrays], lambda found: found)
    if replicates is None:
        return cast(Callable[..., Arrays], function) if told is None else lambda *own: tell(function(*own))

    def spread(parameters: Any, *arguments: Any) -> Arrays:
        each = each_network(function, parameters, *arguments, how=how)
        mean = tell(jax.tree.map(lambda values: values.mean(0), each))
        return {**mean, **{f"{name}_std": values.std(0) for name, values in jax.vmap(tell)(each).items()}}

    return spread
