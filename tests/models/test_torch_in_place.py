"""Changes in place through views, which exported PyTorch programs hold: `mask[:, 5:] = 0`, `pe[:, 0::2] = sin`."""

from dataclasses import replace

import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.torch import Graph, Ref
from tests.models.torch_programs import computed, operation

X = np.arange(24, dtype=np.float32).reshape(4, 6)
COPY = operation("clone.default", "h", self="x")


def view(target, **arguments):
    return operation(target, "v", self="h", **arguments)


def doubled(x, where):
    y = x.copy()
    y[where] *= 2
    return y


#: A view of h = x, what of x (4, 6) it is; and the numbers that double when the view is doubled in place.
VIEWS = {
    "slice": (view("slice.Tensor", dim=2, start=1, end=9223372036854775807), np.s_[:, 1:]),
    "slice from behind": (view("slice.Tensor", dim=-1, start=-2, end=9223372036854775807, step=1), np.s_[:, -2:]),
    "every other": (view("slice.Tensor", dim=1, start=1, end=4, step=2), np.s_[1::2]),
    "every third": (view("slice.Tensor", dim=2, start=1, end=6, step=3), np.s_[:, 1::3]),
    "empty": (view("slice.Tensor", dim=2, start=4, end=2), np.s_[:, 4:2]),
    "select": (view("select.int", dim=2, index=-1), np.s_[:, -1]),
    "narrow": (view("narrow.default", dim=1, start=1, length=2), np.s_[1:3]),
    "diagonal": (view("diagonal.default", offset=1, dim1=1, dim2=2), (np.arange(4), np.arange(4) + 1)),
    "all": (view("transpose.int", dim0=1, dim1=2), np.s_[:]),
    "permuted": (view("permute.default", dims=(2, 0, -2)), np.s_[:]),
    "moved": (view("movedim.int", source=0, destination=2), np.s_[:]),
    "reshaped": (view("view.default", size=(1, 2, 12)), np.s_[:]),
    "itself": (operation("dropout.default", "v", input="h", p=0.5, train=False), np.s_[:]),
}


@pytest.mark.parametrize("name", VIEWS)
def test_what_is_changed_through_a_view_is_read_in_the_whole(name):
    taken, where = VIEWS[name]
    (found,) = computed([COPY, taken, operation("mul_.Scalar", "w", self="v", other=2)], "h", x=X)
    np.testing.assert_array_equal(found, doubled(X, where))


def test_pieces_of_a_split():
    sizes = {"a": (1, 1, 6), "b": (1, 3, 6)}
    nodes = [
        COPY,
        operation("split_with_sizes.default", ("a", "b"), self="h", split_sizes=(1, 3), dim=1),
        operation("mul_.Scalar", "w", self="b", other=2),
        operation("unbind.int", ("c", "d", "e", "f"), self="h", dim=1),
        operation("mul_.Scalar", "z", self="f", other=2),
    ]
    whole, first, last = computed(nodes, "h", "a", "b", x=X, sizes=sizes)
    np.testing.assert_array_equal(whole, X * [[1], [2], [2], [4]])
    np.testing.assert_array_equal(first, X[:1])
    np.testing.assert_array_equal(last, X[1:] * [[2], [2], [4]])


def test_views_of_views_and_views_taken_before():
    nodes = [
        COPY,
        operation("slice.Tensor", "late", self="h", dim=2, start=2, end=6),
        operation("transpose.int", "t", self="h", dim0=1, dim1=2),
        operation("select.int", "s", self="t", dim=2, index=3),
        operation("add_.Scalar", "w", self="s", other=100),
        operation("mul_.Scalar", "u", self="w", other=2),  # what a change gives is the changed tensor
        operation("neg_.default", "n", self="h"),
    ]
    found = dict(zip(["late", "s", "w", "h", "n"], computed(nodes, "late", "s", "w", "h", "n", x=X), strict=True))
    expected = X.copy()
    expected[3] = (expected[3] + 100) * 2
    np.testing.assert_array_equal(found["h"], -expected)
    np.testing.assert_array_equal(found["n"], -expected)
    np.testing.assert_array_equal(found["late"], -expected[:, 2:])
    np.testing.assert_array_equal(found["s"], -expected[3])
    np.testing.assert_array_equal(found["w"], -expected[3])


def test_positions_are_filled_into_empty_tables():
    """`pe = zeros(6, 4); pe[:, 0::2] = a; pe[:, 1::2] = b`."""
    every = 9223372036854775807
    nodes = [
        operation("zeros.default", "pe", size=(1, 4, 6)),
        operation("slice.Tensor", "even", self="pe", dim=2, start=0, end=every, step=2),
        operation("full.default", "one", size=(1, 4, 3), fill_value=1.0),
        operation("copy_.default", "even_", self="even", src="one"),
        operation("slice.Tensor", "odd", self="pe", dim=2, start=1, end=every, step=2),
        operation("copy_.default", "odd_", self="odd", src="x_odd"),
        operation("add.Tensor", "y", self="x", other="pe"),
    ]
    nodes.insert(5, operation("slice.Tensor", "x_odd", self="x", dim=2, start=1, end=every, step=2))
    (found,) = computed(nodes, "y", x=X)
    np.testing.assert_array_equal(found, X + np.where(np.arange(6) % 2, X, 1))


def test_open_axes_of_a_view_taken_anew_are_kept():
    nodes = [
        COPY,
        operation("slice.Tensor", "part", self="h", dim=1, start=0, end=1),
        operation("squeeze.default", "v", self="part"),
        operation("mul_.Scalar", "w", self="h", other=2),
    ]
    sizes = {"x": (None, 4, 6), "h": (None, 4, 6), "part": (None, 1, 6), "v": (None, 6), "w": (None, 4, 6)}
    (found,) = computed(nodes, "v", x=X, sizes=sizes)
    np.testing.assert_array_equal(found, 2 * X[0])


def test_open_axes_in_an_inner_graph_are_kept():
    """`with torch.no_grad(): h = x[:, :1].squeeze()`, whose sizes the inner graph states."""
    inner = Graph(
        inputs=("a",),
        outputs=(Ref("v"),),
        nodes=(
            operation("slice.Tensor", "part", self="a", dim=1, start=0, end=1),
            operation("squeeze.default", "v", self="part"),
        ),
        sizes={"a": (None, 4, 6), "part": (None, 1, 6), "v": (None, 6)},
    )
    arguments = (("", False), ("", inner), ("", Ref("x")))
    around = replace(COPY, target="higher_order.wrap_with_set_grad_enabled", arguments=arguments, outputs=(("h",),))
    last = operation("unsqueeze.default", "y", self="h", dim=1)
    sizes = {"x": (None, 4, 6), "h": (None, 6), "y": (None, 1, 6)}
    (found,) = computed([around, last], "y", x=X, sizes=sizes)
    np.testing.assert_array_equal(found, X[:1])


@pytest.mark.parametrize(
    ("taken", "last", "read"),
    [
        (view("reshape.default", shape=(1, 24)), operation("neg_.default", "w", self="v"), "h"),
        (view("reshape.default", shape=(1, 24)), operation("neg_.default", "w", self="h"), "v"),
        (view("expand.default", size=(3, 4, 6)), operation("neg_.default", "w", self="v"), "h"),
        (view("select.int", dim=2, index=0), operation("unsqueeze_.default", "w", self="h", dim=0), "v"),
    ],
)
def test_what_may_be_a_view_or_a_copy_is_refused(taken, last, read):
    changed = last.arguments[0][1].name
    with pytest.raises(InputError, match=rf"operation aten.\w+_.default \(node 'w'\): changes '{changed}' in place"):
        computed([COPY, taken, last], read, x=X)


def test_dropout_in_place():
    """`nn.Dropout(inplace=True)`, whose input has another name in the file."""
    nodes = [
        COPY,
        operation("dropout_.default", "v", self="h", p=0.5, train=False),
        operation("neg_.default", "w", self="v"),
    ]
    for name in "hvw":
        np.testing.assert_array_equal(computed(nodes, name, x=X)[0], -X)


def test_what_is_read_no_more_makes_no_difference():
    nodes = [COPY, view("reshape.default", shape=(1, 24)), operation("neg_.default", "w", self="v")]
    (found,) = computed(nodes, "v", x=X)
    np.testing.assert_array_equal(found, -X.ravel())


WRONG = (7, -9, None, Ref("h"), (1, 2), (), 1.5, (None,), (Ref("h"),), 0)


@pytest.mark.parametrize("name", VIEWS)
def test_damaged_views_are_one_clear_error(name):
    refused = 0
    for value in WRONG:
        for place in range(len(VIEWS[name][0].arguments)):
            arguments = list(VIEWS[name][0].arguments)
            arguments[place] = (arguments[place][0], value)
            for given in (arguments, arguments[:place] + arguments[place + 1 :]):
                damaged = replace(VIEWS[name][0], arguments=tuple(given))
                try:
                    computed([COPY, damaged, operation("mul_.Tensor", "w", self="v", other=2)], "h", x=X)
                except InputError as error:
                    assert str(error).startswith("hand.pt2: ") and "aten." in str(error)  # noqa: PT017, PT018
                    refused += 1
    assert refused
