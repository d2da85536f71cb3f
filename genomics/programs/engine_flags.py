"""The table of engines, what computes the parts of a scan, and the flags that choose one."""

from collections.abc import Callable
from dataclasses import dataclass

import jax
from absl import flags

from genomics.errors import InputError
from genomics.scan.engines.build import Build
from genomics.scan.run import Engine


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the table.

    Attributes:
      what: it is, for the help.
      start: (what makes the job in another process) -> the engine, under the flags of this process. What it needs is
        imported there, late.
      flags: those that only this engine reads.
      elsewhere: whether other processes compute, so that this one leaves the accelerators to them.
    """

    what: str
    start: Callable[[Build], Engine]
    flags: tuple[str, ...] = ()
    elsewhere: bool = False


def _local(_: Build) -> Engine:
    from genomics.scan.engines.local import local_engine

    return local_engine


def _ray(build: Build) -> Engine:
    from genomics.scan.engines.actors import ray_engine

    return ray_engine(build, num_workers=NUM_WORKERS.value, address=RAY_ADDRESS.value)


ENGINES = {
    "local": Line(what="this process's devices", start=_local),
    "ray": Line(what="actors of a Ray cluster", start=_ray, flags=("num_workers", "ray_address"), elsewhere=True),
}

ENGINE = flags.DEFINE_enum(
    "engine",
    "local",
    list(ENGINES),
    "What computes: " + "; ".join(f"{name}: {line.what}" for name, line in ENGINES.items()) + ".",
)
NUM_WORKERS = flags.DEFINE_integer(
    "num_workers", None, "Actors, with --engine=ray (default: one a GPU, or one a node).", lower_bound=1
)
RAY_ADDRESS = flags.DEFINE_string("ray_address", None, "Cluster, with --engine=ray, e.g. auto (default: this machine).")


def check() -> None:
    """Raises `InputError` where a flag is of an engine that was not chosen, so that none is read and forgotten."""
    for name, line in ENGINES.items():
        given = [flag for flag in line.flags if flags.FLAGS[flag].present]
        if given and name != ENGINE.value:
            raise InputError(f"--{given[0]}: is for --engine={name}")


def leave_accelerators() -> None:
    """Keeps this process on its CPU where other processes compute; before anything is computed."""
    if ENGINES[ENGINE.value].elsewhere:
        jax.config.update("jax_platforms", "cpu")


def start(build: Build) -> Engine:
    """The engine that --engine names.

    Args:
      build: makes the job in another process.

    Raises:
      InputError: a library that it needs is not installed.
    """
    return ENGINES[ENGINE.value].start(build)
