"""What training changes: parameters, optimizer, and the best parameters so far."""

from dataclasses import dataclass
from typing import Any, cast

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from genomics.models.table import build
from genomics.training.optimizer import rmsprop


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class Best:
    """The parameters at the epoch with the lowest validation loss. With replicates, each has its own.

    The leaves are arrays, or their shapes where the record only describes a checkpoint.

    Attributes:
      model: the network, a pytree of its parameters.
      epoch: int32 () or (R,), which epoch, from 1; 0 before the first.
      loss: float32 () or (R,), its validation loss in nats.
    """

    model: Any
    epoch: Any
    loss: Any


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class State:
    """Everything that the next epoch depends on, besides the data and the configuration.

    Attributes:
      model: the network after the last epoch. With replicates every leaf of the state has a leading axis R.
      optimizer: RMSprop's running means.
      key: PRNG key data; the order of epoch e is a pure function of it and e.
      best: see `Best`.
    """

    model: Any
    optimizer: optax.OptState
    key: Any
    best: Best


def initial_state(config: Any, *, length: int, num_tasks: int) -> State:
    """Fresh parameters for a `TrainConfig`; replicate r has the key `fold_in(key(seed), r)`."""

    def one(key: Any) -> State:
        model = build(config.model, length=length, num_tasks=num_tasks, key=jax.random.fold_in(key, 0))
        best = Best(model=model, epoch=jnp.int32(0), loss=jnp.float32(jnp.inf))
        optimizer = rmsprop(config.learning_rate, config.epsilon_in_root).init(cast(Any, model))
        return State(model=model, optimizer=optimizer, key=jax.random.key_data(key), best=best)

    keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(config.seed), jnp.arange(config.replicates))
    return jax.jit(jax.vmap(one))(keys) if config.replicates > 1 else jax.jit(one)(keys[0])


def with_best(state: State, epoch: int | Int[Array, ""], loss: Float[Array, "*R"]) -> State:
    """The state with `best` replaced where the validation loss is the lowest so far."""
    better = loss < state.best.loss

    def choose(new: Array, old: Array) -> Array:
        return jnp.where(better.reshape(better.shape + (1,) * (new.ndim - better.ndim)), new, old)

    best = Best(
        model=jax.tree.map(choose, state.model, state.best.model),
        epoch=jnp.where(better, epoch, state.best.epoch).astype(jnp.int32),
        loss=jnp.where(better, loss, state.best.loss),
    )
    return State(model=state.model, optimizer=state.optimizer, key=state.key, best=best)


def stopped(best_epoch: Any, epoch: Any, patience: int) -> Any:
    """Whether a network is no longer trained in this epoch: its best one lies `patience` epochs before, or more.

    Args:
      best_epoch: int () or (R,), see `Best`.
      epoch: from 1.
      patience: 0 = never.
    """
    return (epoch - 1 - best_epoch >= patience) & (patience > 0)
