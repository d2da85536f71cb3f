"""Every target's formula on paper, what it holds, and that what is held makes it linear."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.lenses.head import Head
from genomics.lenses.target import OF_PROFILES, TARGETS, bins, log_counts, output, profile

HEAD = Head(apply=lambda _, x: x, shape=(2, 3), positions=1, unit="output")
Y = np.array([[1.0, 2.0, 4.0], [0.0, -1.0, 3.0]])
OTHER = np.array([[0.5, -2.0, 1.0], [2.0, 0.0, 1.5]])


def softmax(y, axis=None):
    exponents = np.exp(y - y.max(axis=axis, keepdims=True))
    return exponents / exponents.sum(axis=axis, keepdims=True)


def found(name, at, explained):
    target = TARGETS[name](HEAD)
    held = target.hold(jnp.asarray(explained, jnp.float32)) if target.hold else None
    (value,) = target.value(jnp.asarray(at, jnp.float32), held)
    return float(value)


EXPECTED = {
    "profile": lambda y, of: (softmax(of - of.mean()) * (y - y.mean())).sum(),
    "profile_per_strand": lambda y, of: (softmax(of, 1) * y).sum(1).mean(),
    "profile_free": lambda y, of: (softmax(y - y.mean()) * (y - y.mean())).sum(),
}


@pytest.mark.parametrize("name", OF_PROFILES)
@pytest.mark.parametrize("at", [Y, OTHER])
def test_profiles(name, at):
    assert found(name, at, Y) == pytest.approx(EXPECTED[name](at, Y), rel=2e-6)


def test_on_paper():
    """Two positions, one strand: y = (0, ln 3), w = (1/4, 3/4), mean ln 3 / 2, so the number is ln 3 / 4."""
    head = Head(apply=lambda _, x: x, shape=(2,), positions=0)
    y = jnp.array([0.0, np.log(3)])
    target = profile(head)
    assert target.hold is not None
    held = target.hold(y)
    assert target.value(y, held)[0] == pytest.approx(np.log(3) / 4, rel=1e-6)
    # Another sequence under the same weights: (1/4) 2 + (3/4) 6 - 4.
    assert target.value(jnp.array([2.0, 6.0]), held)[0] == pytest.approx(1.0, rel=1e-6)


def test_a_held_profile_is_linear_and_ignores_constants():
    target = TARGETS["profile"](HEAD)
    held = target.hold(jnp.asarray(Y, jnp.float32))
    value = lambda y: target.value(jnp.asarray(y, jnp.float32), held)  # noqa: E731
    np.testing.assert_allclose(
        value(Y) - value(OTHER), (softmax(Y) * (Y - OTHER)).sum() - (Y - OTHER).mean(), atol=1e-5
    )
    np.testing.assert_allclose(value(Y + 1000), value(Y), atol=1e-3)


def test_log_counts_are_natural_logs():
    target = log_counts(Head(apply=lambda _, x: x, shape=(1,)))
    assert (target.unit, target.tasks) == ("natural log", ("log_counts",))
    assert log_counts(Head(apply=lambda _, x: x, shape=(2,))).tasks == ("log_counts_0", "log_counts_1")
    with pytest.raises(InputError, match=r"--target=log_counts: output \(2, 3\) runs along the sequence"):
        log_counts(HEAD)


def test_the_output_is_flattened():
    target = output(HEAD)
    assert target.value(jnp.asarray(Y), None).tolist() == Y.ravel().tolist()
    assert target.tasks == tuple(f"task_{number}" for number in range(6))
    assert target.hold is None


@pytest.mark.parametrize("over", ["sum", "mean", "max"])
@pytest.mark.parametrize("log1p", [False, True])
@pytest.mark.parametrize("positions", [0, 1])
def test_bins(over, log1p, positions):
    y = np.abs(Y).T if positions == 0 else np.abs(Y)
    head = Head(apply=lambda _, x: x, shape=y.shape, positions=positions)
    target = bins(head, 1, 2, over=over, log1p=log1p)
    expected = getattr(np, over)(np.abs(Y)[:, 1:3], axis=1)
    np.testing.assert_allclose(target.value(jnp.asarray(y), None), np.log1p(expected) if log1p else expected, rtol=1e-6)
    assert target.tasks == ("track_0", "track_1")
    assert target.unit == ("natural log" if log1p else "output")


def test_bins_that_there_are_not():
    for first, last in ((0, 3), (2, 1), (-1, 0)):
        with pytest.raises(InputError, match="must be FIRST-LAST within 0-2"):
            bins(HEAD, first, last)
    with pytest.raises(InputError, match="does not run along the sequence"):
        bins(Head(apply=lambda _, x: x, shape=(3,)), 0, 1)


@pytest.mark.parametrize("name", OF_PROFILES)
def test_only_what_runs_along_the_sequence_is_a_profile(name):
    with pytest.raises(InputError, match=f"--target={name}: output .3,. does not run along the sequence"):
        TARGETS[name](Head(apply=lambda _, x: x, shape=(3,)))


def test_weights_are_held_through_a_gradient():
    """The gradient at the sequence explained is that of constant weights, not of a moving softmax."""
    target = TARGETS["profile"](HEAD)
    y = jnp.asarray(Y, jnp.float32)
    held = target.hold(y)
    gradient = jax.grad(lambda y: target.value(y, held)[0])(y)
    np.testing.assert_allclose(gradient, softmax(Y) - 1 / 6, atol=1e-6)
    free = TARGETS["profile_free"](HEAD)
    moving = jax.grad(lambda y: free.value(y, None)[0])(y)
    assert np.abs(moving - gradient).max() > 0.1
