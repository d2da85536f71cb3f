"""Each Keras layer against its definition, written out in numpy on tensors of Keras's own shape."""

import math
from itertools import product
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genomics.errors import InputError
from genomics.io.keras import KerasLayer, KerasModel, LayerCall
from genomics.io.keras.classes import CLASSES
from genomics.models.keras import build
from genomics.models.keras.table import BUILDERS

RNG = np.random.default_rng(0)


def network(shape: tuple[int | None, ...], *layers: tuple, generation: int = 3) -> KerasModel:
    """A Sequential model: each layer is (class, fields) or (class, fields, weights)."""
    source = KerasLayer(file=Path("m.h5"), generation=generation, name="x", class_name="InputLayer", config={})
    named, calls = {"x": source}, [LayerCall(layer="x", index=0, inputs=())]
    for i, (class_name, config, *weights) in enumerate(layers):
        arrays = {role: np.asarray(array, np.float32) for role, array in (weights[0] if weights else {}).items()}
        name = f"{class_name.lower()}_{i}"
        named[name] = KerasLayer(
            file=Path("m.h5"),
            generation=generation,
            name=name,
            class_name=class_name,
            config=config,
            weights=arrays,
        )
        calls.append(LayerCall(layer=name, index=0, inputs=(calls[-1].key,)))
    return KerasModel(
        file=Path("m.h5"), keras_version=f"{generation}.0.0", input_shape=shape, layers=named, calls=tuple(calls)
    )


def merged(shape: tuple[int, ...], branches: list[list[tuple]], merge: tuple, *rest: tuple) -> KerasModel:
    """Branches side by side from the input, a merging layer, and layers after it."""
    named = dict(network(shape).layers)
    calls, ends = [LayerCall(layer="x", index=0, inputs=())], []
    for number, branch in enumerate(branches):
        part, fed = network(shape, *branch), ("x", 0)
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
    return KerasModel(file=Path("m.h5"), keras_version="3.0.0", input_shape=shape, layers=named, calls=tuple(calls))


def end(size: int) -> list[tuple]:
    """Layers that hand on a tensor as it is, and after which no activation counts as the network's last."""
    return [("Flatten", {}), ("Dense", {"units": size, "use_bias": False}, {"kernel": np.eye(size)})]


def run(model: KerasModel, x: np.ndarray) -> np.ndarray:
    imported = build(model)
    return np.asarray(jax.jit(imported.apply)(imported.parameters, jnp.asarray(x, jnp.float32)))


def compare(x: np.ndarray, *pairs: tuple[KerasModel, np.ndarray]) -> None:
    """Networks of one sequence with their expected outputs; compiled together, which is quicker."""
    imported = [build(model) for model, _ in pairs]
    parameters = [model.parameters for model in imported]
    together = jax.jit(lambda x: [model.apply(p, x) for model, p in zip(imported, parameters, strict=True)])
    for found, (model, expected) in zip(together(jnp.asarray(x, jnp.float32)), pairs, strict=True):
        np.testing.assert_allclose(
            found, np.asarray(expected).ravel(), rtol=1e-5, atol=2e-5, err_msg=str(list(model.layers))
        )


def sequence(length: int) -> np.ndarray:
    """Not one-hot, so that every sign and size is met."""
    return RNG.normal(0, 2, (length, 4)).astype(np.float32)


def close(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found, np.asarray(expected).ravel(), rtol=1e-5, atol=2e-5)


def windows(n: int, size: int, stride: int, dilation: int, padding: str) -> list[list[int]]:
    """Positions under each output of a sliding window; those outside 0..n-1 are padding. TensorFlow's definition."""
    span = (size - 1) * dilation + 1
    if padding == "same":
        count = math.ceil(n / stride)
        before = max((count - 1) * stride + span - n, 0) // 2
    else:
        before = span - 1 if padding == "causal" else 0
        count = max((n + before - span) // stride + 1, 0)
    return [[i * stride - before + j * dilation for j in range(size)] for i in range(count)]


def correlate(x: np.ndarray, kernel: np.ndarray, *, strides, dilations, padding: str, groups: int = 1) -> np.ndarray:
    """(H, W, C) and (kh, kw, C / groups, F) to (H', W', F), one product at a time."""
    rows, columns = (windows(x.shape[i], kernel.shape[i], strides[i], dilations[i], padding) for i in (0, 1))
    per_group, filters = kernel.shape[2], kernel.shape[3] // groups
    y = np.zeros((len(rows), len(columns), kernel.shape[3]))
    for (r, row), (c, column), g in product(enumerate(rows), enumerate(columns), range(groups)):
        ours = slice(g * filters, (g + 1) * filters)
        for (i, h), (j, w) in product(enumerate(row), enumerate(column)):
            if 0 <= h < x.shape[0] and 0 <= w < x.shape[1]:
                y[r, c, ours] += x[h, w, g * per_group : (g + 1) * per_group] @ kernel[i, j][:, ours]
    return y


def pool(x: np.ndarray, reduce, *, size, strides, padding: str) -> np.ndarray:
    rows, columns = (windows(x.shape[i], size[i], strides[i], 1, padding) for i in (0, 1))
    return np.array([[reduce([x[h, w] for h in r for w in c if 0 <= h < x.shape[0] and 0 <= w < x.shape[1]], axis=0)
                      for c in columns] for r in rows])  # fmt: skip


def test_every_class_that_is_read_is_built():
    assert set(BUILDERS) == set(CLASSES) - {"InputLayer"}


@settings(max_examples=12, deadline=None)
@given(
    size=st.integers(1, 4),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 3),
    padding=st.sampled_from(["valid", "same", "causal"]),
    groups=st.sampled_from([1, 2, 4]),
)
def test_conv1d(size, stride, dilation, padding, groups):
    if dilation > 1:
        stride = 1  # Keras allows one of them only
    x, kernel, bias = sequence(13), RNG.normal(size=(size, 4 // groups, 8)), RNG.normal(size=8)
    config = {"filters": 8, "kernel_size": [size], "strides": [stride], "padding": padding, "groups": groups}
    config |= {"dilation_rate": [dilation], "data_format": "channels_last"}
    model = network((13, 4), ("Conv1D", config, {"kernel": kernel, "bias": bias}), ("Flatten", {}))
    rows = windows(13, size, stride, dilation, padding)
    wide = np.pad(x, ((99, 99), (0, 0)))
    padded = np.stack([wide[[99 + position for position in row]] for row in rows])
    parts = [
        np.einsum("nkc,kcf->nf", padded[..., g * 4 // groups : (g + 1) * 4 // groups], k)
        for g, k in enumerate(np.split(kernel, groups, axis=-1))
    ]
    close(run(model, x), np.concatenate(parts, axis=-1) + bias)


def test_depthwise_and_separable_conv1d():
    x, deep, point = sequence(11), RNG.normal(size=(3, 4, 2)), RNG.normal(size=(1, 8, 5))
    config = {"kernel_size": [3], "strides": [2], "padding": "same", "dilation_rate": [1], "depth_multiplier": 2}
    rows = windows(11, 3, 2, 1, "same")
    wide = np.pad(x, ((9, 9), (0, 0)))
    depth = np.stack([np.einsum("kc,kcm->cm", wide[[9 + i for i in row]], deep).ravel() for row in rows])
    model = network((11, 4), ("DepthwiseConv1D", {**config, "use_bias": False}, {"kernel": deep}), ("Flatten", {}))
    close(run(model, x), depth)
    weights = {"depthwise_kernel": deep, "pointwise_kernel": point, "bias": np.arange(5)}
    model = network((11, 4), ("SeparableConv1D", {**config, "filters": 5}, weights), ("Flatten", {}))
    close(run(model, x), depth @ point[0] + np.arange(5))


LAYOUTS = {
    "(L, 1, 4)": lambda x: x[:, None],
    "(1, L, 4)": lambda x: x[None],
    "(L, 4, 1)": lambda x: x[..., None],
    "(4, L, 1)": lambda x: x.T[..., None],
}


@settings(max_examples=20, deadline=None)
@given(data=st.data(), layout=st.sampled_from(sorted(LAYOUTS)), padding=st.sampled_from(["valid", "same"]))
def test_conv2d_in_one_dimension_equals_two(data, layout, padding):
    """Two convolutions, a pooling and Flatten, each with kernels of any height and width that fit."""
    x = sequence(11)
    tensor = LAYOUTS[layout](x)
    shape, layers = tensor.shape, []
    for filters in (3, 2):
        size = [data.draw(st.integers(1, min(n, 4)), label="kernel") for n in tensor.shape[:2]]
        strides = [data.draw(st.integers(1, 2), label="stride") for _ in size]
        dilations = [1, 1] if max(strides) > 1 else [data.draw(st.integers(1, 2), label="dilation") for _ in size]
        if padding == "valid" and any((k - 1) * d >= n for k, d, n in zip(size, dilations, tensor.shape, strict=False)):
            dilations = [1, 1]
        kernel, bias = RNG.normal(size=(*size, tensor.shape[2], filters)), RNG.normal(size=filters)
        config = {"filters": filters, "kernel_size": size, "strides": strides, "dilation_rate": dilations}
        layers.append(("Conv2D", {**config, "padding": padding}, {"kernel": kernel, "bias": bias}))
        layers.append(("ReLU", {}))
        tensor = correlate(tensor, kernel, strides=strides, dilations=dilations, padding=padding) + bias
        tensor = np.maximum(tensor, 0)
    along = int(tensor.shape[1] > tensor.shape[0])
    size = [1, 1]
    size[along] = min(2, tensor.shape[along])
    kind, reduce = data.draw(st.sampled_from([("MaxPooling2D", np.max), ("AveragePooling2D", np.mean)]))
    layers += [(kind, {"pool_size": size, "strides": None, "padding": padding}), ("Flatten", {})]
    close(run(network(shape, *layers), x), pool(tensor, reduce, size=size, strides=size, padding=padding))


def test_conv2d_with_groups_and_one_row():
    x, kernel = sequence(9), RNG.normal(size=(3, 1, 2, 6))
    config = {"filters": 6, "kernel_size": [3, 1], "strides": [1, 1], "padding": "same", "groups": 2, "use_bias": False}
    expected = correlate(x[:, None], kernel, strides=(1, 1), dilations=(1, 1), padding="same", groups=2)
    close(run(network((9, 1, 4), ("Conv2D", config, {"kernel": kernel}), ("Flatten", {})), x), expected)


@pytest.mark.parametrize(("kind", "reduce"), [("MaxPooling1D", np.max), ("AveragePooling1D", np.mean)])
def test_pooling(kind, reduce):
    x, pairs = sequence(11), []
    for padding, (size, stride) in product(["valid", "same"], [(3, None), (4, 2), (2, 3)]):
        config = {"pool_size": [size], "strides": None if stride is None else [stride], "padding": padding}
        expected = pool(x[:, None], reduce, size=(size, 1), strides=(stride or size, 1), padding=padding)
        pairs.append((network((11, 4), (kind, config), ("Flatten", {})), expected))
    compare(x, *pairs)


@pytest.mark.parametrize(("kind", "reduce"), [("GlobalMaxPooling", np.max), ("GlobalAveragePooling", np.mean)])
def test_global_pooling(kind, reduce):
    x, pairs = sequence(9), []
    for keep in ({"keepdims": False}, {"keepdims": True}, {}):
        pairs.append((network((9, 4), (f"{kind}1D", keep), *end(4)), reduce(x, axis=0)))
        for layout, size in (("(L, 1, 4)", 4), ("(4, L, 1)", 1), ("(L, 4, 1)", 1)):
            tensor = LAYOUTS[layout](x)
            pairs.append((network(tensor.shape, (f"{kind}2D", keep), *end(size)), reduce(tensor, axis=(0, 1))))
    compare(x, *pairs)


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


def test_activations_by_name():
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


def test_activation_layers_alone_and_as_a_field():
    x = sequence(6)
    pairs = []
    for class_name, config, function in ACTIVATION_LAYERS:
        field = {"activation": {"module": "keras.layers", "class_name": class_name, "config": config}}
        pairs.append((network((6, 4), (class_name, config), *end(24)), function(x)))
        pairs.append((network((6, 4), ("Activation", field), *end(24)), function(x)))
    compare(x, *pairs)


@pytest.mark.parametrize("layout", ["(1, L, 4)", "(4, L, 1)", "(L, 4, 1)"])
def test_functions_of_the_channels_in_two_dimensions(layout):
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


def test_normalization_in_one_dimension():
    x = sequence(5)
    weights = {
        "gamma": [2, 3, 4, 5],
        "beta": [1, 2, 3, 4],
        "moving_mean": [0, 1, 0, 1],
        "moving_variance": [1, 4, 1, 4],
    }
    expected = (x - [0, 1, 0, 1]) / np.sqrt(np.array([1, 4, 1, 4]) + 1e-3) * [2, 3, 4, 5] + [1, 2, 3, 4]
    close(run(network((5, 4), ("BatchNormalization", {"axis": -1}, weights), ("Flatten", {})), x), expected)
    weights = {"moving_mean": [0, 1, 0, 1, 0], "moving_variance": [1, 4, 1, 4, 1]}
    expected = (x.T - [0, 1, 0, 1, 0]) / np.sqrt(np.array([1, 4, 1, 4, 1]) + 1e-3)
    close(run(network((5, 4), ("BatchNormalization", {"axis": 1}, weights), ("Flatten", {})), x), expected.T)
    vector = x.ravel()
    expected = (vector - vector.mean()) / np.sqrt(vector.var() + 0.1)
    close(run(network((5, 4), ("Flatten", {}), ("LayerNormalization", {"epsilon": 0.1})), x), expected)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_rearrangement_in_two_dimensions(layout):
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


def test_rearrangement_in_one_dimension():
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


def test_merging_layers_and_broadcasting():
    x = sequence(6)
    whole, row = [("ReLU", {})], [("GlobalMaxPooling1D", {"keepdims": True})]
    vector = [("GlobalMaxPooling1D", {"keepdims": False})]
    a, b = np.maximum(x, 0), x.max(0)
    pairs = []
    for class_name, operation in MERGES.items():
        for second in (row, vector):
            pairs.append((merged((6, 4), [whole, second], (class_name, {}), ("Flatten", {})), operation(a, b)))
        pairs.append((merged((6, 4), [whole, []], (class_name, {}), ("Flatten", {})), operation(a, x)))
    pairs.append((merged((6, 4), [whole, [], whole], ("Average", {}), ("Flatten", {})), (2 * a + x) / 3))
    compare(x, *pairs)
    tensor = x.T[..., None]
    folded = [("GlobalMaxPooling2D", {"keepdims": True})]
    compare(x, (merged((4, 6, 1), [[], folded], ("Multiply", {}), *end(24)), tensor * tensor.max()))


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
def test_inputs_that_do_not_go_together(branches, merge, text):
    with pytest.raises(InputError) as error:
        build(merged((6, 4), branches, merge, ("Flatten", {})))
    assert text in str(error.value)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_concatenate(layout):
    x = sequence(6)
    tensor = LAYOUTS[layout](x)
    branches, pairs = [[], [("ReLU", {})]], []
    for axis in (1, 2, 3, -1, -2, -3):
        expected = np.concatenate([tensor, np.maximum(tensor, 0)], axis=axis - 1 if axis > 0 else axis)
        pairs.append((merged(tensor.shape, branches, ("Concatenate", {"axis": axis}), *end(48)), expected))
    compare(x, *pairs)
