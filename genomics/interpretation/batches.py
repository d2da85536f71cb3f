"""A function of one sequence over many sequences: one compilation, batches that fit the memory."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Int

#: (parameters, what belongs to one sequence) -> arrays by name.
OfOneSequence = Callable[[Any, Any], Mapping[str, Array]]
#: Numbers of B sequences -> what belongs to them: a pytree of arrays with a leading axis B.
Inputs = Callable[[Int[np.ndarray, " B"]], Any]

# Bytes of intermediate values in a batch. On a CPU they must stay in the cache (measured on lab5's gradients: 35,000
# sequence-tasks/s at 9 to 18 MB, 11,000 at 37 MB); elsewhere they may take a share of the device's memory.
_CPU_BYTES = 16.0 * 2**20
_DEVICE_SHARE = 0.25
_DEVICE_BYTES = 2**30
_FIRST_GUESS = 16
_AXIS = "sequences"
_MOST = 4096


def in_batches(
    function: OfOneSequence,
    parameters: Any,
    inputs: Inputs,
    count: int,
    *,
    start: int = 0,
    batch_size: int | None = None,
) -> Iterator[dict[str, np.ndarray]]:
    """Evaluates `function` on sequences `start` to `count`, batch by batch, in order.

    The next batch is computed while the caller handles the one before. The last batch is filled up with copies of its
    last sequence, so that there is one compilation; they are cut off again.

    Args:
      function: of one sequence.
      parameters: its first argument, the same for all.
      inputs: gives its second argument for a batch.
      count: number N of sequences.
      start: the first one.
      batch_size: sequences at a time; None = sized by the memory that the compiled program asks for.

    Yields:
      Arrays by name with a leading axis of the batch.
    """
    if start >= count:
        return
    program = compile_batch(function, parameters, inputs, count - start, batch_size)
    yield from run_batches(*program, parameters, inputs, count, start=start)


def run_batches(
    compiled: Callable[..., Mapping[str, Array]],
    size: int,
    parameters: Any,
    inputs: Inputs,
    count: int,
    *,
    start: int = 0,
) -> Iterator[dict[str, np.ndarray]]:
    """`in_batches` of a program that `compile_batch` has compiled for batches of `size`."""
    waiting: tuple[int, Mapping[str, Array]] | None = None
    for first in range(start, count, size):
        running = compiled(parameters, inputs(np.minimum(np.arange(first, first + size), count - 1)))
        if waiting is not None:
            yield _on_host(*waiting)
        waiting = min(size, count - first), running
    if waiting is not None:
        yield _on_host(*waiting)


def _on_host(count: int, arrays: Mapping[str, Array]) -> dict[str, np.ndarray]:
    return {name: np.asarray(values)[:count] for name, values in arrays.items()}


def compile_batch(
    function: OfOneSequence, parameters: Any, inputs: Inputs, remaining: int, batch_size: int | None = None
) -> tuple[Callable[..., Mapping[str, Array]], int]:
    """Compiles `function` for batches: (parameters, what belongs to a batch) -> arrays by name.

    Args:
      function: of one sequence.
      parameters: its first argument.
      inputs: gives its second argument for a batch.
      remaining: how many sequences there are.
      batch_size: sequences at a time; None = sized by the memory that the compiled program asks for.

    Returns:
      The program, and the one size of batch that it takes.
    """
    devices = _used(remaining, batch_size)
    count = len(devices)
    compiled = _over_devices(function, parameters, inputs(np.zeros(1, np.int64)), devices)
    most = _power_of_two(-(-remaining // count), up=True)
    size = batch_size // count if batch_size else min(_FIRST_GUESS, most)
    program, memory = compiled(size)
    if batch_size is None:
        each = max(1, memory.temp_size_in_bytes + memory.output_size_in_bytes) / size if memory else _CPU_BYTES
        better = _power_of_two(min(_budget() / each, _MOST, most))
        if better != size:
            program, size = compiled(better)[0], better
    return program, size * count


def on_devices(parameters: Any, remaining: int, batch_size: int | None = None) -> Any:
    """Parameters where `compile_batch` puts them: programs that are given these share them."""
    return jax.device_put(parameters, NamedSharding(_mesh(_used(remaining, batch_size)), PartitionSpec()))


def _used(remaining: int, batch_size: int | None) -> list[jax.Device]:
    devices = jax.local_devices()
    return devices[: max(n for n in range(1, len(devices) + 1) if n <= remaining and (batch_size or n) % n == 0)]


def _mesh(devices: list[jax.Device]) -> Mesh:
    return Mesh(np.array(devices), (_AXIS,))


def _over_devices(
    function: OfOneSequence, parameters: Any, one: Any, devices: list[jax.Device]
) -> Callable[[int], Any]:
    """Compiles for so many sequences a device: gives the program, and what memory each device needs."""
    batched, mesh = jax.vmap(function, in_axes=(None, 0)), _mesh(devices)
    whole, shares = PartitionSpec(), PartitionSpec(_AXIS)
    if len(devices) > 1:
        batched = jax.shard_map(batched, mesh=mesh, in_specs=(whole, shares), out_specs=shares, check_vma=False)
    jitted, everywhere, split = jax.jit(batched), NamedSharding(mesh, whole), NamedSharding(mesh, shares)
    held = parameters, jax.device_put(parameters, everywhere)

    def compiled(size: int) -> tuple[Callable[..., Mapping[str, Array]], Any]:
        rows = size * len(devices)
        own = jax.tree.map(
            lambda values: jax.ShapeDtypeStruct((rows, *values.shape[1:]), values.dtype, sharding=split), one
        )
        program = jitted.lower(held[1], own).compile()

        def call(parameters: Any, own: Any) -> Mapping[str, Array]:
            placed = held[1] if parameters is held[0] else jax.device_put(parameters, everywhere)
            return program(placed, jax.device_put(own, split))

        return call, program.memory_analysis()

    return compiled


def _budget() -> float:
    device = jax.local_devices()[0]
    if device.platform == "cpu":
        return _CPU_BYTES
    statistics = device.memory_stats() or {}
    return _DEVICE_SHARE * statistics.get("bytes_limit", _DEVICE_BYTES / _DEVICE_SHARE)


def _power_of_two(number: int | float, up: bool = False) -> int:
    """The largest power of two that is not above `number` (with `up`: the smallest not below it), at least 1."""
    power = 1
    while 2 * power <= number:
        power *= 2
    return power if power >= number or not up else 2 * power
