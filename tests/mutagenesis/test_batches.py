"""How many variants go through a network at a time."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.mutagenesis.batches import at_once, predictions

X = jnp.eye(4)[jnp.array([0, 1, 2, 3] * 30)]
ITEMS = jnp.arange(240)


def _variant(number):
    return X.at[number // 2].set(X[(number + 1) % 120])


def _network(channels, width):
    kernel = jax.random.normal(jax.random.key(0), (width, 4, channels)) / width

    def predict(x):
        layout = ("NWC", "WIO", "NWC")
        return jax.lax.conv_general_dilated(x[None], kernel, (1,), "SAME", dimension_numbers=layout).max((0, 1))

    return predict


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="other devices hold more")
# 6 MiB hold 54.6 channels of 120 positions, 4 bytes each, 240 times.
@pytest.mark.parametrize(("channels", "loops"), [(52, False), (56, True)])
def test_variants_that_fit_at_once_need_no_loop(channels, loops):
    predict = _network(channels, 15)
    assert at_once(predict, X, len(ITEMS)) < len(ITEMS)  # patches are larger
    run = lambda items: predictions(predict, _variant, items, X)  # noqa: E731
    names = {eqn.primitive.name for eqn in jax.make_jaxpr(run)(ITEMS).eqns}
    assert ("scan" in names) == loops
    expected = [predict(_variant(number)) for number in ITEMS[:5]]
    np.testing.assert_allclose(jax.jit(run)(ITEMS)[:5], jnp.stack(expected), atol=1e-5)
