"""The engine of many machines: actors of Ray Core, one a device, that are handed parts as they finish.

Ray: Moritz et al. (2018, OSDI, https://www.usenix.org/conference/osdi18/presentation/moritz).
"""

import collections
import re
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from genomics.errors import InputError
from genomics.scan.engines.build import Build
from genomics.scan.engines.local import evaluator
from genomics.scan.job import Job, Parts
from genomics.scan.run import Engine

#: Actors that may be lost for each part before it is the part that is to blame.
_ATTEMPTS = 4
#: Ray colours what it says.
_COLOURS = re.compile("\x1b\\[[0-9;]*m")


class Worker:
    """Computes parts in a process of its own: the model is loaded and compiled once."""

    def __init__(self, build: Build):
        self._open = build()  # kept, so that its files stay open as long as the process lives
        self._job = self._open.__enter__()
        self._evaluate = evaluator(self._job, lambda units: None)

    def part(self, number: int) -> Any:
        """The part of this number, computed, and the seconds of its stages."""
        ((_, shard),) = self._evaluate([number])
        return self._job.with_tracks(shard), self._job.stages.taken()


def ray_engine(build: Build, *, num_workers: int | None, address: str | None) -> Engine:
    """Evaluates parts by actors; a lost one is replaced and its part done again.

    Args:
      build: makes the job within an actor; it must be picklable, and what it reads must be there on every node.
      num_workers: actors; None = one for each GPU of the cluster, or one for each node when there are none.
      address: of the cluster; None starts Ray on this machine.

    Raises:
      InputError: Ray is not installed, or a part keeps killing its actor.
    """
    try:
        import ray  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise InputError("--engine=ray: Ray is not installed; pip install 'genomics[ray]'") from error

    def engine(job: Job, numbers: Iterable[int], advance: Callable[[int], object]) -> Parts:
        started = not ray.is_initialized()
        if started:
            with warnings.catch_warnings():
                # JAX warns of the fork before Ray's own programs start, in which nothing of JAX runs.
                warnings.simplefilter("ignore", RuntimeWarning)
                ray.init(address=address, include_dashboard=False, log_to_driver=False, configure_logging=False)
        try:
            yield from _parts(ray, build, list(numbers), num_workers, job, advance)
        finally:
            if started:
                ray.shutdown()

    return engine


def _parts(
    ray: Any,
    build: Build,
    numbers: list[int],
    num_workers: int | None,
    job: Job,
    advance: Callable[[int], object],
) -> Parts:
    gpus = int(ray.cluster_resources().get("GPU", 0))
    count = min(num_workers or gpus or len(ray.nodes()), len(numbers))
    actor = ray.remote(Worker).options(num_gpus=1 if gpus else 0, num_cpus=1, max_restarts=0)
    waiting = collections.deque(numbers)
    attempts = collections.Counter[int]()
    running: dict[Any, tuple[Any, int]] = {}  # what will be there -> the actor and the part's number

    def hand_out(worker: Any) -> None:
        if waiting:
            number = waiting.popleft()
            running[worker.part.remote(number)] = worker, number

    for _ in range(count):
        hand_out(actor.remote(build))
    while running:
        with job.stages.of("wait_workers"):
            (done,), _ = ray.wait(list(running), num_returns=1)
        worker, number = running.pop(done)
        try:
            shard, seconds = ray.get(done)
        except ray.exceptions.RayActorError as error:
            attempts[number] += 1
            if attempts[number] == _ATTEMPTS:
                reason = " ".join(_COLOURS.sub("", str(error)).split())
                raise InputError(f"--engine=ray: part {number} lost {_ATTEMPTS} workers: {reason}") from error
            print(f"a worker was lost; part {number} is done again by another", flush=True)
            waiting.appendleft(number)
            worker = actor.remote(build)
        except ray.exceptions.RayTaskError as error:
            raise error.cause from None  # what the part itself raised
        else:
            job.stages.add({f"worker_{name}": value for name, value in seconds.items()})
            advance(job.units // job.num_parts)
            yield number, shard
        hand_out(worker)
