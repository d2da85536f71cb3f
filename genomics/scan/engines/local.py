"""The engine of one process: all its devices, each with a chunk, while the host collects the chunks before."""

import collections
import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from genomics.errors import InputError
from genomics.io.shard import Shard
from genomics.scan.ahead import ahead
from genomics.scan.job import Job, OpenPart, Parts
from genomics.scan.outputs import ROUNDING

#: Device calls that are under way at a time: enough that a device never waits for the host.
_UNDER_WAY = 4
#: Calls whose inputs are prepared before they can be made, by a thread of its own.
_AHEAD = 4
_AXIS = "chunks"

#: Numbers of parts -> the parts.
Evaluate = Callable[[Iterable[int]], Parts]


def evaluator(job: Job, advance: Callable[[int], object], devices: list[jax.Device] | None = None) -> Evaluate:
    """Prepares the evaluation of a job's parts on the devices of this process; compiled on first use.

    Each device gets one chunk of a call; the chunks of neighbouring parts share calls.

    Args:
      job: what to evaluate.
      advance: called with the units that were just finished.
      devices: default: all of this process.

    Returns:
      A generator function of the numbers of parts; it yields them in that order.
    """
    devices = devices or jax.local_devices()
    many = len(devices) > 1
    mesh = Mesh(np.array(devices), (_AXIS,))
    everywhere = NamedSharding(mesh, PartitionSpec())
    parameters = jax.tree.map(lambda leaf: jax.device_put(leaf, everywhere if many else devices[0]), job.parameters)
    compiled = jax.jit(over_devices(job.score, mesh) if many else job.score)

    kinds: set[Any] = set()  # of calls that were compiled

    def call(inputs: list[Any]) -> Mapping[str, Any]:
        kind = jax.tree.structure(inputs[0])
        with job.stages.of("device" if kind in kinds else "compile"):
            kinds.add(kind)
            if not many:
                return compiled(parameters, inputs[0])
            inputs = inputs + [inputs[-1]] * (len(devices) - len(inputs))
            return compiled(parameters, jax.tree.map(lambda *leaves: np.stack(leaves), *inputs))

    def collect(chunks: list[tuple[OpenPart, int]], outputs: Mapping[str, Any]) -> None:
        with job.stages.of("device"):
            host = {name: np.asarray(values) for name, values in outputs.items()}
        if ROUNDING in host and not np.isfinite(host[ROUNDING]).all():
            raise InputError(
                "--dtype=float16: an effect is too large for it; give --dtype=float32 and another --output"
            )
        with job.stages.of("copy"):
            for place, (part, index) in enumerate(chunks):
                part.put(index, {name: values[place] for name, values in host.items()} if many else host)

    def prepared(numbers: Iterable[int]) -> Iterator[tuple[OpenPart, int, Any]]:
        """Every chunk of every part with its inputs; a part without any has one entry, numbered -1."""
        for number in numbers:
            with job.stages.of("read"):
                part = job.open_part(number)
            if not part.num_chunks:
                yield part, -1, None
            for index in range(part.num_chunks):
                with job.stages.of("read"):
                    inputs = part.inputs(index)
                yield part, index, inputs

    def evaluate(numbers: Iterable[int]) -> Parts:
        waiting: collections.deque = collections.deque()  # device calls, with the chunks that they hold
        opened: collections.deque = collections.deque()  # [part, chunks not yet collected], in order
        gathered: list[tuple[OpenPart, int, Any]] = []

        def done() -> Iterator[tuple[int, Shard]]:
            while opened and opened[0][1] == 0:
                part, _ = opened.popleft()
                with job.stages.of("copy"):
                    shard = part.finish()
                yield part.number, shard

        def pop() -> None:
            chunks, outputs = waiting.popleft()
            collect(chunks, outputs)
            for part, index in chunks:
                next(each for each in opened if each[0] is part)[1] -= 1
                advance(part.units * (index + 1) // part.num_chunks - part.units * index // part.num_chunks)

        def launch() -> None:
            outputs = call([inputs for _, _, inputs in gathered])
            for values in outputs.values():
                values.copy_to_host_async()
            waiting.append(([(part, index) for part, index, _ in gathered], outputs))
            gathered.clear()

        with contextlib.closing(ahead(prepared(numbers), _AHEAD * len(devices))) as chunks:
            while True:
                with job.stages.of("wait_read"):
                    found = next(chunks, None)
                if found is None:
                    break
                part, index, inputs = found
                if index <= 0:
                    opened.append([part, part.num_chunks])
                if index >= 0:
                    if gathered and jax.tree.structure(inputs) != jax.tree.structure(gathered[0][2]):
                        launch()  # a call is of one kind
                    gathered.append(found)
                    if len(gathered) == len(devices):
                        launch()
                    if len(waiting) > _UNDER_WAY:
                        pop()
                yield from done()
        if gathered:
            launch()
        while waiting:
            pop()
            yield from done()
        yield from done()

    return evaluate


def over_devices(score: Callable[..., Any], mesh: Mesh) -> Callable[..., Any]:
    """`score` of a chunk as a function of one chunk a device, stacked along a first axis."""

    def one(parameters: Any, inputs: Any) -> Any:
        outputs = score(parameters, jax.tree.map(lambda leaf: leaf[0], inputs))
        return jax.tree.map(lambda leaf: leaf[None], outputs)

    chunks = PartitionSpec(_AXIS)
    return jax.shard_map(one, mesh=mesh, in_specs=(PartitionSpec(), chunks), out_specs=chunks, check_vma=False)


def local_engine(job: Job, numbers: Iterable[int], advance: Callable[[int], object]) -> Parts:
    """Evaluates parts on the devices of this process, in order."""
    return evaluator(job, advance)(numbers)
