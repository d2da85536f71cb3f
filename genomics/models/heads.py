"""Which outputs of a network are its tasks, and their names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Shaped

from genomics.errors import InputError
from genomics.lenses.target import OF_PROFILES
from genomics.models.network import Network, Output

#: Most numbers of a head that become tasks.
MAXIMUM_TASKS = 1 << 18


@dataclass(frozen=True, kw_only=True)
class Heads:
    """The outputs that were chosen.

    Attributes:
      chosen: the outputs.
      tasks: names of all their numbers.
      select: all outputs of the network -> the one that was chosen, or the single numbers of all side by side.
      shape: of what is selected.
      unit: `logit` where every task is one, else `output`.
    """

    chosen: tuple[Output, ...]
    tasks: tuple[str, ...]
    select: Callable[[Sequence[Array]], Shaped[Array, "..."]]
    shape: tuple[int, ...]
    unit: str


def choose_heads(network: Network, head: str | None = None, target: str = "output") -> Heads:
    """The tasks of a network.

    Without `head`, a network's only output gives them, or all its outputs side by side where each is a single number;
    or the one that a target can only be about: a profile's is the largest, log counts' the smallest of several.
    An output of one axis is one task a number; of more axes it is one task a number in C order, and the names say bin
    (along the longer of two axes) and track.

    Args:
      network: as it came from a file.
      head: name of an output in any case, or its index.
      target: which number of it is explained, a name in `genomics.lenses.target.TARGETS`.

    Raises:
      InputError: no such output; several outputs that are not single numbers, and none chosen; too many numbers. The
        message lists the outputs with their shapes.
    """
    outputs = network.outputs
    listed = "; ".join(f"{index} {output}" for index, output in enumerate(outputs))
    meant = _meant(outputs, target) if head is None else None
    if meant is not None:
        indices = [meant]
    elif head is None:
        if len(outputs) > 1 and any(output.size != 1 for output in outputs):
            raise InputError(f"{network.source}: has {len(outputs)} outputs: {listed}; --head=NAME|INDEX chooses one")
        indices = list(range(len(outputs)))
    else:
        places = {str(index): index for index in range(len(outputs))}
        places |= {output.name.lower(): index for index, output in enumerate(outputs)}
        if head.strip().lower() not in places:
            raise InputError(f"--head={head}: must be the name or index of an output of {network.source}: {listed}")
        indices = [places[head.strip().lower()]]
    chosen = tuple(outputs[index] for index in indices)
    for output in chosen:
        if output.size > MAXIMUM_TASKS:
            raise InputError(
                f"{network.source}: output {output} holds {output.size} numbers; at most {MAXIMUM_TASKS} are tasks"
            )

    def select(arrays: Sequence[Array]) -> Shaped[Array, "..."]:
        if len(indices) == 1:
            return arrays[indices[0]]
        return jnp.concatenate(
            [arrays[i] if outputs[i].shape == (1,) else jnp.reshape(arrays[i], (1,)) for i in indices]
        )

    return Heads(
        chosen=chosen,
        tasks=_names(network, chosen),
        select=select,
        shape=chosen[0].shape if len(chosen) == 1 else (len(chosen),),
        unit="logit" if all(output.unit == "logit" for output in chosen) else "output",
    )


def _meant(outputs: Sequence[Output], target: str) -> int | None:
    """The output that a target can only be about, of several of different sizes; None where that is not known."""
    sizes = [output.size for output in outputs]
    if len(set(sizes)) < 2:
        return None
    wanted = max(sizes) if target in OF_PROFILES else min(sizes) if target == "log_counts" else None
    return sizes.index(wanted) if wanted is not None and sizes.count(wanted) == 1 else None


def _names(network: Network, chosen: tuple[Output, ...]) -> tuple[str, ...]:
    if len(chosen) != 1:
        names = tuple(output.name for output in chosen)
        return names if len({name.lower() for name in names}) == len(names) else _numbered("head", len(names))
    output = chosen[0]
    if len(network.outputs) == 1 and network.task_names is not None and len(network.task_names) == output.size:
        return network.task_names
    if len(output.shape) > 1 and output.size > 1:
        return _of_profile(output.shape)
    if len(network.outputs) == 1:
        return _numbered("task", output.size)
    return (output.name,) if output.size == 1 else _numbered(output.name, output.size)


def _of_profile(shape: tuple[int, ...]) -> tuple[str, ...]:
    """`bin_3_track_1`, ... in C order; of two axes the longer is the bins', of more the first is."""
    if len(shape) == 2 and shape[1] > shape[0]:
        return tuple(f"bin_{bin_}_track_{track}" for track, bin_ in np.ndindex(shape))
    return tuple(f"bin_{'_'.join(map(str, place))}_track_{track}" for *place, track in np.ndindex(shape))


def _numbered(stem: str, count: int) -> tuple[str, ...]:
    return tuple(f"{stem}_{index}" for index in range(count))
