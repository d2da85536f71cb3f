import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from genomics.errors import InputError
from genomics.mutagenesis.occlusion import occlusion
from genomics.mutagenesis.replacement import replacements, replacements_in_full

KERNEL = np.random.default_rng(0).normal(size=(5, 4, 6)).astype(np.float32)
HEAD = np.random.default_rng(1).normal(size=(6 * 14, 2)).astype(np.float32)
SEQUENCE = jax.nn.one_hot(np.random.default_rng(2).integers(0, 4, 60), 4)


def network(x):
    h = lax.conv_general_dilated(x[None], KERNEL, (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))[0]
    return lax.reduce_window(jax.nn.relu(h), -jnp.inf, lax.max, (4, 1), (4, 1), "VALID").reshape(-1) @ HEAD


@pytest.mark.parametrize(("width", "fill"), [(1, None), (4, None), (9, (0.3, 0.2, 0.2, 0.3))])
def test_each_score_is_the_logit_lost_by_hiding_the_window(width, fill):
    scores = jax.jit(occlusion(network, width, fill))(SEQUENCE).scores
    hidden = np.zeros(4) if fill is None else np.asarray(fill)
    for position in (0, 1, 30, 58, 59):
        first = position - (width - 1) // 2
        x = np.array(SEQUENCE)
        x[max(first, 0) : first + width] = hidden
        observed = int(np.argmax(SEQUENCE[position]))
        np.testing.assert_allclose(scores[:, position, observed], network(SEQUENCE) - network(x), atol=1e-5)
    assert np.all(np.asarray(scores)[:, np.asarray(SEQUENCE) == 0] == 0)


def test_incremental_and_full_replacement_agree():
    windows = jax.random.dirichlet(jax.random.key(0), jnp.ones(4), (21, 2, 7))
    starts = np.arange(-3, 60, 3)
    fast = jax.jit(lambda x: replacements(network, x, windows, starts))
    jaxpr = str(jax.make_jaxpr(lambda x: replacements(network, x, windows, starts))(SEQUENCE))
    assert "dynamic_update_slice" not in jaxpr  # the incremental way was taken
    np.testing.assert_allclose(fast(SEQUENCE), replacements_in_full(network, SEQUENCE, windows, starts), atol=1e-5)


@pytest.mark.parametrize(("width", "fill"), [(0, None), (3, (0.5, 0.5)), (3, (1.0, 1.0, 0.0, 0.0))])
def test_widths_and_fills_that_mean_nothing_are_refused(width, fill):
    with pytest.raises(InputError, match=r"occlusion width 0|fill \("):
        occlusion(network, width, fill)
