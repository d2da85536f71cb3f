"""Where the arrays lie: batches sharded over all devices, everything else on each of them."""

from typing import TypeVar

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array

from genomics.errors import InputError

_AXIS = "batch"

Tree = TypeVar("Tree")


def make_mesh(batch_size: int) -> Mesh:
    """A one-dimensional mesh of all devices of all processes.

    Raises:
      InputError: the batch does not divide by the number of devices.
    """
    devices = jax.devices()
    if batch_size % len(devices):
        raise InputError(f"config.batch_size={batch_size}: must be a multiple of the {len(devices)} devices")
    return Mesh(np.array(devices), (_AXIS,))


def sharded(mesh: Mesh, axis: int) -> NamedSharding:
    """Split along `axis`, one piece a device."""
    return NamedSharding(mesh, PartitionSpec(*[None] * axis, _AXIS))


def replicate(tree: Tree, mesh: Mesh) -> Tree:
    """Copies of every array of a pytree on every device of the mesh. All processes must hold equal arrays."""
    return jax.tree.map(lambda leaf: jax.device_put(leaf, NamedSharding(mesh, PartitionSpec())), tree)


def on_host(array: Array | np.ndarray) -> np.ndarray:
    """A replicated array's values, also where other processes hold copies; what is on the host already stays."""
    return np.asarray(array.addressable_data(0)) if isinstance(array, Array) else array
