import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from genomics.attribution.integrated_gradients import integrated_gradients, plain_integrated_gradients
from genomics.errors import InputError

RANDOM = np.random.default_rng(0)
KERNEL = RANDOM.normal(size=(5, 4, 6)).astype(np.float32)
DENSE = RANDOM.normal(size=(12, 2)).astype(np.float32) / 3
X = jax.nn.one_hot(RANDOM.integers(0, 5, (2, 20)), 4)
R = jnp.broadcast_to(jnp.array([0.3, 0.2, 0.2, 0.3]), (20, 4))


def network(x):
    h = lax.conv_general_dilated(x[None], KERNEL, (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))[0] + 0.1
    h = lax.reduce_window(jax.nn.relu(h), -jnp.inf, lax.max, (8, 1), (8, 1), "SAME")
    return jnp.tanh(h.reshape(-1)) @ DENSE + 0.2


def explained(predict, x, reference=R, **options):
    explain = integrated_gradients(predict, reference=reference, **options)
    return jax.jit(explain if x.ndim == 2 else jax.vmap(explain))(x)


def test_the_fast_form_equals_the_definition():
    options = {"reference": R, "steps": 7, "quadrature": "trapezoid"}
    plain = jax.jit(jax.vmap(plain_integrated_gradients(network, **options)))(X)
    fast = explained(network, X, steps=7, quadrature="trapezoid")
    np.testing.assert_allclose(fast.scores, plain.scores, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(fast.residual, plain.residual, atol=1e-6)


def test_of_a_linear_network_one_step_is_exact():
    weights = RANDOM.normal(size=(20, 4, 3)).astype(np.float32)
    for steps in (1, 3):
        result = explained(lambda x: jnp.einsum("la,lat->t", x, weights) + 5, X[0], steps=steps)
        np.testing.assert_allclose(result.scores, np.moveaxis(weights, -1, 0) * (X[0] - R), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(result.residual, 0, atol=1e-5)


def test_of_a_square_one_midpoint_is_exact():
    result = explained(lambda x: (x**2).sum()[None], X[0], steps=1)
    np.testing.assert_allclose(result.scores[0], X[0] ** 2 - R**2, atol=1e-6)
    np.testing.assert_allclose(result.residual, 0, atol=1e-6)


@pytest.mark.parametrize(("quadrature", "steps"), [("midpoint", (8, 16)), ("trapezoid", (9, 17))])
def test_on_a_smooth_network_the_error_falls_with_the_square_of_the_steps(quadrature, steps):
    with jax.enable_x64(True):
        x, r, weights = (jnp.asarray(np.asarray(v), jnp.float64) for v in (X[0], R, KERNEL))

        def predict(x):
            return jnp.tanh(x[:5].reshape(-1) @ weights.reshape(20, 6) / 4)

        errors = [explained(predict, x, r, steps=n, quadrature=quadrature).residual for n in steps]
        np.testing.assert_allclose(np.log2(np.abs(errors[0]).sum() / np.abs(errors[1]).sum()), 2, atol=0.1)
        gauss = explained(predict, x, r, steps=20, quadrature="gauss_legendre")
        np.testing.assert_allclose(gauss.residual, 0, atol=1e-9)


def test_the_residual_of_a_kinked_network_is_reported_and_falls():
    few, many = (np.abs(explained(network, X, steps=steps).residual).max() for steps in (5, 500))
    assert few > 1e-3
    assert many < few / 10


def test_a_network_that_ignores_its_input_has_no_scores():
    result = explained(lambda x: jnp.ones(3), X[0], steps=2)
    assert result.scores.shape == (3, 20, 4)
    assert not result.scores.any()


def test_the_weights_of_the_network_may_be_traced():
    def scores(scale):
        return integrated_gradients(lambda x: network(x * scale), reference=R, steps=3)(X[0]).scores

    batched = jax.jit(jax.vmap(scores))(jnp.array([1.0, 0.5]))
    np.testing.assert_allclose(batched[1], jax.jit(scores)(0.5), rtol=1e-4, atol=1e-6)


def test_of_several_references_it_is_the_mean():
    references = jnp.stack([R, jnp.zeros_like(R)])
    result = explained(network, X[0], references, steps=3)
    each = jax.jit(jax.vmap(lambda r: integrated_gradients(network, reference=r, steps=3)(X[0])))(references)
    np.testing.assert_allclose(result.scores, each.scores.mean(0), atol=1e-6)
    np.testing.assert_allclose(result.residual, each.residual.mean(0), atol=1e-6)


def test_a_reference_of_another_shape_is_refused():
    with pytest.raises(InputError, match=r"reference of shape \(19, 4\): must be \(20, 4\) or"):
        integrated_gradients(network, reference=R[1:])(X[0])
