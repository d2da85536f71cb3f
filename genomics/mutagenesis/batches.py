"""Many variants of a sequence through a network, as many at a time as the cache or the device's memory holds."""

import math
from collections.abc import Callable
from typing import Any

import jax
from jaxtyping import Array, Float

from genomics.attribution.record import Predict
from genomics.tracing import patches
from genomics.tracing.program import Variable, trace

#: Bytes that the widest layer of a batch may take: a share of the cache on a CPU (measured: a third slower at four
#: times as much), enough to fill the device elsewhere.
_WIDEST_LAYER = {"cpu": 3 * 2**20}
_WIDEST_LAYER_ELSEWHERE = 2**30


def predictions(
    predict: Predict,
    variant: Callable[[Any], Float[Array, "L 4"]],
    items: Any,
    x: Float[Array, "L 4"],
    batch_size: int | None = None,
) -> Float[Array, "N T"]:
    """predict(variant(item)) for N items, inside the caller's `jit`.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.
      variant: makes a sequence from one item, on the device.
      items: a pytree of arrays with a leading axis N.
      x: a sequence, for its shape and dtype.
      batch_size: variants at a time; None = from the size of the network's widest layer.

    Returns:
      (N, T) logits.
    """
    count = len(jax.tree.leaves(items)[0])
    batch = batch_size or (count if _needs_no_loop(predict, x, count) else at_once(predict, x, count))
    if batch >= count:
        return jax.vmap(lambda item: predict(variant(item)))(items)
    fast = patches.for_loops(predict)
    return jax.lax.map(lambda item: fast(variant(item)), items, batch_size=batch)


def _needs_no_loop(predict: Predict, x: Float[Array, "L 4"], count: int) -> bool:
    """Whether all fit nearly the cache at once, without the patches that convolutions within a loop are made of.

    A tenth faster then, measured at twice the share (an LSTM over 120 positions between convolutions, 360 variants).
    """
    largest = max((_bytes(each.outputs[0]) for each in trace(predict, x).equations), default=1)
    return count * largest <= 2 * _budget()


def at_once(predict: Predict, x: Float[Array, "L 4"] | jax.ShapeDtypeStruct, count: int) -> int:
    """As many as the memory for the widest layer holds; preferably a divisor of their number."""
    equations = trace(predict, x).equations
    widest = max((patches.size(each) * each.outputs[0].dtype.itemsize for each in equations), default=1)
    most = min(max(_budget() // max(widest, 1), 1), count)
    return next((n for n in range(most, most // 2, -1) if count % n == 0), most)


def _budget() -> int:
    return _WIDEST_LAYER.get(jax.default_backend(), _WIDEST_LAYER_ELSEWHERE)


def _bytes(output: Variable) -> int:
    return math.prod(output.shape) * output.dtype.itemsize
