"""Operations that move numbers and change none: slices, reshapes, joins, reversals.

Each is a function of arrays in Keras's shapes without the batch axis; axes in the file count the batch as axis 0.
"""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from genomics.io.keras import KerasLayer, fields
from genomics.io.keras.record import shown
from genomics.models.keras.arguments import Arguments, Builder, axes_of, listed, number, step_of, whole
from genomics.models.keras.step import Shape, Step


def get_item(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """GetItem, `x[:, 1:, ::-1]`: slices, whole numbers, new axes and one ellipsis; the batch must be taken whole."""
    key = arguments.get("key")
    key = list(key) if isinstance(key, list) else [key]
    rank = len(shapes[0]) + 1
    if sum(entry is Ellipsis for entry in key) > 1 or not all(_is_index(entry) for entry in key):
        raise layer.error(f"takes {shown(key)}: only slices, whole numbers, new axes and an ellipsis are read")
    taken = sum(entry is not None and entry is not Ellipsis for entry in key)
    if taken > rank:
        raise layer.error(f"takes {shown(key)} of a tensor with {rank} axes")
    if Ellipsis not in key:
        key = [*key, Ellipsis]
    place = next(i for i, entry in enumerate(key) if entry is Ellipsis)
    key[place : place + 1] = [slice(None)] * (rank - taken)
    if key[0] != slice(None):
        raise layer.error(f"takes {shown(key[0])} along the batch; sequences are independent of each other here")
    return step_of(layer, shapes, lambda x: _taken(x, key[1:]))


def _is_index(entry: Any) -> bool:
    return entry is None or entry is Ellipsis or isinstance(entry, slice) or type(entry) is int


def _taken(x: Array, key: Sequence[slice | int | None]) -> Array:
    """Slices and reversals, which every transformation follows, rather than a gather."""
    axis = 0
    for entry in key:
        if entry is None:
            x = jnp.expand_dims(x, axis)
        elif isinstance(entry, int):
            size = x.shape[axis]
            if not -size <= entry < size:
                raise IndexError(f"index {entry} is out of {size}")
            x = jnp.squeeze(jax.lax.slice_in_dim(x, entry % size, entry % size + 1, axis=axis), axis)
            continue
        else:
            start, stop, step = entry.indices(x.shape[axis])
            if step < 0:
                count = max(0, -((stop - start) // -step))
                x = jnp.flip(x, axis)
                start, step = x.shape[axis] - 1 - start, -step
                stop = start + (count - 1) * step + 1 if count else start
            if (start, stop, step) != (0, x.shape[axis], 1):
                x = jax.lax.slice_in_dim(x, start, max(start, stop), step, axis)
        axis += 1
    return x


def take(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Take, at constant indices."""
    indices = arguments.get("indices")
    flat: list[Any] = indices if isinstance(indices, list) else [indices]
    if not flat or not all(type(index) is int for index in flat):
        raise layer.error(f"indices={shown(indices)}: must be constant whole numbers")
    (axis,) = axes_of(layer, arguments.get("axis"), len(shapes[0]))
    size = shapes[0][axis]
    if not all(-size <= index < size for index in flat):
        raise layer.error(f"indices={shown(indices)}: must lie in the {size} of its input")
    places = np.array([index % size for index in flat])
    if not isinstance(indices, list):
        return step_of(
            layer, shapes, lambda x: jnp.squeeze(jax.lax.slice_in_dim(x, places[0], places[0] + 1, axis=axis), axis)
        )
    return step_of(
        layer,
        shapes,
        lambda x: jnp.concatenate([jax.lax.slice_in_dim(x, int(i), int(i) + 1, axis=axis) for i in places], axis),
    )


def concatenate(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Concatenate, of tensors."""
    (axis,) = axes_of(layer, arguments.get("axis", 0), len(shapes[0]))
    order = listed(layer, arguments.get("xs"))
    return step_of(layer, shapes, lambda *xs: jnp.concatenate([xs[i] for i in order], axis))


def stack(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Stack, of tensors, along a new axis."""
    (axis,) = axes_of(layer, arguments.get("axis", 0), len(shapes[0]) + 1)
    order = listed(layer, arguments.get("xs"))
    return step_of(layer, shapes, lambda *xs: jnp.stack([xs[i] for i in order], axis))


def split(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Split into equal parts, at indices (Keras), or into parts of given sizes (TensorFlow)."""
    (axis,) = axes_of(layer, arguments.get("axis", 0), len(shapes[0]))
    sections, size = arguments.get("indices_or_sections"), shapes[0][axis]
    if type(sections) is int and 1 <= sections <= size and size % sections == 0:
        ends = [size // sections * (i + 1) for i in range(sections)]
    elif isinstance(sections, list) and all(type(n) is int and 0 < n <= size for n in sections):
        theirs = "function" in layer.config
        ends = np.cumsum(sections).tolist() if theirs else [*sections, size]
    else:
        ends = []
    if not ends or ends[-1] != size or sorted(set(ends)) != ends:
        raise layer.error(f"splits {size} into {shown(sections)}: must be parts that are not empty and fill it")
    starts = [0, *ends[:-1]]
    return step_of(
        layer,
        shapes,
        lambda x: tuple(jax.lax.slice_in_dim(x, a, b, axis=axis) for a, b in zip(starts, ends, strict=True)),
    )


def reshape(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Reshape; the first entry of the new shape is the batch's."""
    new = arguments.get("newshape")
    if not isinstance(new, list) or len(new) < 2 or not all(n is None or type(n) is int for n in new):
        raise layer.error(f"newshape={shown(new)}: must be whole numbers, the batch's first")
    size, target = math.prod(shapes[0]), [-1 if n is None else n for n in new[1:]]
    known = math.prod(n for n in target if n != -1)
    if new[0] not in (-1, None) or any(n < 1 and n != -1 for n in target) or target.count(-1) > 1 or not known:
        raise layer.error(f"newshape={shown(new)}: must leave the batch alone, -1, and have one more -1 at most")
    if -1 in target:
        target[target.index(-1)] = size // known
    if math.prod(target) != size:
        raise layer.error(f"newshape={shown(new)}: does not hold the {size} numbers of an input {shapes[0]}")
    return step_of(layer, shapes, lambda x: jnp.reshape(x, target))


def transpose(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Transpose, the batch staying first."""
    axes = arguments.get("axes")
    rank = len(shapes[0])
    whole = isinstance(axes, list) and sorted(map(str, axes)) == sorted(map(str, range(rank + 1)))
    if not isinstance(axes, list) or not whole or axes[0] != 0:
        raise layer.error(f"axes={shown(axes)}: must be 0, the batch's, and then each of 1 to {rank} once")
    return step_of(layer, shapes, lambda x: jnp.transpose(x, [int(axis) - 1 for axis in axes[1:]]))


def swapaxes(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Swapaxes."""
    (one,), (two,) = (axes_of(layer, arguments.get(key), len(shapes[0])) for key in ("axis1", "axis2"))
    return step_of(layer, shapes, lambda x: jnp.swapaxes(x, one, two))


def moveaxis(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Moveaxis."""
    one, two = (axes_of(layer, arguments.get(key), len(shapes[0])) for key in ("source", "destination"))
    return step_of(layer, shapes, lambda x: jnp.moveaxis(x, one, two))


def expand_dims(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """ExpandDims."""
    (axis,) = axes_of(layer, arguments.get("axis"), len(shapes[0]) + 1)
    return step_of(layer, shapes, lambda x: jnp.expand_dims(x, axis))


def squeeze(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Squeeze; without an axis, every axis of length 1 but the batch's."""
    given = arguments.get("axis")
    axes = (
        tuple(i for i, n in enumerate(shapes[0]) if n == 1)
        if given in (None, [])
        else axes_of(layer, given, len(shapes[0]))
    )
    return step_of(layer, shapes, lambda x: jnp.squeeze(x, axes))


def flip(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Flip."""
    axes = axes_of(layer, arguments.get("axis"), len(shapes[0]))
    return step_of(layer, shapes, lambda x: jnp.flip(x, axes))


def roll(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Roll, along one axis."""
    (axis,) = axes_of(layer, arguments.get("axis"), len(shapes[0]))
    shift = whole(layer, "shift", arguments.get("shift"), -fields.MAXIMUM)
    return step_of(layer, shapes, lambda x: jnp.roll(x, shift, axis))


def repeat(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Repeat every entry along one axis."""
    (axis,) = axes_of(layer, arguments.get("axis"), len(shapes[0]))
    count = whole(layer, "repeats", arguments.get("repeats"), 1)
    return step_of(layer, shapes, lambda x: repeated(x, count, axis))


def repeated(x: Array, count: int, axis: int) -> Array:
    """Every entry along an axis `count` times in a row, by broadcasting."""
    spread = jnp.broadcast_to(jnp.expand_dims(x, axis + 1), (*x.shape[: axis + 1], count, *x.shape[axis + 1 :]))
    return jnp.reshape(spread, (*x.shape[:axis], x.shape[axis] * count, *x.shape[axis + 1 :]))


def tile(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Tile, the batch once."""
    repeats = arguments.get("repeats")
    if not isinstance(repeats, list) or len(repeats) != len(shapes[0]) + 1 or repeats[0] != 1:
        raise layer.error(f"repeats={shown(repeats)}: must be 1 for the batch, and one number for each other axis")
    counts = [whole(layer, "repeats", count, 1) for count in repeats[1:]]
    return step_of(layer, shapes, lambda x: jnp.tile(x, counts))


def pad(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Pad, with a constant."""
    widths, mode = arguments.get("pad_width"), arguments.get("mode", "constant")
    value = number(layer, "constant_values", arguments.get("constant_values") or 0)
    pairs: list[Any] = widths if isinstance(widths, list) else []
    fits = len(pairs) == len(shapes[0]) + 1 and all(
        isinstance(w, list) and len(w) == 2 and all(type(n) is int and 0 <= n <= fields.MAXIMUM for n in w)
        for w in pairs
    )
    if not fits or pairs[0] != [0, 0] or str(mode).lower() != "constant":
        raise layer.error(f"pad_width={shown(widths)}, mode={shown(mode)}: must be pairs, none for the batch, constant")
    return step_of(
        layer,
        shapes,
        lambda x: jax.lax.pad(x, jnp.asarray(value, x.dtype), [(a, b, 0) for a, b in pairs[1:]]),
    )


#: Operation -> its builder.
BUILDERS: dict[str, Builder] = {
    "GetItem": get_item,
    "Take": take,
    "Concatenate": concatenate,
    "Stack": stack,
    "Split": split,
    "Reshape": reshape,
    "Transpose": transpose,
    "Swapaxes": swapaxes,
    "Moveaxis": moveaxis,
    "ExpandDims": expand_dims,
    "Squeeze": squeeze,
    "Flip": flip,
    "Roll": roll,
    "Repeat": repeat,
    "Tile": tile,
    "Pad": pad,
}
