import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from genomics.data.dataset import load
from genomics.training.devices import make_mesh
from genomics.training.epoch import batches, epoch_order, make_epoch, make_evaluate, predict_all
from genomics.training.loss import mean_loss
from genomics.training.state import initial_state, with_best


@pytest.fixture
def train_split(small_data):
    return load(small_data).splits["train"]


def start(config):
    return initial_state(config, length=40, num_tasks=2)


def test_every_example_is_seen_once_in_an_order_that_seed_and_epoch_fix():
    keys = [jax.random.key_data(jax.random.key(seed)) for seed in (0, 1)]
    order = epoch_order(keys[0], jnp.int32(3), 150)
    assert sorted(order.tolist()) == list(range(150))
    assert (order == epoch_order(keys[0], jnp.int32(3), 150)).all()
    assert (order != epoch_order(keys[0], jnp.int32(4), 150)).any()
    assert (order != epoch_order(keys[1], jnp.int32(3), 150)).any()
    rows, weights = batches(order, 64)
    assert rows.shape == weights.shape == (3, 64)
    assert rows[weights > 0].tolist() == order.tolist()
    assert weights[2].tolist() == [1.0] * 22 + [0.0] * 42


def test_an_epoch_is_the_plain_loop_over_its_batches(small_config, train_split):
    """One jitted scan over matrix products = a Python loop over convolutions, the smaller last batch included."""
    state = start(small_config)
    bases, labels = jnp.asarray(train_split.bases), jnp.asarray(train_split.labels)
    optimizer = optax.rmsprop(1e-3, decay=0.9, eps=1e-7, eps_in_sqrt=False)
    model, optimizer_state, losses = state.model, optimizer.init(state.model), []

    @jax.jit
    def step(model, optimizer_state, x, y):
        def loss(model):
            logits = jax.vmap(model)(x)
            return optax.sigmoid_binary_cross_entropy(logits, y).mean()

        value, gradient = jax.value_and_grad(loss)(model)
        updates, optimizer_state = optimizer.update(gradient, optimizer_state)
        return optax.apply_updates(model, updates), optimizer_state, value

    order = epoch_order(state.key, jnp.int32(1), 150)
    for first in range(0, 150, 16):
        rows = order[first : first + 16]
        x, y = jax.nn.one_hot(bases[rows], 4), labels[rows].astype(jnp.float32)
        model, optimizer_state, value = step(model, optimizer_state, x, y)
        losses.append(float(value) * len(rows))

    epoch = make_epoch(learning_rate=1e-3, batch_size=16, replicates=1, mesh=make_mesh(16))
    new, counts = epoch(state, bases, labels, jnp.int32(1))
    assert counts.examples == 150
    np.testing.assert_allclose(mean_loss(counts), sum(losses) / 150, rtol=1e-5)
    for expected, found in zip(jax.tree.leaves(model), jax.tree.leaves(new.model), strict=True):
        np.testing.assert_allclose(found, expected, atol=2e-5)


def test_each_replicate_is_a_run_of_its_own(small_config, train_split):
    bases, labels = jnp.asarray(train_split.bases), jnp.asarray(train_split.labels)
    small_config.replicates = 2
    both = start(small_config)
    alone = jax.tree.map(lambda leaf: leaf[1], both)
    assert not np.allclose(both.model.conv1.kernel[...][0], both.model.conv1.kernel[...][1])
    epochs = [make_epoch(learning_rate=1e-3, batch_size=16, replicates=r, mesh=make_mesh(16)) for r in (2, 1)]
    both, counts = epochs[0](both, bases, labels, jnp.int32(1))
    alone, alone_counts = epochs[1](alone, bases, labels, jnp.int32(1))
    np.testing.assert_allclose(mean_loss(counts)[1], mean_loss(alone_counts), rtol=1e-5)
    for a, b in zip(jax.tree.leaves(both.model), jax.tree.leaves(alone.model), strict=True):
        np.testing.assert_allclose(a[1], b, atol=2e-5)


def test_evaluation_equals_the_model_called_row_by_row(small_config, train_split):
    model = start(small_config).model
    bases = jnp.asarray(train_split.bases[:20])
    expected = jnp.stack([jax.jit(model)(jax.nn.one_hot(row, 4)) for row in bases])
    np.testing.assert_allclose(jax.jit(predict_all)(model, bases), expected, atol=1e-5)
    counts = make_evaluate(replicates=1, mesh=make_mesh(1))(model, bases, jnp.asarray(train_split.labels[:20]))
    assert counts.examples == 20


def test_each_replicate_keeps_its_own_best_epoch(small_config):
    small_config.replicates = 2
    state = start(small_config)
    later = jax.tree.map(lambda leaf: leaf + 1.0, state.model)
    state = with_best(state, 1, jnp.array([0.5, 0.9]))
    changed = with_best(
        type(state)(model=later, optimizer=state.optimizer, key=state.key, best=state.best), 2, jnp.array([0.6, 0.4])
    )
    assert changed.best.epoch.tolist() == [1, 2]
    np.testing.assert_allclose(changed.best.loss, [0.5, 0.4])
    kernel, old, new = (m.conv1.kernel[...] for m in (changed.best.model, state.model, later))
    np.testing.assert_array_equal(kernel[0], old[0])
    np.testing.assert_array_equal(kernel[1], new[1])
    # NaN is never the best.
    assert with_best(state, 3, jnp.array([jnp.nan, jnp.nan])).best.epoch.tolist() == [1, 1]
