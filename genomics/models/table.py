"""Networks by the name that a configuration gives them."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
from flax import nnx

from genomics.errors import InputError
from genomics.models.interpretable import InterpretableConfig, InterpretableNetwork
from genomics.models.lab import LabConfig, LabNetwork
from genomics.models.readable import ReadableConfig, ReadableNetwork

#: Configuration class -> network class. The name of a network in `config.json` is its configuration's class name.
NETWORKS: dict[type, Callable[..., nnx.Module]] = {
    LabConfig: LabNetwork,
    ReadableConfig: ReadableNetwork,
    InterpretableConfig: InterpretableNetwork,
}


def build(config: Any, *, length: int, num_tasks: int, key: jax.Array) -> nnx.Module:
    """A network with fresh parameters.

    Args:
      config: one of the configuration classes of `NETWORKS`.
      length: L, bases of a sequence.
      num_tasks: T.
      key: PRNG key of the initial parameters.

    Returns:
      A module, itself a pytree of its parameters, that maps (L, 4) to (T,) logits.
    """
    return NETWORKS[type(config)](config, length=length, num_tasks=num_tasks, rngs=nnx.Rngs(params=key))


def config_to_dict(config: Any) -> dict[str, Any]:
    """A network's configuration as JSON-ready values, its class under `network`."""
    return {"network": type(config).__name__, **dataclasses.asdict(config)}


def config_from_dict(values: dict[str, Any]) -> Any:
    """The inverse of `config_to_dict` (JSON's lists become tuples again)."""
    values = dict(values)
    default = network_config(values.pop("network", None))
    return type(default)(**{key: tuple(v) if isinstance(v, list) else v for key, v in values.items()})


def network_config(name: Any) -> Any:
    """The configuration of this name, with its defaults.

    Raises:
      InputError: there is none.
    """
    for kind in NETWORKS:
        if kind.__name__ == name:
            return kind()
    raise InputError(f"network {name!r} is not one of {', '.join(kind.__name__ for kind in NETWORKS)}")
