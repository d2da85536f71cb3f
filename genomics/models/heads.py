"""Which outputs of a network are its tasks, and their names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from genomics.errors import InputError
from genomics.models.network import Network, Output

#: Most numbers of a head that become tasks.
MAXIMUM_TASKS = 1 << 18


@dataclass(frozen=True, kw_only=True)
class Heads:
    """The outputs that were chosen.

    Attributes:
      chosen: the outputs.
      tasks: T names.
      select: all outputs of the network -> (T,).
      unit: `logit` where every task is one, else `output`.
    """

    chosen: tuple[Output, ...]
    tasks: tuple[str, ...]
    select: Callable[[Sequence[Array]], Float[Array, " T"]]
    unit: str


def choose_heads(network: Network, head: str | None = None) -> Heads:
    """The tasks of a network.

    Without `head`, a network's only output gives them, or all its outputs side by side where each is a single number.
    An output of one axis is one task a number; of more axes it is flattened in C order, and the names say bin (along
    the longer of two axes) and track.

    Args:
      network: as it came from a file.
      head: name of an output in any case, or its index.

    Raises:
      InputError: no such output; several outputs that are not single numbers, and none chosen; too many numbers. The
        message lists the outputs with their shapes.
    """
    outputs = network.outputs
    listed = "; ".join(f"{index} {output}" for index, output in enumerate(outputs))
    if head is None:
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

    def select(arrays: Sequence[Array]) -> Float[Array, " T"]:
        flat = [arrays[i] if len(outputs[i].shape) == 1 else jnp.reshape(arrays[i], (-1,)) for i in indices]
        return flat[0] if len(flat) == 1 else jnp.concatenate(flat)

    return Heads(
        chosen=chosen,
        tasks=_names(network, chosen),
        select=select,
        unit="logit" if all(output.unit == "logit" for output in chosen) else "output",
    )


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
