"""Every core of a CPU as a device of its own: XLA's threads share the products of one device badly.

Batches and chunks are split over the devices as over several accelerators. Of a user's own number, in
`JAX_NUM_CPU_DEVICES` or `--xla_force_host_platform_device_count` of XLA_FLAGS, nothing is changed.
"""

import contextlib
import os
import sys
from pathlib import Path

_XLA_FLAG = "--xla_force_host_platform_device_count"
_QUOTA = Path("/sys/fs/cgroup/cpu.max")
#: The user's own number, of the flag.
_asked: int | None = None


def available() -> int:
    """Cores that this process may use: of its affinity, and of its container's share."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with contextlib.suppress(OSError, ValueError):  # no such share, or none that limits
        quota, period = map(int, _QUOTA.read_text().split())
        count = min(count, max(quota // period, 1))
    return count


def decided_by_user() -> bool:
    """Whether the number is given by the flag, or by JAX's or XLA's own settings."""
    return _asked is not None or "JAX_NUM_CPU_DEVICES" in os.environ or _XLA_FLAG in os.environ.get("XLA_FLAGS", "")


def as_devices(count: int, *, asked: bool = False) -> None:
    """Makes so many devices of the CPU, unless the user has decided or JAX is not used; before JAX computes anything.

    Args:
      count: devices.
      asked: whether this number is the user's own; those of JAX's and XLA's settings come first.
    """
    global _asked
    jax = sys.modules.get("jax")
    if jax is None or decided_by_user():
        return
    _asked = count if asked else None
    with contextlib.suppress(RuntimeError):  # a process that has computed before keeps its devices
        jax.config.update("jax_num_cpu_devices", count)


def dividing(batch_size: int, count: int, least: int) -> int:
    """The largest number of devices, at most `count`, that share a batch evenly, `least` examples each or more."""
    fitting = (n for n in range(count, 1, -1) if batch_size % n == 0 and batch_size // n >= least)
    return next(fitting, 1)
