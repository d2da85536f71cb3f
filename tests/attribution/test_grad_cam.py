import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from genomics.attribution.grad_cam import grad_cam
from genomics.attribution.guided_backprop import guided_backprop
from genomics.attribution.guided_grad_cam import guided_grad_cam
from genomics.errors import InputError

X = jax.nn.one_hot(jnp.array([0, 1, 2, 3, 0, 1, 0, 4]), 4)


def conv(x, kernel, padding="VALID"):
    return lax.conv_general_dilated(x[None], kernel, (1,), padding, dimension_numbers=("NWC", "WIO", "NWC"))[0]


def on_paper(x):
    """Filters "A, then C" (2 where both match) and "T" of width 2; logits: their sum, and filter 1 minus filter 0."""
    kernel = jnp.zeros((2, 4, 2)).at[0, 0, 0].set(1).at[1, 1, 0].set(1).at[0, 3, 1].set(3)
    h = jax.nn.relu(conv(x, kernel))
    return jnp.stack([h.sum(), h[:, 1].sum() - h[:, 0].sum()])


# Activations of the sequence A C G T A C A N, index by index.
FIRST = np.array([2, 0, 0, 0, 2, 0, 1])
SECOND = np.array([0, 0, 0, 3, 0, 0, 0])


def placed(cam):
    """Index i of width 2 has its middle at i + 1/2: positions lie halfway between two, the ends are held."""
    return np.concatenate([cam[:1], (cam[1:] + cam[:-1]) / 2, cam[-1:]])


def test_on_paper():
    # After the activation all gradients of the first logit are 1; of the second -1 for one filter, 1 for the other.
    scores = np.asarray(jax.jit(grad_cam(on_paper))(X).scores)
    for task, alpha in enumerate([(1, 1), (-1, 1)]):
        cam = np.maximum(alpha[0] * FIRST + alpha[1] * SECOND, 0)
        np.testing.assert_allclose(scores[task].sum(-1)[:-1], placed(cam)[:-1], rtol=1e-6)
    assert not scores[:, np.asarray(X) == 0].any()  # only the observed base; nothing at N


def test_the_default_layer_is_the_last_convolution_after_its_activation():
    default, named = jax.jit(lambda x: (grad_cam(on_paper)(x), grad_cam(on_paper, layer="relu_1")(x)))(X)
    np.testing.assert_array_equal(default.scores, named.scores)


def test_before_the_activation_inactive_places_have_no_gradient():
    scores = np.asarray(jax.jit(grad_cam(on_paper, layer="convolution_1"))(X).scores)
    alpha = (FIRST > 0).mean(), (SECOND > 0).mean()
    cam = alpha[0] * FIRST + alpha[1] * SECOND
    np.testing.assert_allclose(scores[0].sum(-1)[:-1], placed(cam)[:-1], rtol=1e-6)


def test_nearest_stretches_the_map():
    scores = np.asarray(jax.jit(grad_cam(on_paper, placement="nearest"))(X).scores)
    stretched = (FIRST + SECOND)[np.floor(np.arange(8) * 7 / 8).astype(int)]
    np.testing.assert_allclose(scores[0].sum(-1)[:-1], stretched[:-1], rtol=1e-6)


def test_the_centred_map_peaks_at_the_motif_and_the_stretched_one_beside_it():
    """One filter of width 9 that looks for a T at its middle; strided pools; the T stands near the end."""
    codes = jnp.zeros(60, int).at[50].set(3)
    kernel = jnp.zeros((9, 4, 1)).at[4, 3, 0].set(1)

    def predict(x):
        h = jax.nn.relu(conv(x, kernel))
        return lax.reduce_window(h, -jnp.inf, lax.max, (4, 1), (4, 1), "VALID").sum()[None]

    x = jax.nn.one_hot(codes, 4)

    def peak(**options):
        return int(jax.jit(grad_cam(predict, **options))(x).scores[0].sum(-1).argmax())

    assert peak() == 50
    assert peak(placement="nearest") > 52
    assert abs(peak(layer="max_pool_1") - 50) <= 2  # a pool of 4 cannot say more


def test_channels_first_and_a_batch_axis_do_not_matter():
    def channels_first(x):
        kernel = jnp.zeros((2, 4, 2, 1)).at[0, 0, 0].set(1).at[0, 1, 1].set(1).at[1, 3, 0].set(3)
        numbers = ("NCHW", "OIHW", "NCHW")
        h = jax.nn.relu(
            lax.conv_general_dilated(x.T[None, :, :, None], kernel, (1, 1), "VALID", dimension_numbers=numbers)
        )
        return jnp.stack([h.sum(), h[0, 1].sum() - h[0, 0].sum()])

    found, expected = jax.jit(lambda x: (grad_cam(channels_first)(x), grad_cam(on_paper)(x)))(X)
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-5)


def test_a_layer_beside_a_skip_gets_only_its_own_gradient():
    kernel = jnp.ones((1, 4, 4))

    def predict(x):
        h = jax.nn.relu(conv(x, kernel, "SAME"))
        return (2 * h + 100 * x).sum()[None]

    scores = jax.jit(grad_cam(predict))(X).scores
    np.testing.assert_allclose(scores[0, :-1].sum(-1), 2 * 4, rtol=1e-6)


def test_guided_grad_cam_is_the_product():
    found, cam, guided = jax.jit(
        lambda x: (guided_grad_cam(on_paper)(x), grad_cam(on_paper)(x), guided_backprop(on_paper)(x))
    )(X)
    assert found.scores[:, :-1].any()
    np.testing.assert_allclose(
        found.scores[:, :-1], cam.scores.sum(-1, keepdims=True)[:, :-1] * guided.scores[:, :-1], rtol=1e-6
    )


def test_faults():
    with pytest.raises(InputError, match="placement='middle' is not one of centred, nearest"):
        grad_cam(on_paper, placement="middle")
    with pytest.raises(InputError, match="layer 'relu_9': the network has convolution_1, relu_1"):
        grad_cam(on_paper, layer="relu_9")(X)
    with pytest.raises(InputError, match=r"layer 'dense_1' of shape .* does not run along the sequence"):
        grad_cam(lambda x: jnp.tanh(x.reshape(-1) @ jnp.ones((32, 3))), layer="dense_1")(X)
    with pytest.raises(InputError, match=r"no convolution: choose a layer of .*dense_1"):
        grad_cam(lambda x: jnp.tanh(x.reshape(-1) @ jnp.ones((32, 3))))(X)


@pytest.mark.parametrize("sliced", [False, True])
def test_a_gate_runs_along_the_sequence_however_it_is_written(sliced):
    kernel = jax.random.normal(jax.random.key(0), (5, 4, 12))

    def predict(x):
        h = lax.conv_general_dilated(x[None], kernel, (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC"))[0]
        gated = h[:, :6] * jax.nn.sigmoid(h[:, 6:]) if sliced else jax.nn.glu(h, axis=-1)
        return jax.nn.relu(gated).sum(0)

    x = jax.nn.one_hot(jax.random.randint(jax.random.key(1), (60,), 0, 4), 4)
    scores = grad_cam(predict, layer="relu_1")(x).scores
    assert scores.shape == (6, 60, 4)
    gated = jax.nn.relu(
        jax.nn.glu(lax.conv_general_dilated(x[None], kernel, (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC"))[0])
    )
    np.testing.assert_allclose(scores.sum(-1), gated.T, atol=1e-5)  # the slope of a sum is 1


def test_whole_numbers_are_no_layer_to_take():
    """They have no gradient: by default the convolution before them is taken; a map of them is refused."""
    predict = lambda x: jnp.round(conv(x, jnp.ones((2, 4, 3)))).astype(jnp.int32).max(0).astype(x.dtype)  # noqa: E731
    assert not jax.jit(grad_cam(predict))(X).scores.any()
    with pytest.raises(InputError, match=r"layer 'round.*' of shape \(7, 3\): holds whole numbers"):
        grad_cam(predict, layer=1)(X)


def squeezed_and_excited(x):
    """The activations of `on_paper` times a gate of both channels that sees the whole sequence, once more convolved."""
    kernel = jnp.zeros((2, 4, 2)).at[0, 0, 0].set(1).at[1, 1, 0].set(1).at[0, 3, 1].set(3)
    h = jax.nn.relu(conv(x, kernel))
    gate = jax.nn.sigmoid(h.mean(0) @ jnp.array([[1.0, -1.0], [2.0, 1.0]]))
    return jax.nn.relu(conv(h * gate, jnp.ones((1, 2, 2)) * jnp.array([1.0, 2.0]))).sum(0)


def test_behind_a_gate_that_sees_the_whole_sequence():
    """Channels 1 and 2 times the gate's numbers, added up: the layer still runs along the sequence."""
    scores = np.asarray(jax.jit(grad_cam(squeezed_and_excited))(X).scores)
    mean = np.array([FIRST.mean(), SECOND.mean()])
    gate = 1 / (1 + np.exp(-np.array([mean[0] + 2 * mean[1], mean[1] - mean[0]])))
    cam = gate[0] * FIRST + gate[1] * SECOND
    for task, weight in enumerate([1, 2]):
        np.testing.assert_allclose(scores[task].sum(-1)[:-1], placed(weight * cam)[:-1], rtol=1e-5)


def test_the_product_with_the_gate_is_a_layer_too():
    scores = np.asarray(jax.jit(grad_cam(squeezed_and_excited, layer="mul_1"))(X).scores)
    behind = np.asarray(jax.jit(grad_cam(squeezed_and_excited))(X).scores)
    active = ((FIRST + SECOND) > 0).mean()  # elsewhere the rectifier behind it lets no gradient pass
    np.testing.assert_allclose(scores, behind * active, rtol=1e-5)
