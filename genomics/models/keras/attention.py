"""Attention: MultiHeadAttention, Attention (Luong) and AdditiveAttention (Bahdanau). No masks but the causal one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from genomics.io.keras import KerasLayer, Operand, fields
from genomics.io.keras.record import shown
from genomics.models.keras.step import Parameters, Shape, Step, fold, require_rank, weight


def multi_head_attention(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Mapping[str, Any]) -> Step:
    """`softmax(q k^T / sqrt(key_dim)) v` for each head, then a projection (Vaswani et al. 2017, arXiv:1706.03762).

    The inputs are the query, the value, and the key, which is the value where it is not given. A second output are the
    weights of attention (heads, queries, keys), where the call asks for them.
    """
    places = {
        name: arguments[name].place for name in ("query", "value", "key") if isinstance(arguments.get(name), Operand)
    } or {"query": 0}
    query = places.get("query", 0)
    value = places.get("value", query)
    key = places.get("key", value)
    for place in (query, value, key):
        require_rank(layer, shapes[place], 2)
    if shapes[key][0] != shapes[value][0]:
        raise layer.error(f"its key has {shapes[key][0]} positions and its value {shapes[value][0]}; they must agree")
    axes = layer.config.get("attention_axes")
    if axes not in (None, [1], 1):
        raise layer.error(f"attention_axes={shown(axes)}: must be null or [1]")
    if fields.flag(layer, "use_gate", False) or layer.config.get("sliding_window") is not None:
        raise layer.error("use_gate and sliding_window are not read")
    heads, size = fields.whole(layer, "num_heads"), fields.whole(layer, "key_dim")
    width = size if layer.config.get("value_dim") is None else fields.whole(layer, "value_dim")
    given = layer.config.get("output_shape")
    given = given[0] if isinstance(given, list) and len(given) == 1 else given
    if given is not None and type(given) is not int:
        raise layer.error(f"output_shape={shown(given)}: must be null or one whole number")
    channels = shapes[query][1] if given is None else given
    wanted = {
        "query/kernel": (shapes[query][1], heads, size),
        "query/bias": (heads, size),
        "key/kernel": (shapes[key][1], heads, size),
        "key/bias": (heads, size),
        "value/kernel": (shapes[value][1], heads, width),
        "value/bias": (heads, width),
        "output/kernel": (heads, width, channels),
        "output/bias": (channels,),
    }
    parameters = {role: weight(layer, role, shape) for role, shape in wanted.items() if role in layer.weights}
    causal = arguments.get("use_causal_mask") is True
    with_weights = arguments.get("return_attention_scores") is True
    rows, columns = shapes[query][0], shapes[key][0]

    def project(p: Parameters, x: Array, part: str) -> Array:
        y = jnp.einsum("lc,chd->hld", x, p[f"{part}/kernel"])
        return y + p[f"{part}/bias"][:, None] if f"{part}/bias" in p else y

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Any:
        q, k, v = project(p, arrays[query], "query"), project(p, arrays[key], "key"), project(p, arrays[value], "value")
        scores = jnp.einsum("hld,hmd->hlm", q * (1 / np.sqrt(size)).astype(q.dtype), k)
        if causal:
            scores = jnp.where(np.tri(rows, columns, dtype=bool), scores, jnp.finfo(scores.dtype).min)
        weights = jax.nn.softmax(scores, axis=-1)
        y = jnp.einsum("hld,hdo->lo", jnp.einsum("hlm,hmd->hld", weights, v), p["output/kernel"])
        y = y + p["output/bias"] if "output/bias" in p else y
        return (y, fold(weights, weights.shape)) if with_weights else y

    return Step(
        function=function,
        shape=(rows, channels),
        further=((heads, rows, columns),) if with_weights else (),
        parameters=parameters,
    )


def attention(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """Attention and AdditiveAttention of [query, value, key]: `softmax(score(q, k)) v`.

    The score is `scale q . k`, or `sum(scale tanh(q + k))` for the additive one.
    """
    if len(shapes) not in (2, 3):
        raise layer.error(f"has {len(shapes)} inputs; it must have 2 or 3: query, value, key")
    query, value, key = shapes if len(shapes) == 3 else (*shapes, shapes[1])
    for shape in (query, value, key):
        require_rank(layer, shape, 2)
    if query[1] != key[1] or key[0] != value[0]:
        raise layer.error(f"its inputs have shapes {', '.join(map(str, shapes))}, which do not go together")
    fields.choice(layer, "score_mode", ("dot",), "dot")
    additive = layer.class_name == "AdditiveAttention"
    parameters = {}
    if "scale" in layer.weights:
        parameters["scale"] = weight(layer, "scale", (query[1],) if additive else ())

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        q, v, k = arrays if len(arrays) == 3 else (*arrays, arrays[1])
        if additive:
            terms = jnp.tanh(q[:, None] + k[None])
            scores = jnp.sum(terms * p["scale"] if "scale" in p else terms, axis=-1)
        else:
            scores = jnp.dot(q, k.T)
            scores = scores * p["scale"] if "scale" in p else scores
        return jnp.dot(jax.nn.softmax(scores, axis=-1), v)

    return Step(function=function, shape=(query[0], value[1]), parameters=parameters)


def dot(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """Dot: the sum of products along one axis of each of two inputs, of unit length there with `normalize`."""
    if len(shapes) != 2:
        raise layer.error(f"has {len(shapes)} inputs; it must have 2")
    axes = layer.config.get("axes")
    axes = [axes, axes] if type(axes) is int else axes
    if not isinstance(axes, list) or len(axes) != 2 or not all(type(axis) is int for axis in axes):
        raise layer.error(f"axes={shown(axes)}: must be one axis, or one for each input")
    for shape in shapes:
        require_rank(layer, shape, 1, 2)
    found = tuple(
        fields.single_axis(replace(layer, config={"axis": axis}), len(shape))
        for axis, shape in zip(axes, shapes, strict=True)
    )
    if shapes[0][found[0]] != shapes[1][found[1]]:
        raise layer.error(f"axes={axes}: its inputs have shapes {shapes[0]} and {shapes[1]}, which differ there")
    normalize = fields.flag(layer, "normalize", False)
    rest = [[n for i, n in enumerate(shape) if i != axis] for shape, axis in zip(shapes, found, strict=True)]
    out = (*rest[0], *rest[1]) or (1,)

    def function(_: Parameters, arrays: tuple[Array, ...]) -> Array:
        parts = [unit(x, axis) for x, axis in zip(arrays, found, strict=True)] if normalize else list(arrays)
        return jnp.reshape(jnp.tensordot(*parts, axes=found), out)

    return Step(function=function, shape=out)


def unit(x: Array, axis: int | tuple[int, ...]) -> Array:
    """x over its Euclidean length along `axis`, as TensorFlow and Keras normalise: at least 1e-6."""
    return x * jax.lax.rsqrt(jnp.maximum(jnp.sum(jnp.square(x), axis=axis, keepdims=True), 1e-12))
