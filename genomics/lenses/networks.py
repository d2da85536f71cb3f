"""Several networks at once: the one place where replicates become a mean and a spread.

Parameters of R networks are one pytree whose leaves have a leading axis R; `replicates` is R, or None for a single
network, whose leaves have no such axis.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

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


def mean_and_spread(function: Callable[..., Arrays], replicates: int | None) -> Callable[..., Arrays]:
    """(parameters, *arguments) -> arrays by name: means, and standard deviations as `<name>_std`."""
    if replicates is None:
        return function

    def spread(parameters: Any, *arguments: Any) -> Arrays:
        each = each_network(function, parameters, *arguments)
        means = {name: values.mean(0) for name, values in each.items()}
        return means | {f"{name}_std": values.std(0) for name, values in each.items()}

    return spread
