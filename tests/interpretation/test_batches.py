import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.interpretation import batches
from genomics.interpretation.batches import in_batches
from genomics.lenses.networks import mean_and_spread


def _function(parameters, own):
    return {"product": parameters * own["a"], "sum": (own["a"] + own["b"]).sum()}


def _values(count):
    return {"a": np.arange(count * 3, dtype=np.float32).reshape(count, 3), "b": np.arange(count, dtype=np.int32)}


def _inputs(count, asked=None):
    values = _values(count)

    def inputs(numbers):
        if asked is not None:
            asked.append(numbers.tolist())
        return {name: array[numbers] for name, array in values.items()}

    return inputs


@pytest.mark.parametrize("count", [1, 7, 8, 21])
@pytest.mark.parametrize("batch_size", [None, 1, 8])
def test_batches_equal_one_sequence_at_a_time(count, batch_size):
    found = list(in_batches(_function, jnp.float32(2), _inputs(count), count, batch_size=batch_size))
    values = _values(count)
    np.testing.assert_array_equal(np.concatenate([each["product"] for each in found]), 2 * values["a"])
    np.testing.assert_array_equal(np.concatenate([each["sum"] for each in found]), values["a"].sum(1) + 3 * values["b"])
    assert all(len(each["sum"]) == (batch_size or len(each["sum"])) for each in found[:-1])


def test_a_batch_starts_where_the_last_run_ended():
    asked = []
    found = list(in_batches(_function, jnp.float32(1), _inputs(10, asked), 10, start=6, batch_size=3))
    np.testing.assert_array_equal(np.concatenate([each["product"] for each in found]), _values(10)["a"][6:])
    assert asked[1:] == [[6, 7, 8], [9, 9, 9]]
    assert list(in_batches(_function, jnp.float32(1), _inputs(10), 10, start=10)) == []


def test_the_next_batch_is_started_before_the_last_is_handed_over():
    asked = []
    running = in_batches(_function, jnp.float32(1), _inputs(6, asked), 6, batch_size=2)
    next(running)
    assert asked[1:] == [[0, 1], [2, 3]]


def test_one_compilation():
    traced = []

    def counting(parameters, own):
        traced.append(1)
        return _function(parameters, own)

    list(in_batches(counting, jnp.float32(1), _inputs(11), 11, batch_size=4))
    assert len(traced) == 1


def test_the_batch_fits_the_memory(monkeypatch):
    """Each sequence needs a megabyte that no compiler can do without; the budget is four."""

    def hungry(parameters, own):
        table = jnp.sort(own["a"][0] * jnp.arange(2**18, dtype=jnp.float32))
        return {"middle": jnp.sort(table * jnp.flip(table))[2**17]}

    monkeypatch.setattr(batches, "_CPU_BYTES", 4.5 * 2**20)
    first = next(in_batches(hungry, (), _inputs(64), 64))
    assert 1 <= len(first["middle"]) <= 4


def test_replicates_give_mean_and_spread():
    parameters = jnp.array([1.0, 2.0, 6.0])
    own = jax.tree.map(lambda values: values[1], _values(3))
    found = mean_and_spread(_function, 3)(parameters, own)
    np.testing.assert_allclose(found["product"], 3 * own["a"])
    np.testing.assert_allclose(found["product_std"], np.std([1, 2, 6]) * own["a"], rtol=1e-6)
    np.testing.assert_allclose(found["sum_std"], 0)
    assert mean_and_spread(_function, None) is _function
    told = mean_and_spread(_function, 3, lambda mean: {"square": mean["product"] ** 2})(parameters, own)
    np.testing.assert_allclose(told["square"], 9 * own["a"] ** 2)  # of the mean, not the mean of squares
    np.testing.assert_allclose(told["square_std"], np.std([1, 4, 36]) * own["a"] ** 2, rtol=1e-6)


def test_one_long_sequence_is_computed_as_a_batch():
    """Compiled without a batch axis, JAX 0.10.2 gets rows behind the first 32,768 elements of the layer wrong."""
    random = np.random.default_rng(0)
    x, kernel = random.normal(size=(1000, 4)).astype(np.float32), random.normal(size=(26, 4, 64)).astype(np.float32)

    def layer(x):
        return jnp.maximum(
            jax.lax.conv_general_dilated(x[None], kernel, (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))[0], 0
        )

    def network(parameters, x):
        return {"pooled": jax.lax.reduce_window(layer(x), -jnp.inf, jax.lax.max, (13, 1), (13, 1), "VALID")}

    program, _ = batches.compile_batch(network, 0.0, lambda rows: jnp.asarray(x)[None].repeat(len(rows), 0), 1, 1)
    found = np.asarray(program(0.0, x[None])["pooled"])[0]
    np.testing.assert_allclose(found, np.asarray(layer(x)).reshape(75, 13, 64).max(1), atol=1e-4)
