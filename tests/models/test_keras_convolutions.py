"""Keras's convolutions and pooling against their definition, written out in numpy on tensors of Keras's own shape."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

RNG = np.random.default_rng(0)


def end(size: int) -> list[tuple]:
    """Layers that hand on a tensor as it is, and after which no activation counts as the network's last."""
    return [("Flatten", {}), ("Dense", {"units": size, "use_bias": False}, {"kernel": np.eye(size)})]


def sequence(length: int) -> np.ndarray:
    """Not one-hot, so that every sign and size is met."""
    return RNG.normal(0, 2, (length, 4)).astype(np.float32)


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


@settings(max_examples=12, deadline=None)
@given(
    size=st.integers(1, 4),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 3),
    padding=st.sampled_from(["valid", "same", "causal"]),
    groups=st.sampled_from([1, 2, 4]),
)
def test_conv1d(network, compare, size, stride, dilation, padding, groups):
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
    compare(x, (model, np.concatenate(parts, axis=-1) + bias))


def test_depthwise_and_separable_conv1d(network, compare):
    x, deep, point = sequence(11), RNG.normal(size=(3, 4, 2)), RNG.normal(size=(1, 8, 5))
    config = {"kernel_size": [3], "strides": [2], "padding": "same", "dilation_rate": [1], "depth_multiplier": 2}
    rows = windows(11, 3, 2, 1, "same")
    wide = np.pad(x, ((9, 9), (0, 0)))
    depth = np.stack([np.einsum("kc,kcm->cm", wide[[9 + i for i in row]], deep).ravel() for row in rows])
    model = network((11, 4), ("DepthwiseConv1D", {**config, "use_bias": False}, {"kernel": deep}), ("Flatten", {}))
    compare(x, (model, depth))
    weights = {"depthwise_kernel": deep, "pointwise_kernel": point, "bias": np.arange(5)}
    model = network((11, 4), ("SeparableConv1D", {**config, "filters": 5}, weights), ("Flatten", {}))
    compare(x, (model, depth @ point[0] + np.arange(5)))


LAYOUTS = {
    "(L, 1, 4)": lambda x: x[:, None],
    "(1, L, 4)": lambda x: x[None],
    "(L, 4, 1)": lambda x: x[..., None],
    "(4, L, 1)": lambda x: x.T[..., None],
}


@settings(max_examples=20, deadline=None)
@given(data=st.data(), layout=st.sampled_from(sorted(LAYOUTS)), padding=st.sampled_from(["valid", "same"]))
def test_conv2d_in_one_dimension_equals_two(network, compare, data, layout, padding):
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
    compare(x, (network(shape, *layers), pool(tensor, reduce, size=size, strides=size, padding=padding)))


def test_conv2d_with_groups_and_one_row(network, compare):
    x, kernel = sequence(9), RNG.normal(size=(3, 1, 2, 6))
    config = {"filters": 6, "kernel_size": [3, 1], "strides": [1, 1], "padding": "same", "groups": 2, "use_bias": False}
    expected = correlate(x[:, None], kernel, strides=(1, 1), dilations=(1, 1), padding="same", groups=2)
    compare(x, (network((9, 1, 4), ("Conv2D", config, {"kernel": kernel}), ("Flatten", {})), expected))


@pytest.mark.parametrize(("kind", "reduce"), [("MaxPooling1D", np.max), ("AveragePooling1D", np.mean)])
def test_pooling(network, compare, kind, reduce):
    x, pairs = sequence(11), []
    for padding, (size, stride) in product(["valid", "same"], [(3, None), (4, 2), (2, 3)]):
        config = {"pool_size": [size], "strides": None if stride is None else [stride], "padding": padding}
        expected = pool(x[:, None], reduce, size=(size, 1), strides=(stride or size, 1), padding=padding)
        pairs.append((network((11, 4), (kind, config), ("Flatten", {})), expected))
    compare(x, *pairs)


@pytest.mark.parametrize(("kind", "reduce"), [("GlobalMaxPooling", np.max), ("GlobalAveragePooling", np.mean)])
def test_global_pooling(network, compare, kind, reduce):
    x, pairs = sequence(9), []
    for keep in ({"keepdims": False}, {"keepdims": True}, {}):
        pairs.append((network((9, 4), (f"{kind}1D", keep), *end(4)), reduce(x, axis=0)))
        for layout, size in (("(L, 1, 4)", 4), ("(4, L, 1)", 1), ("(L, 4, 1)", 1)):
            tensor = LAYOUTS[layout](x)
            pairs.append((network(tensor.shape, (f"{kind}2D", keep), *end(size)), reduce(tensor, axis=(0, 1))))
    compare(x, *pairs)
