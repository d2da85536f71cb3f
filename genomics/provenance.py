"""Under which versions, on which machine, by which command."""

import datetime
import importlib.metadata
import platform
import sys
from typing import Any

import jax

from genomics import __version__

_LIBRARIES = ("jax", "jaxlib", "flax", "optax", "orbax-checkpoint", "numpy", "h5py")


def provenance() -> dict[str, Any]:
    """JSON-ready facts about this process, for the files that it writes."""
    return {
        "genomics": __version__,
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in _LIBRARIES},
        "platform": platform.platform(),
        "devices": [str(device) for device in jax.devices()],
        "processes": jax.process_count(),
        "command": [str(word) for word in sys.argv],
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
