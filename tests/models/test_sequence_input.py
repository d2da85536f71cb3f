"""Which input is the sequence, how it lies, and what is held constant beside it."""

import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.models.network import Input, Network
from genomics.models.sequence_input import sequence_input

X = np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0, 0]]


def network(**shapes) -> Network:
    inputs = tuple(Input(name=name, shape=shape) for name, shape in shapes.items())
    return Network(
        source="m.h5", written_by="", inputs=inputs, outputs=(), parameters={}, apply=lambda parameters, *x: tuple(x)
    )


def arranged(given: Network, x=X, **options):
    found = sequence_input(given, **options)
    assert found.length == len(x)
    return [np.asarray(array) for array in found.arrange(jnp.asarray(x))]


def refused(given: Network, **options) -> str:
    with pytest.raises(InputError) as error:
        sequence_input(given, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("shape", "laid"),
    [
        ((6, 4), X),
        ((4, 6), X.T),
        ((6, 1, 4), X[:, None]),
        ((1, 6, 4), X[None]),
        ((6, 4, 1), X[..., None]),
        ((4, 6, 1), X.T[..., None]),
        ((4, 1, 6), X.T[:, None]),
        ((1, 4, 6), X.T[None]),
    ],
)
def test_every_layout(shape, laid):
    (found,) = arranged(network(x=shape))
    np.testing.assert_array_equal(found, laid)


def test_a_shape_that_fits_both_ways_needs_the_flag():
    square = network(x=(4, 4))
    x = X[:4] + 1
    assert "input x (4, 4) can be read both ways; --layout=length_first for (L, 4)" in refused(square)
    np.testing.assert_array_equal(arranged(square, x, layout="length_first")[0], x)
    np.testing.assert_array_equal(arranged(square, x, layout="bases_first")[0], x.T)
    assert "and --layout=bases_first; one must be (L, 4) or (4, L)" in refused(network(x=(6, 4)), layout="bases_first")


@pytest.mark.parametrize("shape", [(24,), (6, 5), (6, 1, 5), (2, 6, 4), (6, 6, 4, 1), (), (6, 3)])
def test_inputs_that_are_no_sequence(shape):
    message = refused(network(x=shape))
    further = shape in ((6, 5), (6, 1, 5))
    assert (
        f"x {shape} has further channels" in message
        if further
        else f"no input is a sequence; the inputs are 0 x {shape}"
    )


def test_a_second_input_is_held_where_the_user_says():
    given = network(dna=(6, 4), half_life=(3,))
    assert refused(given) == (
        "m.h5: takes the input half_life (3,) beside the sequence, dna: "
        "--fixed_input=half_life=FILE.npy, or =0, says what it is held at"
    )
    sequence, held = arranged(given, fixed={"HALF_LIFE": 0.0})
    np.testing.assert_array_equal(sequence, X)
    np.testing.assert_array_equal(held, np.zeros(3))
    for values in (np.arange(3.0), np.arange(3.0)[None]):
        np.testing.assert_array_equal(arranged(given, fixed={"1": values})[1], np.arange(3))
    assert "--fixed_input=half_life: has shape (4,); must be (3,)" in refused(given, fixed={"half_life": np.zeros(4)})
    assert (
        "--fixed_input=life: must be the name or index of an input of m.h5: 0 dna (6, 4); 1 half_life (3,)"
        in refused(given, fixed={"life": 0.0})
    )
    assert "names one input of m.h5 twice" in refused(given, fixed={"half_life": 0.0, "1": 1.0})


def test_two_inputs_that_could_be_the_sequence():
    given = network(forward=(6, 4), reverse=(4, 6))
    assert "forward, reverse could each be the sequence; --sequence_input=NAME says which" in refused(given)
    assert refused(given, name="reverse").startswith(
        "m.h5: takes the input forward (6, 4) beside the sequence, reverse"
    )
    first, second = arranged(given, name="reverse", fixed={"forward": 0.25})
    np.testing.assert_array_equal(first, np.full((6, 4), 0.25))
    np.testing.assert_array_equal(second, X.T)
    np.testing.assert_array_equal(arranged(given, fixed={"forward": 0.0})[1], X.T)


@pytest.mark.parametrize("shape", [(6, 5), (5, 6), (6, 1, 5), (1, 5, 6)])
def test_channels_beyond_the_bases_are_held(shape):
    given = network(x=shape)
    assert f"input x {shape} has further channels beside the 4 bases; --fixed_input=x=FILE.npy" in refused(given)
    track = np.arange(6.0)
    laid = [n if n != 5 else 1 for n in shape]
    for value, expected in (
        (0.0, np.zeros(6)),
        (track[:, None], track),
        (track.reshape(laid), track),
        ([2.0], 2 + 0 * track),
    ):
        (found,) = arranged(given, fixed={"x": np.asarray(value)})
        assert found.shape == shape
        rows = found.reshape(6, 5) if shape[-1] == 5 else found.reshape(5, 6).T
        np.testing.assert_array_equal(rows, np.concatenate([X, expected[:, None]], 1))
    assert "has shape (5, 2); must be (6, 1) or (1,)" in refused(given, fixed={"x": np.zeros((5, 2))})


def test_the_dtype_of_the_sequence_is_everyones():
    given = network(x=(6, 5), other=(2,))
    found = sequence_input(given, fixed={"x": 0.0, "other": 1.0}).arrange(jnp.asarray(X, jnp.bfloat16))
    assert [array.dtype for array in found] == [jnp.bfloat16] * 2
