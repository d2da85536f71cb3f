"""Nodes and weights on the interval from 0 to 1."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float64

from genomics.errors import InputError

_Rule = tuple[Float64[np.ndarray, " S"], Float64[np.ndarray, " S"]]


def nodes_and_weights(quadrature: str, steps: int) -> _Rule:
    """The nodes (S,) and weights (S,) of a rule for the integral of a function over [0, 1]; the weights sum to 1.

    `quadrature` is one of `midpoint`, `trapezoid`, `gauss_legendre`; `steps` counts evaluations of the function. For
    smooth functions the error falls as S^-2 (`midpoint`), (S-1)^-2 (`trapezoid`, both ends included) and faster than
    any power of S (`gauss_legendre`, exact to degree 2S-1); along a path with kinks (ReLU, max-pool) none keeps its
    rate.

    Raises:
      InputError: an unknown rule or too few steps.
    """
    if quadrature not in _RULES:
        raise InputError(f"quadrature={quadrature!r} is not one of {', '.join(_RULES)}")
    least = 2 if quadrature == "trapezoid" else 1
    if steps < least:
        raise InputError(f"steps={steps}: quadrature {quadrature!r} needs at least {least}")
    return _RULES[quadrature](steps)


def _midpoint(steps: int) -> _Rule:
    return (np.arange(steps) + 0.5) / steps, np.full(steps, 1 / steps)


def _trapezoid(steps: int) -> _Rule:
    weights = np.full(steps, 1 / (steps - 1))
    weights[[0, -1]] /= 2
    return np.linspace(0, 1, steps), weights


def _gauss_legendre(steps: int) -> _Rule:
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    return (1 + nodes) / 2, weights / 2


_RULES: dict[str, Callable[[int], _Rule]] = {
    "midpoint": _midpoint,
    "trapezoid": _trapezoid,
    "gauss_legendre": _gauss_legendre,
}
