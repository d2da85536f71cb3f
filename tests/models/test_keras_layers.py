"""Each Keras layer against its definition, written out in numpy on tensors of Keras's own shape."""

import math
from pathlib import Path

import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.keras import KerasInput, KerasModel, LayerCall, Source
from genomics.io.keras.classes import CLASSES
from genomics.io.keras.operations import OPERATIONS, TENSORFLOW
from genomics.models.keras import build, operations
from genomics.models.keras.table import BUILDERS
from tests.models.single import ended

RNG = np.random.default_rng(0)


def merged(network, shape: tuple[int, ...], branches: list[list[tuple]], merge: tuple, *rest: tuple) -> KerasModel:
    """Branches side by side from the input, a merging layer, and layers after it."""
    named = dict(network(shape).layers)
    calls, ends = [LayerCall(layer="x", index=0, inputs=())], []
    for number, branch in enumerate(branches):
        part, fed = network(shape, *branch), Source("x", 0)
        for call in part.calls[1:]:
            name = f"{number}_{call.layer}"
            named[name] = part.layers[call.layer]
            calls.append(LayerCall(layer=name, index=0, inputs=(fed,)))
            fed = calls[-1].key
        ends.append(fed)
    tail = network(shape, merge, *rest)
    for i, call in enumerate(tail.calls[1:]):
        named[call.layer] = tail.layers[call.layer]
        calls.append(LayerCall(layer=call.layer, index=0, inputs=tuple(ends) if i == 0 else (calls[-1].key,)))
    return KerasModel(
        file=Path("m.h5"),
        keras_version="3.0.0",
        inputs=(KerasInput(name="x", shape=shape),),
        outputs=ended(calls),
        layers=named,
        calls=tuple(calls),
    )


def end(size: int) -> list[tuple]:
    """Layers that hand on a tensor as it is, and after which no activation counts as the network's last."""
    return [("Flatten", {}), ("Dense", {"units": size, "use_bias": False}, {"kernel": np.eye(size)})]


def sequence(length: int) -> np.ndarray:
    """Not one-hot, so that every sign and size is met."""
    return RNG.normal(0, 2, (length, 4)).astype(np.float32)


def test_every_class_that_is_read_is_built():
    parts = {"LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells"}
    assert set(BUILDERS) | {"MultiHeadAttention"} == set(CLASSES) - {"InputLayer"} - parts
    assert set(operations.BUILDERS) == set(OPERATIONS)
    assert {name for name, _ in TENSORFLOW.values()} <= set(OPERATIONS)


LAYOUTS = {
    "(L, 1, 4)": lambda x: x[:, None],
    "(1, L, 4)": lambda x: x[None],
    "(L, 4, 1)": lambda x: x[..., None],
    "(4, L, 1)": lambda x: x.T[..., None],
}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


SCALE, ALPHA = 1.05070098, 1.67326324  # Klambauer et al. 2017, doi:10.48550/arXiv.1706.02515
ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "exponential": np.exp,
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "celu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "selu": lambda x: SCALE * np.where(x > 0, x, ALPHA * np.expm1(x)),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "gelu": lambda x: x * np.vectorize(lambda v: 0.5 * (1 + math.erf(v / math.sqrt(2))))(x),
    "silu": lambda x: x * sigmoid(x),
    "swish": lambda x: x * sigmoid(x),
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard_silu": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "hard_swish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "log_sigmoid": lambda x: np.log(sigmoid(x)),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "softmax": softmax,
    "log_softmax": lambda x: np.log(softmax(x)),
    None: lambda x: x,
}


def test_activations_by_name(network, compare):
    x = sequence(6)
    old = network((6, 4), ("Activation", {"activation": "hard_sigmoid"}), *end(24), generation=2)
    named = [(network((6, 4), ("Activation", {"activation": a}), *end(24)), f(x)) for a, f in ACTIVATIONS.items()]
    compare(x, (old, np.clip(0.2 * x + 0.5, 0, 1)), *named)


def relu(x, slope=0.0, maximum=np.inf, threshold=0.0):
    """The definition in Keras's documentation."""
    return np.where(x >= maximum, maximum, np.where(x >= threshold, x, slope * (x - threshold)))


ACTIVATION_LAYERS = [
    ("ReLU", {}, relu),
    ("ReLU", {"max_value": 1.5, "negative_slope": 0.0, "threshold": 0.0}, lambda x: relu(x, maximum=1.5)),
    ("ReLU", {"max_value": None, "negative_slope": 0.1, "threshold": None}, lambda x: relu(x, 0.1)),
    ("ReLU", {"max_value": 2.0, "negative_slope": 0.1, "threshold": 0.0}, lambda x: relu(x, 0.1, 2.0)),
    ("ReLU", {"max_value": 2.0, "negative_slope": 0.1, "threshold": 0.5}, lambda x: relu(x, 0.1, 2.0, 0.5)),
    ("ReLU", {"max_value": {"type": "ndarray", "value": 1.5}}, lambda x: relu(x, maximum=1.5)),
    ("LeakyReLU", {"alpha": 0.2}, lambda x: relu(x, 0.2)),
    ("LeakyReLU", {"negative_slope": 0.25}, lambda x: relu(x, 0.25)),
    ("LeakyReLU", {}, lambda x: relu(x, 0.3)),
    ("ELU", {"alpha": 0.5}, lambda x: np.where(x > 0, x, 0.5 * np.expm1(x))),
    ("ThresholdedReLU", {"theta": 0.7}, lambda x: np.where(x > 0.7, x, 0)),
    ("Softmax", {"axis": -1}, softmax),
    ("Softmax", {"axis": [2]}, softmax),
    ("Softmax", {"axis": 1}, lambda x: softmax(x, 0)),
]


def test_activation_layers_alone_and_as_a_field(network, compare):
    x = sequence(6)
    pairs = []
    for class_name, config, function in ACTIVATION_LAYERS:
        field = {"activation": {"module": "keras.layers", "class_name": class_name, "config": config}}
        pairs.append((network((6, 4), (class_name, config), *end(24)), function(x)))
        pairs.append((network((6, 4), ("Activation", field), *end(24)), function(x)))
    compare(x, *pairs)


@pytest.mark.parametrize("layout", ["(1, L, 4)", "(4, L, 1)", "(L, 4, 1)"])
def test_functions_of_the_channels_in_two_dimensions(network, compare, layout):
    """Softmax, Dense, LayerNormalization, BatchNormalization and PReLU with the base axis folded away."""
    x = sequence(5)
    tensor = LAYOUTS[layout](x)
    shape = tensor.shape
    units, bias = RNG.normal(size=(shape[2], 3)), RNG.normal(size=3)
    wide = tensor @ units + bias
    dense = ("Dense", {"units": 3}, {"kernel": units, "bias": bias})
    rest = end(wide.size)
    pairs = [(network(shape, dense, ("Softmax", {"axis": -1}), *rest), softmax(wide))]
    gamma, beta = RNG.normal(size=3), RNG.normal(size=3)
    normal = (wide - wide.mean(-1, keepdims=True)) / np.sqrt(wide.var(-1, keepdims=True) + 1e-3)
    norm = ("LayerNormalization", {"axis": [3], "epsilon": 1e-3}, {"gamma": gamma, "beta": beta})
    pairs.append((network(shape, dense, norm, *rest), normal * gamma + beta))
    for axis in (0, 1, 2):
        n = wide.shape[axis]
        mean, variance = RNG.normal(size=n), RNG.uniform(0.5, 2, n)
        along = [n if i == axis else 1 for i in range(3)]
        weights = {"moving_mean": mean, "moving_variance": variance}
        norm = ("BatchNormalization", {"axis": axis + 1, "epsilon": 0.01}, weights)
        expected = (wide - mean.reshape(along)) / np.sqrt(variance.reshape(along) + 0.01)
        pairs.append((network(shape, dense, norm, *rest), expected))
    for shared in ([], [1], [2], [1, 2], [3]):
        alpha = RNG.normal(size=[1 if i + 1 in shared else n for i, n in enumerate(wide.shape)])
        layer = ("PReLU", {"shared_axes": shared or None}, {"alpha": alpha})
        pairs.append((network(shape, dense, layer, *rest), np.where(wide > 0, wide, alpha * wide)))
    compare(x, *pairs)


def test_normalization_in_one_dimension(network, compare):
    x = sequence(5)
    weights = {
        "gamma": [2, 3, 4, 5],
        "beta": [1, 2, 3, 4],
        "moving_mean": [0, 1, 0, 1],
        "moving_variance": [1, 4, 1, 4],
    }
    expected = (x - [0, 1, 0, 1]) / np.sqrt(np.array([1, 4, 1, 4]) + 1e-3) * [2, 3, 4, 5] + [1, 2, 3, 4]
    compare(x, (network((5, 4), ("BatchNormalization", {"axis": -1}, weights), ("Flatten", {})), expected))
    weights = {"moving_mean": [0, 1, 0, 1, 0], "moving_variance": [1, 4, 1, 4, 1]}
    expected = (x.T - [0, 1, 0, 1, 0]) / np.sqrt(np.array([1, 4, 1, 4, 1]) + 1e-3)
    compare(x, (network((5, 4), ("BatchNormalization", {"axis": 1}, weights), ("Flatten", {})), expected.T))
    vector = x.ravel()
    expected = (vector - vector.mean()) / np.sqrt(vector.var() + 0.1)
    compare(x, (network((5, 4), ("Flatten", {}), ("LayerNormalization", {"epsilon": 0.1})), expected))


def test_normalization_by_moments_that_are_stated_or_learned(network, compare):
    x = sequence(5)
    mean, variance = [0, 1, 0, 1], [1, 4, 0, 4]
    deviation = np.maximum(np.sqrt(variance), 1e-7)
    weights, stated = {"mean": mean, "variance": variance}, {"mean": mean, "variance": variance}
    rows = {"mean": [1, 2, 3, 4, 5], "variance": [1, 2, 3, 4, 5]}
    cases = [
        ({"axis": [-1]}, {"mean": mean, "variance": [1, 4, 9, 4]}, (x - mean) / [1, 2, 3, 2]),
        ({"axis": [2], "invert": True}, weights, x * deviation + mean),
        ({"axis": -1, "invert": True, **stated}, {}, x * deviation + mean),
        ({"axis": 1}, rows, ((x.T - rows["mean"]) / np.sqrt(rows["variance"])).T),
        ({"axis": None}, {"mean": 2, "variance": 4}, (x - 2) / 2),
        ({"axis": -1, "mean": 2.0, "variance": 4.0}, {}, (x - 2) / 2),
    ]
    pairs = ((network((5, 4), ("Normalization", *own), *end(20)), expected) for *own, expected in cases)
    compare(x, *pairs)


@pytest.mark.parametrize("layout", ["(L, 1, 4)", "(1, L, 4)"])
def test_layers_over_images_of_one_row(network, compare, layout):
    """DepthwiseConv2D, SeparableConv2D and UpSampling2D are those of one dimension."""
    x = sequence(8)
    tensor = LAYOUTS[layout](x)
    axis = 0 if layout == "(L, 1, 4)" else 1
    along = lambda k: [k, 1] if axis == 0 else [1, k]  # noqa: E731
    depthwise, pointwise = RNG.normal(size=(3, 4, 2)), RNG.normal(size=(8, 3))
    moved = np.stack([x[i : i + 6] for i in range(3)])
    expected = np.einsum("tlc,tcm->lcm", moved, depthwise).reshape(6, 8)
    config = {"kernel_size": along(3), "strides": [1, 1], "dilation_rate": [1, 1], "padding": "valid"}
    config |= {"depth_multiplier": 2, "use_bias": False}
    kernel = np.expand_dims(depthwise, 1 - axis)
    weights = {"depthwise_kernel": kernel, "pointwise_kernel": pointwise[None, None]}
    up = np.repeat(x, 2, 0)
    compare(
        x,
        (network(tensor.shape, ("DepthwiseConv2D", config, {"kernel": kernel}), *end(48)), expected),
        (network(tensor.shape, ("SeparableConv2D", config | {"filters": 3}, weights), *end(18)), expected @ pointwise),
        (network(tensor.shape, ("UpSampling2D", {"size": along(2)}), *end(64)), up),
    )


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_rearrangement_in_two_dimensions(network, compare, layout):
    x = sequence(8)
    tensor = LAYOUTS[layout](x)
    shape = tensor.shape
    pairs = [(network(shape, *end(32)), tensor)]
    for dims in ([1, 2, 3], [2, 1, 3], [3, 1, 2], [2, 3, 1]):
        expected = np.transpose(tensor, [axis - 1 for axis in dims])
        pairs.append((network(shape, ("Permute", {"dims": dims}), *end(32)), expected))
    for target in ([2, 16], [16, -1], [4, 2, 4], [2, 4, 4], [-1]):
        # Two layers, so that the second starts from the first one's layout.
        layers = [("Reshape", {"target_shape": target}), ("Permute", {"dims": list(range(len(target), 0, -1))})]
        pairs.append((network(shape, *layers, *end(32)), tensor.reshape(target).T))
    for padding in ([[1, 2], [0, 0]], [[0, 0], [2, 1]], [[1, 0], [3, 9]], [1, 2], 2):
        around = padding if np.ndim(padding) == 2 else [[n, n] for n in np.ravel(padding) * [1, 1]]
        expected = np.pad(tensor, [*around, (0, 0)])
        pad, crop = ("ZeroPadding2D", {"padding": padding}), ("Cropping2D", {"cropping": padding})
        pairs.append((network(shape, pad, *end(expected.size)), expected))
        pairs.append((network(shape, pad, crop, *end(32)), tensor))
    compare(x, *pairs)


def test_rearrangement_in_one_dimension(network, compare):
    x = sequence(8)
    expected = [
        (("ZeroPadding1D", {"padding": [1, 2]}), np.pad(x, ((1, 2), (0, 0)))),
        (("ZeroPadding1D", {"padding": 3}), np.pad(x, ((3, 3), (0, 0)))),
        (("Cropping1D", {"cropping": [2, 1]}), x[2:-1]),
        (("Permute", {"dims": [2, 1]}), x.T),
        (("Reshape", {"target_shape": [4, -1]}), x),
        (("Dropout", {"rate": 0.5}), x),
    ]
    compare(x, *((network((8, 4), layer, ("Flatten", {})), values) for layer, values in expected))


MERGES = {
    "Add": lambda a, b: a + b,
    "Subtract": lambda a, b: a - b,
    "Multiply": lambda a, b: a * b,
    "Average": lambda a, b: (a + b) / 2,
    "Maximum": np.maximum,
    "Minimum": np.minimum,
}


def test_merging_layers_and_broadcasting(network, compare):
    x = sequence(6)
    whole, row = [("ReLU", {})], [("GlobalMaxPooling1D", {"keepdims": True})]
    vector = [("GlobalMaxPooling1D", {"keepdims": False})]
    a, b = np.maximum(x, 0), x.max(0)
    pairs = []
    for class_name, operation in MERGES.items():
        for second in (row, vector):
            pairs.append((merged(network, (6, 4), [whole, second], (class_name, {}), ("Flatten", {})), operation(a, b)))
        pairs.append((merged(network, (6, 4), [whole, []], (class_name, {}), ("Flatten", {})), operation(a, x)))
    pairs.append((merged(network, (6, 4), [whole, [], whole], ("Average", {}), ("Flatten", {})), (2 * a + x) / 3))
    compare(x, *pairs)
    tensor = x.T[..., None]
    folded = [("GlobalMaxPooling2D", {"keepdims": True})]
    compare(x, (merged(network, (4, 6, 1), [[], folded], ("Multiply", {}), *end(24)), tensor * tensor.max()))


@pytest.mark.parametrize(
    ("branches", "merge", "text"),
    [
        ([[], [("Cropping1D", {"cropping": [1, 1]})]], ("Add", {}), "shapes (6, 4), (4, 4), which do not broadcast"),
        ([[], [], []], ("Subtract", {}), "has 3 inputs; it must have 2"),
        ([[], [("Cropping1D", {"cropping": [1, 1]})]], ("Concatenate", {"axis": 2}), "must agree but for the joined"),
        ([[], [("Flatten", {})]], ("Concatenate", {"axis": -1}), "shapes (6, 4), (24,); they must agree"),
        ([[], []], ("Concatenate", {"axis": 0}), "axis=0: must be one axis from 1 to 2"),
        ([[], []], ("ReLU", {}), "has 2 inputs; it must have one"),
    ],
)
def test_inputs_that_do_not_go_together(network, branches, merge, text):
    with pytest.raises(InputError) as error:
        build(merged(network, (6, 4), branches, merge, ("Flatten", {})))
    assert text in str(error.value)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_concatenate(network, compare, layout):
    x = sequence(6)
    tensor = LAYOUTS[layout](x)
    branches, pairs = [[], [("ReLU", {})]], []
    for axis in (1, 2, 3, -1, -2, -3):
        expected = np.concatenate([tensor, np.maximum(tensor, 0)], axis=axis - 1 if axis > 0 else axis)
        pairs.append((merged(network, tensor.shape, branches, ("Concatenate", {"axis": axis}), *end(48)), expected))
    compare(x, *pairs)
