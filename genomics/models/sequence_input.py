"""Which input of a network is the sequence, how its bases lie, and what is held constant beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from genomics.errors import InputError
from genomics.models.network import Input, Network

Layout = Literal["length_first", "bases_first"]
#: What an input is held at: one number everywhere, or an array.
Fixed = float | np.ndarray
_BASES = 4


@dataclass(frozen=True, kw_only=True)
class SequenceInput:
    """How one sequence becomes the inputs of a network.

    Attributes:
      length: L.
      arrange: (L, 4) one-hot bases -> one array for each input, in their dtype.
    """

    length: int
    arrange: Callable[[Float[Array, "L 4"]], tuple[Array, ...]]


def sequence_input(
    network: Network,
    *,
    fixed: Mapping[str, Fixed] | None = None,
    name: str | None = None,
    layout: Layout | None = None,
) -> SequenceInput:
    """Tells the sequence among the inputs, and holds everything else constant.

    The sequence is the one input with an axis of 4 bases and one of positions, all other axes 1. An input with further
    channels beside the 4 bases, which come first, is the sequence where `fixed` names it: its value is then that of the
    further channels.

    Args:
      network: as it came from a file.
      fixed: input, by name in any case or index -> a number, or an array of the input's shape (a leading batch axis of
        1 is left out). For further channels of the sequence: (C - 4,), (L, C - 4), or as they lie in the input.
      name: the sequence's input, where several could be.
      layout: `length_first` for (L, 4), `bases_first` for (4, L), where both fit.

    Raises:
      InputError: none or several inputs could be the sequence, another input is not held, or a value does not fit; the
        message lists the inputs with their shapes and names the flag.
    """
    inputs = network.inputs
    held = {_place(network, key, "--fixed_input"): value for key, value in (fixed or {}).items()}
    if fixed and len(held) < len(fixed):
        raise InputError(f"--fixed_input: names one input of {network.source} twice; the inputs are {_listed(inputs)}")
    place = _sequence_place(network, held, name, layout)
    own = inputs[place]
    along, across = _axes(network, own, layout, further=place in held)
    length, channels = own.shape[along], own.shape[across]
    extra = _further(own, held[place], along, across) if place in held else None
    constants = {}
    for i, other in enumerate(inputs):
        if i == place:
            continue
        if i not in held:
            raise InputError(
                f"{network.source}: takes the input {other.name} {other.shape} beside the sequence, {own.name}: "
                f"--fixed_input={other.name}=FILE.npy, or =0, says what it is held at"
            )
        constants[i] = _whole(other, held[i])

    def arrange(x: Float[Array, "L 4"]) -> tuple[Array, ...]:
        if x.shape != (length, _BASES):
            raise InputError(f"{network.source}: the network takes ({length}, 4), not {x.shape=}")
        rows = x if extra is None else jnp.concatenate([x, jnp.asarray(extra, x.dtype)], axis=1)
        laid = rows if along < across else rows.T
        laid = laid if len(own.shape) == 2 else jnp.reshape(laid, own.shape)
        return tuple(laid if i == place else jnp.asarray(constants[i], x.dtype) for i in range(len(inputs)))

    assert channels == _BASES + (0 if extra is None else extra.shape[1])
    return SequenceInput(length=length, arrange=arrange)


def _sequence_place(network: Network, held: Mapping[int, Fixed], name: str | None, layout: Layout | None) -> int:
    inputs = network.inputs
    if name is not None:
        return _place(network, name, "--sequence_input")
    plain = [i for i, each in enumerate(inputs) if i not in held and _fitting(each, layout, further=False)]
    wide = [i for i, each in enumerate(inputs) if i in held and _fitting(each, layout, further=True)]
    found = plain or wide
    if len(found) == 1:
        return found[0]
    if found:
        which = ", ".join(inputs[i].name for i in found)
        raise InputError(
            f"{network.source}: {which} could each be the sequence; --sequence_input=NAME says which, and "
            f"--fixed_input what the others are held at; the inputs are {_listed(inputs)}"
        )
    more = [each for i, each in enumerate(inputs) if i not in held and _fitting(each, layout, further=True)]
    if len(more) == 1 and layout is None:
        raise InputError(
            f"{network.source}: input {more[0].name} {more[0].shape} has further channels beside the 4 bases; "
            f"--fixed_input={more[0].name}=FILE.npy, or =0, says what these are held at"
        )
    flag = "" if layout is None else f" and --layout={layout}"
    raise InputError(
        f"{network.source}: no input is a sequence; the inputs are {_listed(inputs)}{flag}; one must be (L, 4) or "
        "(4, L), all other axes 1"
    )


def _axes(network: Network, own: Input, layout: Layout | None, *, further: bool) -> tuple[int, int]:
    """(axis of the positions, axis of the bases)."""
    found = _fitting(own, layout, further=further)
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"{network.source}: input {own.name} {own.shape} can be read both ways; --layout=length_first for (L, 4), "
            "--layout=bases_first for (4, L)"
        )
    wanted = "(L, C) or (C, L) with more than 4 channels" if further else "(L, 4) or (4, L)"
    raise InputError(f"{network.source}: input {own.name} {own.shape} must be {wanted}, all other axes 1")


def _fitting(each: Input, layout: Layout | None, *, further: bool) -> list[tuple[int, int]]:
    """The (positions, bases) axes that a shape allows; of further channels, the shorter axis is theirs."""
    shape = each.shape
    pairs = []
    for across, size in enumerate(shape):
        for along in range(len(shape)):
            alone = along != across and all(n == 1 for i, n in enumerate(shape) if i not in (along, across))
            if not alone or (size <= _BASES if further else size != _BASES):
                continue
            if layout is not None and layout != ("length_first" if along < across else "bases_first"):
                continue
            if further and layout is None and size > shape[along]:
                continue
            pairs.append((along, across))
    # (1, 4, L) is a sequence of L bases rather than of one position.
    return [pair for pair in pairs if shape[pair[0]] > 1] or pairs


def _further(own: Input, value: Fixed, along: int, across: int) -> Float[np.ndarray, "L E"]:
    """The constant channels (L, C - 4) beside the bases."""
    length, count = own.shape[along], own.shape[across] - _BASES
    array = np.asarray(value, np.float32)
    laid = tuple(count if i == across else n for i, n in enumerate(own.shape))
    if array.shape in (laid, (1, *laid)):
        array = array.reshape(laid)
        array = (array if along < across else np.swapaxes(array, along, across)).reshape(length, count)
    elif array.shape not in ((), (count,), (length, count)):
        raise InputError(
            f"--fixed_input={own.name}: has shape {array.shape}; must be ({length}, {count}) or ({count},), "
            f"the channels beside the 4 bases of {own.shape}"
        )
    return np.ascontiguousarray(np.broadcast_to(array, (length, count)))


def _whole(other: Input, value: Fixed) -> np.ndarray:
    array = np.asarray(value, np.float32)
    if array.shape not in ((), other.shape, (1, *other.shape)):
        raise InputError(f"--fixed_input={other.name}: has shape {array.shape}; must be {other.shape}")
    return np.broadcast_to(array, other.shape) if array.shape == () else array.reshape(other.shape)


def _place(network: Network, key: str, flag: str) -> int:
    places = {str(i): i for i in range(len(network.inputs))} | {o.name.lower(): i for i, o in enumerate(network.inputs)}
    if key.strip().lower() not in places:
        raise InputError(
            f"{flag}={key}: must be the name or index of an input of {network.source}: {_listed(network.inputs)}"
        )
    return places[key.strip().lower()]


def _listed(inputs: tuple[Input, ...]) -> str:
    return "; ".join(f"{index} {each.name} {each.shape}" for index, each in enumerate(inputs))
