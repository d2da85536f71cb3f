"""Normalisation at inference."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import jax.numpy as jnp
from jax import lax

from genomics.errors import InputError

TRAINING = "is in training mode, where its result depends on the other sequences of a batch; model.eval() before export"


def _batch_norm(
    input,
    weight,
    bias,
    running_mean,
    running_var,
    training: bool = False,
    momentum: int | float = 0.1,
    eps: int | float = 1e-5,
):
    """`y = x scale + shift` with `scale = weight / sqrt(var + eps)`, `shift = bias - mean scale`, by channel."""
    if running_mean is None:
        raise InputError(
            "keeps no running statistics (track_running_stats=False): it depends on the other sequences of a batch"
        )
    if training:
        raise InputError(TRAINING)
    scale = lax.rsqrt(running_var + eps)
    scale = scale if weight is None else scale * weight
    shift = -running_mean * scale
    shift = shift if bias is None else shift + bias
    along = (1, -1, *[1] * (input.ndim - 2))
    return input * jnp.reshape(scale, along) + jnp.reshape(shift, along)


def _statistics_of_input(
    input, weight=None, bias=None, training: bool = True, momentum: int | float = 0.1, eps: int | float = 1e-5
):
    """Batch norm by the input's own statistics, which is how instance norm is decomposed: one example in all."""
    if input.shape[0] != 1:
        raise InputError(TRAINING)
    y = _standardised(input, tuple(i for i in range(input.ndim) if i != 1), eps)
    return _scaled(y, weight, bias, (1, -1, *[1] * (input.ndim - 2))), None, None


def _instance_norm(
    input,
    weight=None,
    bias=None,
    running_mean=None,
    running_var=None,
    use_input_stats: bool = True,
    momentum: int | float = 0.1,
    eps: int | float = 1e-5,
):
    if not use_input_stats:
        return _batch_norm(input, weight, bias, running_mean, running_var, False, momentum, eps)
    y = _standardised(input, tuple(range(2, input.ndim)), eps)
    return _scaled(y, weight, bias, (1, -1, *[1] * (input.ndim - 2)))


def _layer_norm(input, normalized_shape: Sequence[int], weight=None, bias=None, eps: int | float = 1e-5):
    """Over the last axes, as many as `normalized_shape` has."""
    y = _standardised(input, tuple(range(-len(normalized_shape), 0)), eps)
    return _scaled(y, weight, bias, normalized_shape)


def _rms_norm(input, normalized_shape: Sequence[int], weight=None, eps: int | float | None = None):
    """`y = x / sqrt(mean(x^2) + eps) weight`; without eps that of float32."""
    axes = tuple(range(-len(normalized_shape), 0))
    eps = float(jnp.finfo(jnp.float32).eps) if eps is None else eps
    y = input * lax.rsqrt(jnp.mean(jnp.square(input), axis=axes, keepdims=True) + eps)
    return y if weight is None else y * weight


def _group_norm(input, num_groups: int, weight=None, bias=None, eps: int | float = 1e-5):
    """Over the channels of each group and all of space."""
    if num_groups < 1 or input.shape[1] % num_groups:
        raise InputError(f"num_groups={num_groups}: must divide the {input.shape[1]} channels")
    parted = jnp.reshape(input, (input.shape[0], num_groups, input.shape[1] // num_groups, *input.shape[2:]))
    y = jnp.reshape(_standardised(parted, tuple(range(2, parted.ndim)), eps), input.shape)
    return _scaled(y, weight, bias, (1, -1, *[1] * (input.ndim - 2)))


def _native_group_norm(input, weight, bias, N: int, C: int, HxW: int, group: int, eps: int | float):
    return _group_norm(input, group, weight, bias, eps), None, None


def _standardised(x, axes: tuple[int, ...], eps: int | float):
    centred = x - jnp.mean(x, axis=axes, keepdims=True)
    return centred * lax.rsqrt(jnp.mean(jnp.square(centred), axis=axes, keepdims=True) + eps)


def _scaled(y, weight, bias, shape: Sequence[int]):
    y = y if weight is None else y * jnp.reshape(weight, shape)
    return y if bias is None else y + jnp.reshape(bias, shape)


def _weight_norm(v, g, dim: int = 0):
    """`w = v g / |v|`, the length over all axes but `dim`; over all of them where `dim` is -1."""
    axes = tuple(axis for axis in range(v.ndim) if axis != dim % v.ndim) if dim != -1 else tuple(range(v.ndim))
    return v * (g / jnp.sqrt(jnp.sum(jnp.square(v), axis=axes, keepdims=True)))


def _with_statistics(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    """Operations that also give statistics, which only a gradient needs."""

    def both(*arguments, **named):
        return (function(*arguments, **named), *[None] * count)

    return wraps(function)(both)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "batch_norm": _batch_norm,
    "_native_batch_norm_legit_no_training": lambda input, weight, bias, running_mean, running_var, momentum, eps: (
        _batch_norm(input, weight, bias, running_mean, running_var, False, momentum, eps),
        None,
        None,
    ),
    "native_batch_norm": _with_statistics(_batch_norm, 2),
    "_native_batch_norm_legit.no_stats": _statistics_of_input,
    "_native_batch_norm_legit": _with_statistics(_batch_norm, 2),
    "_batch_norm_with_update": _with_statistics(_batch_norm, 3),
    "instance_norm": _instance_norm,
    "layer_norm": _layer_norm,
    "native_layer_norm": _with_statistics(_layer_norm, 2),
    "rms_norm": _rms_norm,
    "_weight_norm": _weight_norm,
    "_weight_norm_interface": lambda v, g, dim=0: (_weight_norm(v, g, dim), None),
    "_fused_rms_norm": _with_statistics(_rms_norm, 1),
    "group_norm": _group_norm,
    "native_group_norm": _native_group_norm,
}
