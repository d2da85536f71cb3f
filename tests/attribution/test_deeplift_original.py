"""The original library's own unit tests, re-created; channels beyond its own hold zeros."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from genomics.attribution.deeplift import RULES, deeplift, multipliers
from genomics.attribution.deeplift.passes import linearise
from genomics.attribution.deeplift.value import Frozen
from genomics.attribution.layers import layers
from genomics.tracing.blocks import blocks
from genomics.tracing.elementwise import fold_elementwise
from genomics.tracing.program import trace

W1 = jnp.array([1.0, 2.0, 3.0, 4.0])
DENSE, BIAS = jnp.stack([W1, -W1], axis=1), jnp.array([-1.0, 1.0])
ONES, TWOS, ZEROS = jnp.ones((1, 4)), jnp.full((1, 4), 2.0), jnp.zeros((1, 4))

# Two examples of two channels and four positions, as (example, position, channel padded to four).
IMAGES = jnp.zeros((2, 4, 4)).at[..., :2].set((jnp.arange(16.0).reshape(2, 2, 4) - 8).swapaxes(1, 2))
FILTER = jnp.array([[-2.0, -1.0], [0.0, 1.0]]).T
KERNEL = jnp.zeros((2, 4, 2)).at[:, :2].set(jnp.stack([FILTER, -FILTER], axis=-1))


def compiled(function):
    return jax.jit(function, compiler_options={"xla_backend_optimization_level": 0})


def dense(x):
    return x[0] @ DENSE + BIAS


def convolution(x, stride=1):
    return lax.conv_general_dilated(x[None], KERNEL, (stride,), "VALID", dimension_numbers=("NHC", "HIO", "NHC")) + BIAS


def alternating(h, first, second):
    return (h * jnp.array([first, second])).reshape(-1) @ jnp.ones((h.size, 1))


def of_input(predict, x, reference, **options):
    return compiled(multipliers(predict, reference=reference, **options))(x)[0]


def test_dense_forward_and_multipliers():
    np.testing.assert_allclose([dense(ONES), dense(TWOS)], [[9, -9], [19, -19]])
    for x in (ONES, TWOS):
        np.testing.assert_allclose(of_input(dense, x, ZEROS)[:, 0], [W1, -W1])


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_runs_on_an_activation(rule):
    predict = lambda x: jax.nn.relu(dense(x)) @ jnp.eye(2)  # noqa: E731
    assert np.isfinite(compiled(deeplift(predict, reference=ZEROS, rule=rule))(ONES).scores).all()


def test_relu_rescale_and_gradient():
    predict = lambda x: jax.nn.relu(dense(x)) @ jnp.eye(2)  # noqa: E731
    for x, first, second in [(ONES, 0.9, 0.1), (TWOS, 0.95, 0.05)]:
        found = of_input(predict, x, ZEROS, rule="rescale")[:, 0]
        np.testing.assert_allclose(found, [first * W1, -second * W1], atol=1e-5)
        found = of_input(predict, x, ZEROS, rule="gradient")[:, 0]
        np.testing.assert_allclose(found, [W1, 0 * W1], atol=1e-5)


@pytest.mark.parametrize(
    ("stride", "forward", "expected"),
    [
        (
            1,
            [[[19, 17, 15], [-19, -17, -15]], [[3, 1, -1], [-3, -1, 1]]],
            [[-4, -6, -6, -2], [0, 2, 2, 2]],
        ),
        (2, [[[19, 15], [-19, -15]], [[3, -1], [-3, 1]]], [[-4, -2, -4, -2], [0, 2, 0, 2]]),
    ],
)
def test_convolution_forward_and_multipliers(stride, forward, expected):
    np.testing.assert_allclose(jax.jit(jax.vmap(lambda x: convolution(x, stride)[0].T))(IMAGES), forward)
    predict = lambda x: alternating(convolution(x, stride), 1, -1)  # noqa: E731
    run = compiled(jax.vmap(multipliers(predict, reference=jnp.zeros((4, 4)))))
    for found in run(IMAGES)[:, 0, 0, :, :2]:
        np.testing.assert_allclose(found.T, expected)


def test_convolution_parts():
    # A ReLU after the convolution asks for the parts.
    program = fold_elementwise(trace(lambda x: alternating(jax.nn.relu(convolution(x)), 1, 1), IMAGES[0]))
    layer = blocks(program)[0].variable
    expected = [
        ([[26, 23, 20], [4, 3, 2]], [[-4, -3, -2], [-26, -23, -20]]),
        ([[6, 5, 6], [0, 1, 4]], [[0, -1, -4], [-6, -5, -6]]),
    ]
    ones = jnp.ones((4, 4)).at[:, 2:].set(0)
    options = {"rule": "reveal_cancel", "max_pool_rule": "cross", "keep": [layer]}
    run = compiled(lambda x: linearise(program, [Frozen(x=x, r=ones)], **options).frozen[layer].parts)
    for x, (positive, negative) in zip(IMAGES, expected, strict=True):
        parts = run(x)
        np.testing.assert_allclose(parts.positive[0].T, positive, atol=1e-5)
        np.testing.assert_allclose(parts.negative[0].T, negative, atol=1e-5)


def test_two_dimensional_convolution():
    x = jnp.arange(16.0).reshape(4, 4) - 8
    kernel = jnp.array([[-2.0, -1.0], [0.0, 1.0]])[..., None, None]

    def predict(x):
        h = lax.conv_general_dilated(
            x[None, :, :, None], kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        return h.reshape(-1) @ jnp.arange(18.0).reshape(9, 2)

    np.testing.assert_allclose(of_input(predict, x, jnp.ones((4, 4))), compiled(jax.jacobian(predict))(x), atol=1e-4)


POOLED = (
    jnp.zeros((2, 4, 4))
    .at[..., :2]
    .set(jnp.array([[[0.0, 1, 4, 3], [3, 2, 1, 0]], [[0, -1, -2, -3], [-3, -2, -1, 0]]]).swapaxes(1, 2))
)


def pooled(x, kind):
    initial, operation = (-jnp.inf, lax.max) if kind == "max" else (0.0, lax.add)
    h = lax.reduce_window(x[:, :2], initial, operation, (2, 1), (1, 1), "VALID")
    return h if kind == "max" else h / 2


@pytest.mark.parametrize(
    ("kind", "forward", "expected"),
    [
        (
            "max",
            [[[1, 4, 4], [3, 2, 1]], [[0, -1, -2], [-2, -1, 0]]],
            [[[0, 2, 4, 0], [3, 3, 3, 0]], [[2, 2, 2, 0], [0, 3, 3, 3]]],
        ),
        (
            "average",
            [[[0.5, 2.5, 3.5], [2.5, 1.5, 0.5]], [[-0.5, -1.5, -2.5], [-2.5, -1.5, -0.5]]],
            [[[1, 2, 2, 1], [1.5, 3, 3, 1.5]]] * 2,
        ),
    ],
)
def test_pools(kind, forward, expected):
    np.testing.assert_allclose(jax.jit(jax.vmap(lambda x: pooled(x, kind).T))(POOLED), forward)
    predict = lambda x: alternating(pooled(x, kind), 2, 3)  # noqa: E731
    run = compiled(jax.vmap(multipliers(predict, reference=jnp.zeros((4, 4)), max_pool_rule="gradient")))
    np.testing.assert_allclose(run(POOLED)[:, 0, 0, :, :2].swapaxes(1, 2), expected)


def test_two_dimensional_pool():
    x = jnp.array([[0.0, 1, 2, 3], [7, 6, 5, 4], [8, 9, 10, 11], [15, 14, 13, 12]])

    def predict(x):
        return lax.reduce_window(x, -jnp.inf, lax.max, (2, 2), (2, 2), "VALID").reshape(-1) * jnp.arange(1.0, 5)

    for rule in ("cross", "gradient"):
        found = of_input(predict, x, jnp.zeros_like(x), max_pool_rule=rule)
        expected = np.zeros((4, 4, 4))
        for task, (row, column) in enumerate([(1, 0), (1, 2), (3, 0), (3, 2)]):
            expected[task, row, column] = task + 1
        np.testing.assert_allclose(found, expected)


def test_concatenation():
    predict = lambda x: jnp.concatenate([x[0, :2], x[0, 2:]]) @ jnp.array([[1.0], [1.0], [2.0], [2.0]])  # noqa: E731
    np.testing.assert_allclose(of_input(predict, ONES, ZEROS)[0, 0], [1, 1, 2, 2])


def normalise(h):
    mean, variance = jnp.array([3.0, 3.0]), jnp.array([4.0, 9.0])
    return (h - mean) / jnp.sqrt(variance + 1e-3) * jnp.array([2.0, 3.0]) + jnp.array([4.0, 5.0])


def test_batch_normalisation():
    predict = lambda x: normalise(dense(x))  # noqa: E731
    np.testing.assert_allclose(predict(ONES), (np.array([9, -9]) - 3) / np.sqrt([4.001, 9.001]) * [2, 3] + [4, 5])
    np.testing.assert_allclose(of_input(predict, ONES, ZEROS), jax.jacobian(predict)(ONES), atol=1e-5)


def image_convolution(x):
    kernel = jnp.ones((2, 2, 1, 2))
    return lax.conv_general_dilated(
        x[None, :, :, None], kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


@pytest.mark.parametrize(
    ("before", "rule"),
    [
        (dense, "reveal_cancel"),
        (lambda x: (normalise(dense(x)) * 1.0 + 0.0)[None][0], "reveal_cancel"),
        (convolution, "rescale"),
        (lambda x: normalise(convolution(x)), "rescale"),
        (image_convolution, "rescale"),
        (lambda x: normalise(image_convolution(x)), "rescale"),
        (lambda x: x.reshape(-1), "rescale"),  # an error in the original
    ],
    ids=["dense", "dense_norm", "conv", "conv_norm", "conv2d", "conv2d_norm", "input"],
)
def test_genomics_default_by_the_layer_before(before, rule):
    predict = lambda x: jax.nn.relu(before(x)).sum().reshape(1)  # noqa: E731
    (found,) = [layer.rule for layer in layers(predict, (4, 4)) if layer.name == "relu_1"]
    assert found == rule


@pytest.mark.parametrize("activation", [jax.nn.relu, lambda h: jnp.where(h > 0, h, h * jnp.array([0.2, 0.4]))])
def test_zero_biases_and_reference_give_gradient_x_input(activation):
    def predict(x):
        h = activation(convolution(x) - BIAS)
        h = lax.reduce_window(h, -jnp.inf, lax.max, (1, 2, 1), (1, 1, 1), "VALID")
        return h.reshape(-1) @ jnp.arange(8.0).reshape(4, 2)

    explain = deeplift(predict, reference=jnp.zeros((4, 4)), rule="rescale", max_pool_rule="gradient")
    found, gradient = compiled(jax.vmap(lambda x: (explain(x).scores, jax.jacobian(predict)(x))))(IMAGES)
    np.testing.assert_allclose(found, gradient * IMAGES[:, None], rtol=1e-5, atol=1e-5)
