"""The transformations of `import genomics`: those of the packages, at full precision whatever the process is set to."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import jax

from genomics.attribution.deeplift import deeplift as _deeplift
from genomics.attribution.integrated_gradients import integrated_gradients as _integrated_gradients
from genomics.attribution.lrp import lrp as _lrp
from genomics.mutagenesis.incremental.ism import incremental_ism as _ism
from genomics.scan.dense import dense as _dense
from genomics.scan.every_base import effects as _effects

P = ParamSpec("P")
X = TypeVar("X")
R = TypeVar("R")


def precise(transformation: Callable[P, Callable[[X], R]]) -> Callable[P, Callable[[X], R]]:
    """The transformation, whose functions multiply at full float32 precision.

    Scores are differences of large numbers, which TF32 and bfloat16, defaults of accelerators, would spoil. The
    precision is part of what is traced: `jax.jit` outside keeps it.
    """

    @functools.wraps(transformation)
    def transformed(*args: P.args, **kwargs: P.kwargs) -> Callable[[X], R]:
        function = transformation(*args, **kwargs)

        @functools.wraps(function)
        def at_full_precision(x: X) -> R:
            with jax.default_matmul_precision("highest"):
                return function(x)

        return at_full_precision

    return transformed


deeplift = precise(_deeplift)
dense = precise(_dense)
effects = precise(_effects)
integrated_gradients = precise(_integrated_gradients)
ism = precise(_ism)
lrp = precise(_lrp)
