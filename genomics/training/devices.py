"""Where the arrays lie: batches sharded over all devices, everything else on each of them."""

from collections.abc import Callable
from typing import Any, TypeVar

import jax
import numpy as np
from jax.flatten_util import ravel_pytree
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array

from genomics import cores
from genomics.errors import InputError

_AXIS = "batch"
#: Examples of a batch from which a CPU device of its own is worth the exchange (found at 32, lab5 on two cores).
_LEAST_SHARE = 16

Tree = TypeVar("Tree")
Function = TypeVar("Function", bound=Callable[..., Any])


def cpu_devices(batch_size: int, recorded: int | None) -> int | None:
    """On how many CPU devices a run goes on, or begins; None = on all devices there are.

    Args:
      batch_size: examples a step.
      recorded: the number of the run so far; None for a new one.
    """
    if jax.default_backend() != "cpu" or jax.process_count() > 1:
        return None
    there = len(jax.devices())
    if recorded is not None:
        if recorded <= there:
            return recorded
        print(f"note: the run was on {recorded} CPU devices, here are {there}: sums are rounded otherwise", flush=True)
    return there if cores.decided_by_user() else cores.dividing(batch_size, there, _LEAST_SHARE)


def make_mesh(batch_size: int, count: int | None = None) -> Mesh:
    """A one-dimensional mesh of `count` devices, or all devices of all processes.

    Raises:
      InputError: the batch does not divide by the number of devices.
    """
    devices = jax.devices()[:count]
    if batch_size % len(devices):
        raise InputError(f"config.batch_size={batch_size}: must be a multiple of the {len(devices)} devices")
    return Mesh(np.array(devices), (_AXIS,))


def on_each_device(function: Function, mesh: Mesh) -> Function:
    """The function run by every device of the mesh on copies of its arguments; its results must be equal on all."""
    if mesh.size == 1:
        return function
    # Whether results are equal is not followed through the optimizer; `tests/training/test_devices.py` compares them.
    return jax.shard_map(function, mesh=mesh, in_specs=PartitionSpec(), out_specs=PartitionSpec(), check_vma=False)


def own_share(tree: Tree, mesh: Mesh, axis: int) -> Tree:
    """Of each array the piece along `axis` that is this device's; within `on_each_device`."""
    if mesh.size == 1:
        return tree

    def piece(leaf: Array) -> Array:
        size = leaf.shape[axis] // mesh.size
        return jax.lax.dynamic_slice_in_dim(leaf, jax.lax.axis_index(_AXIS) * size, size, axis)

    return jax.tree.map(piece, tree)


def summed(tree: Tree, mesh: Mesh) -> Tree:
    """Sums over the devices, all arrays in one exchange: each has its own price; within `on_each_device`."""
    if mesh.size == 1:
        return tree
    flat, restored = ravel_pytree(tree)
    return restored(jax.lax.psum(flat, _AXIS))


def replicate(tree: Tree, mesh: Mesh) -> Tree:
    """Copies of every array of a pytree on every device of the mesh. All processes must hold equal arrays."""
    return jax.tree.map(lambda leaf: jax.device_put(leaf, NamedSharding(mesh, PartitionSpec())), tree)


def on_host(array: Array | np.ndarray) -> np.ndarray:
    """A replicated array's values, also where other processes hold copies; what is on the host already stays."""
    return np.asarray(array.addressable_data(0)) if isinstance(array, Array) else array
