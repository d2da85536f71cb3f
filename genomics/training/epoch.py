"""A whole epoch as one jitted call over device-resident bases."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.sharding import Mesh
from jaxtyping import Array, Float, Int, UInt8

from genomics.models.constrained import after_epoch, after_update, penalties
from genomics.models.convolution import Form
from genomics.models.dropout import drops
from genomics.training.augment import DROPOUT, NONE, Augmentation, augmented
from genomics.training.devices import on_each_device, own_share, summed
from genomics.training.loss import Counts, count, with_penalties
from genomics.training.optimizer import rmsprop
from genomics.training.state import State, stopped

EpochFunction = Callable[[State, UInt8[Array, "N L"], UInt8[Array, "N T"], Int[Array, ""]], tuple[State, Counts]]
EvaluateFunction = Callable[[Any, UInt8[Array, "N L"], UInt8[Array, "N T"]], Counts]

#: Sequences that evaluation holds one-hot at a time.
_EVALUATION_BATCH = 256


def training_form() -> Form:
    """How convolutions are written inside the loop: see `genomics.models.convolution`."""
    return "primitive" if jax.default_backend() == "tpu" else "matmul"


def batches(order: Int[Array, " N"], batch_size: int) -> tuple[Int[Array, "S B"], Float[Array, "S B"]]:
    """Rows of each step, and their weights: the last batch is filled up with rows of weight 0."""
    steps = -(-len(order) // batch_size)
    padding = steps * batch_size - len(order)
    rows = jnp.pad(order, (0, padding)).reshape(steps, batch_size)
    weights = jnp.pad(jnp.ones(len(order)), (0, padding)).reshape(steps, batch_size)
    return rows, weights


def epoch_order(key_data: Array, epoch: Int[Array, ""], num_examples: int) -> Int[Array, " N"]:
    """The order of the examples: a pure function of the run's key and the epoch."""
    key = jax.random.fold_in(jax.random.fold_in(jax.random.wrap_key_data(key_data), 1), epoch)
    return jax.random.permutation(key, num_examples)


def example_keys(key_data: Array, epoch: Int[Array, ""], step: Int[Array, ""], batch_size: int) -> Array:
    """Keys of a step's examples, by their places in the batch: a pure function of the run's key, epoch and step."""
    key = jax.random.fold_in(jax.random.fold_in(jax.random.wrap_key_data(key_data), 2), epoch)
    return jax.random.split(jax.random.fold_in(key, step), batch_size)


@functools.lru_cache(maxsize=8)  # runs alike in one process, a control beside its run, share the compilation
def make_epoch(
    *,
    learning_rate: float,
    batch_size: int,
    replicates: int,
    mesh: Mesh,
    epsilon_in_root: bool = False,
    patience: int = 0,
    augmentation: Augmentation = NONE,
    form: Form | None = None,
) -> EpochFunction:
    """A jitted `epoch(state, bases, labels, epoch_number) -> (state, counts)`; the state's buffers are donated.

    Args:
      learning_rate: of RMSprop.
      batch_size: examples a step, split over the devices of the mesh; the last, smaller batch is trained on too.
      replicates: networks trained side by side, each in its own order.
      mesh: the devices; bases, labels and state lie on each of them.
      epsilon_in_root: which form of RMSprop; see `genomics.training.optimizer`.
      patience: a network whose best epoch lies so many epochs back stays as it is; 0 = none does.
      augmentation: of the examples; the bases then have its flanks on both sides.
      form: how convolutions are written; None = `training_form()`, the faster one.

    Returns:
      The function. Its counts are those of the batches as they were seen, before their own update: running means, as
      in Keras. A network's penalties are added to the loss that is minimised, its constraints are restored after every
      update (`genomics.models.constrained`).
    """
    optimizer = rmsprop(learning_rate, epsilon_in_root)
    form = form or training_form()

    def loss(model, bases, labels, weights, keys, total):
        """A device's share of the mean over the batch's examples, `total`, so that the shares' gradients add up."""
        if drops(model):
            keys = jax.vmap(lambda key: jax.random.fold_in(key, DROPOUT))(keys)
            logits = jax.vmap(lambda row, key: model(jax.nn.one_hot(row, 4), form, key))(bases, keys)
        else:
            logits = jax.vmap(lambda row: model(jax.nn.one_hot(row, 4), form))(bases)
        counts = count(logits, labels.astype(jnp.float32), weights)
        added = penalties(model)
        share = counts.examples / total
        return sum((value * share for value in added.values()), counts.loss.mean() / total), with_penalties(
            counts, added
        )

    def epoch(state: State, bases, labels, number):
        def step(carry, batch):
            model, optimizer_state = carry
            rows, weights, total, place = batch
            keys = None
            if drops(model) or augmentation:
                keys = own_share(example_keys(state.key, number, place, batch_size), mesh, axis=0)
            examples = bases[rows]
            if augmentation:
                examples = jax.vmap(lambda row, key: augmented(row, key, augmentation))(examples, keys)
            gradient, counts = jax.grad(loss, has_aux=True)(model, examples, labels[rows], weights, keys, total)
            gradient = summed(gradient, mesh)
            updates, optimizer_state = optimizer.update(gradient, optimizer_state, model)
            return (after_update(optax.apply_updates(model, updates)), optimizer_state), counts

        rows, weights = batches(epoch_order(state.key, number, len(bases)), batch_size)
        steps = (*own_share((rows, weights), mesh, axis=1), weights.sum(1), jnp.arange(len(rows)))
        (model, optimizer_state), counts = jax.lax.scan(step, (state.model, state.optimizer), steps)
        after = (after_epoch(model), optimizer_state)
        if patience:
            still = stopped(state.best.epoch, number, patience)
            before = (state.model, state.optimizer)
            after = jax.tree.map(lambda old, new: jnp.where(still, old, new), before, after)
        state = State(model=after[0], optimizer=after[1], key=state.key, best=state.best)
        return state, summed(jax.tree.map(lambda leaf: leaf.sum(0), counts), mesh)

    if replicates > 1:
        epoch = jax.vmap(epoch, (0, None, None, None))
    return jax.jit(on_each_device(epoch, mesh), donate_argnums=0)


@functools.lru_cache(maxsize=8)
def make_evaluate(*, replicates: int, mesh: Mesh) -> EvaluateFunction:
    """A jitted `evaluate(model, bases, labels) -> counts` over a whole split, shared among the devices of the mesh."""

    def evaluate(model, bases, labels):
        places = jnp.arange(-(-len(bases) // mesh.size) * mesh.size)
        places = own_share(places, mesh, axis=0)
        rows, weights = jnp.minimum(places, len(bases) - 1), (places < len(bases)).astype(jnp.float32)
        logits = predict_all(model, bases[rows])
        return summed(count(logits, labels[rows].astype(jnp.float32), weights), mesh)

    evaluate = jax.vmap(evaluate, (0, None, None)) if replicates > 1 else evaluate
    return jax.jit(on_each_device(evaluate, mesh))


def predict_all(model: Callable, bases: UInt8[Array, "N L"]) -> Float[Array, "N T"]:
    """Logits of many sequences, in memory for a few hundred at a time."""
    form = training_form()
    return jax.lax.map(lambda row: model(jax.nn.one_hot(row, 4), form), bases, batch_size=_EVALUATION_BATCH)
