"""Operations of exported PyTorch programs, one by one, against what they are by definition."""

from dataclasses import replace

import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.torch.record import Kind
from genomics.models.torch.load import build
from tests.models.torch_programs import computed, operation, program

X = np.array([[3.0, -1, 4, 1, -5, 9], [2, 6, -5, 3, 5, 8], [9, 7, -9, 3, 2, 3], [-8, 4, 6, 2, 6, 4]], np.float32)
CASES = {
    "kthvalue": (("kthvalue.default", {"k": 2, "dim": -1}), np.sort(X, 1)[:, 1]),
    "quantile": (("quantile.scalar", {"q": 0.3, "dim": -1}), np.quantile(X, 0.3, axis=1)),
    "rrelu": (("rrelu.default", {"lower": 0.1, "upper": 0.3}), np.where(X > 0, X, 0.2 * X)),
    "diff": (("diff.default", {"n": 2, "dim": 2}), X[:, 2:] - 2 * X[:, 1:-1] + X[:, :-2]),
    "trapezoid": (("trapezoid.dx", {"dx": 0.5, "dim": -1}), 0.5 * (X.sum(1) - (X[:, 0] + X[:, -1]) / 2)),
    "heaviside": (("heaviside.default", {"values": "x"}), (X > 0).astype(np.float32)),
    "sinc": (("sinc.default", {}), np.sinc(X)),
    "diagonal": (("diagonal.default", {"offset": -1, "dim1": 1, "dim2": 2}), np.diagonal(X, -1)),
    "nearest-exact": (("_upsample_nearest_exact1d.default", {"output_size": (4,)}), X[:, [0, 2, 3, 5]]),
    "nearest": (("upsample_nearest1d.default", {"output_size": (4,)}), X[:, [0, 1, 3, 4]]),
    "scatter": (
        ("scatter.value", {"dim": 2, "index": "best", "value": 7.0}),
        np.where(np.arange(6) == X.argmax(1)[:, None], 7, X),
    ),
    "scatter_add": (
        ("scatter_add.default", {"dim": 2, "index": "best", "src": "x"}),
        X + np.where(np.arange(6) == X.argmax(1)[:, None], X[:, :1], 0),
    ),
    "index_add": (
        ("index_add.default", {"dim": 2, "index": "two", "source": "x"}),
        X + np.eye(6)[1] * X.sum(1)[:, None],
    ),
    "take_along_dim": (("take_along_dim.default", {"indices": "best", "dim": 2}), X.max(1, keepdims=True)),
    "cdist": (("cdist.default", {"x2": "x"}), np.sqrt(((X[:, None] - X) ** 2).sum(-1))),
}


@pytest.mark.parametrize("name", CASES)
def test_operation(name):
    (target, arguments), expected = CASES[name]
    before = {
        "best": operation("argmax.default", "best", self="x", dim=2, keepdim=True),
        "two": operation("full.default", "two", size=(6,), fill_value=1),
    }
    used = [before[value] for value in arguments.values() if value in before]
    first = {"cdist": "x1", "trapezoid": "y"}.get(name, "self")
    (found,) = computed([*used, operation(target, "y", **{first: "x"}, **arguments)], "y", x=X)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_slopes_that_are_drawn_in_training_are_their_mean_later():
    rrelu = operation("rrelu_with_noise_functional.default", "y", self="x", noise="x", lower=0.1, upper=0.3)
    (found,) = computed([rrelu], "y", x=X)
    np.testing.assert_allclose(found, np.where(X > 0, X, 0.2 * X), rtol=1e-6)


@pytest.mark.parametrize(
    ("given", "ddof", "axes"),
    [
        ({}, 1, None),
        ({"unbiased": False}, 0, None),
        ({"dim": (2,)}, 1, 1),
        ({"dim": (-1,), "unbiased": False, "keepdim": True}, 0, 1),
        ({"dim": (1,), "correction": 2}, 2, 0),
    ],
)
def test_variances_with_means(given, ddof, axes):
    nodes = [
        operation("var_mean.x", ("v", "m"), self="x", **given),
        operation("std_mean.x", ("s", "n"), self="x", **given),
    ]
    nodes = [replace(node, outputs=node.outputs[0]) for node in nodes]
    variance, mean, deviation, again = (np.ravel(array) for array in computed(nodes, *"vmsn", x=X))
    np.testing.assert_allclose(variance, np.ravel(X.var(axes, ddof=ddof)), rtol=1e-5)
    np.testing.assert_allclose(deviation**2, variance, rtol=1e-5)
    np.testing.assert_allclose(mean, np.ravel(X.mean(axes)), rtol=1e-5)
    np.testing.assert_array_equal(again, mean)


def test_windows_and_spaces():
    nodes = [
        operation("arange.default", "i", end=6),
        operation("arange.default", "j", end=4),
        operation("meshgrid.default", ("r", "c"), tensors=("j", "i")),
        *(operation("mul.Tensor", f"y{name}", self="x", other=name) for name in "rc"),
        operation("hann_window.default", "h", window_length=6),
        operation("hamming_window.periodic", "m", window_length=6, periodic=False),
        operation("logspace.default", "l", start=-1, end=1, steps=6),
        *(operation("mul.Tensor", f"y{name}", self="x", other=name) for name in "hml"),
    ]
    for found, factor in zip(
        computed(nodes, "yr", "yc", "yh", "ym", "yl", x=X),
        (*np.mgrid[:4, :6], np.hanning(7)[:6], np.hamming(6), np.logspace(-1, 1, 6)),
        strict=True,
    ):
        np.testing.assert_allclose(found, X * factor, rtol=1e-5, atol=1e-6)


def test_splits_at_places_and_into_equal_parts():
    nodes = [
        operation("tensor_split.indices", ("a", "b", "c"), self="x", indices=(1, -2), dim=2),
        operation("select.int", "h", self="x", dim=0, index=0),
        operation("hsplit.int", ("d", "e"), self="h", sections=2),
    ]
    found = computed(nodes, *"abcde", x=X)
    for array, part in zip(found, (X[:, :1], X[:, 1:4], X[:, 4:], X[:, :3], X[:, 3:]), strict=True):
        np.testing.assert_array_equal(array, part)


def test_inputs_of_whole_numbers_and_truth_values_beside_the_sequence():
    """A species that an embedding is asked for, and a mask."""
    nodes = [
        operation("permute.default", "t", self="x", dims=(0, 2, 1)),
        operation("select.int", "table", self="t", dim=0, index=0),
        operation("embedding.default", "e", weight="table", indices="species"),
        operation("bitwise_not.default", "n", self="mask"),
        operation("masked_fill.Scalar", "y", self="x", mask="n", value=0.0),
    ]
    inputs = {"x": ((1, 4, 6), 7), "mask": ((4, 6), 12), "species": ((1, 2), 5)}
    mask = X > 2
    others = mask.astype(np.float32), np.array([3.0, 1], np.float32)
    picked, masked = computed(nodes, "e", "y", x=X, others=others, inputs=inputs)
    np.testing.assert_array_equal(picked, X.T[[3, 1]])
    np.testing.assert_array_equal(masked, np.where(mask, X, 0))


def test_codes_in_the_place_of_a_sequence_are_refused():
    nodes = [operation("embedding.default", "y", weight="x", indices="x")]
    with pytest.raises(InputError, match=r"x \(1, 60\) takes whole numbers, the codes of bases; export .*one-hot"):
        build(program(nodes, "y", inputs={"x": ((1, 60), 5)}))
    # As whole numbers, but one-hot.
    (found,) = computed([operation("to.dtype", "y", self="x", dtype=Kind(7))], "y", x=X, inputs={"x": ((1, 4, 6), 2)})
    np.testing.assert_array_equal(found, X)


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (operation("nonzero.default", "y", self="x"), "how many numbers it gives depends on the sequence"),
        (operation("exponential_.default", "y", self="x"), "draws random numbers"),
        (operation("view_as_complex.default", "y", self="x"), "complex numbers"),
        (
            operation(
                "batch_norm.default", "y", input="x", weight=None, bias=None, running_mean=None, running_var=None
            ),
            "keeps no running statistics",
        ),
        (operation("index.Tensor", "y", self="x", indices=("m",)), "torch.where, instead"),
        (operation("rrelu.default", "y", self="x", training=True), "draws its slopes at random"),
    ],
)
def test_refusals_say_why(node, said):
    with pytest.raises(InputError, match=said):
        computed([operation("gt.Scalar", "m", self="x", other=0), node], "y", x=X)


@pytest.mark.parametrize(("target", "helps"), [("nonzero.default", False), ("some_new_layer.default", True)])
def test_to_decompose_is_advised_where_it_may_help(target, helps):
    with pytest.raises(InputError, match="--model=MODULE:FUNCTION") as caught:
        computed([operation(target, "y", self="x")], "y", x=X)
    assert ("run_decompositions" in str(caught.value)) == helps


def test_pixel_shuffle_and_back():
    nodes = [
        operation("unsqueeze.default", "h", self="x", dim=2),
        operation("pixel_shuffle.default", "y", self="h", upscale_factor=2),
        operation("pixel_unshuffle.default", "z", self="y", downscale_factor=2),
    ]
    shuffled, again = computed(nodes, "y", "z", x=X)
    # Channel 2 i + j of a place stands at row i, column j of it.
    np.testing.assert_array_equal(shuffled, np.stack([X[:2].T.ravel(), X[2:].T.ravel()])[None])
    np.testing.assert_array_equal(again[:, 0], X)


def test_cells_of_recurrences_are_their_layers_of_one_step():
    """`LSTMCell` with weights of ones: all gates alike."""
    nodes = [
        operation("select.int", "h", self="x", dim=2, index=0),
        operation("full.default", "w", size=(16, 4), fill_value=0.1),
        operation("zeros.default", "s", size=(1, 4)),
        operation("lstm_cell.default", "out", input="h", hx=("s", "s"), w_ih="w", w_hh="w"),
        operation("gru_cell.default", "g", input="h", hx="h", w_ih="v", w_hh="v"),
    ]
    nodes.insert(1, operation("full.default", "v", size=(12, 4), fill_value=0.1))
    nodes[4] = replace(nodes[4], outputs=("new", "cell"))
    new, cell, gated = computed(nodes, "new", "cell", "g", x=X)
    gate = 0.1 * X[:, 0].sum()
    sigmoid = 1 / (1 + np.exp(-gate))
    np.testing.assert_allclose(cell, np.full(4, sigmoid * np.tanh(gate)), rtol=1e-6)
    np.testing.assert_allclose(new, sigmoid * np.tanh(cell), rtol=1e-6)
    z = 1 / (1 + np.exp(-2 * gate))
    np.testing.assert_allclose(gated, (1 - z) * np.tanh(gate + z * gate) + z * X[:, 0], rtol=1e-6)
