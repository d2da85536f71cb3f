"""Scaled dot-product attention."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from genomics.errors import InputError


def _attention(
    query,
    key,
    value,
    attn_mask=None,
    dropout_p: int | float = 0.0,
    is_causal: bool = False,
    *,
    scale: int | float | None = None,
    enable_gqa: bool = False,
):
    """`softmax(scale q k^T + mask) v`; a truth-valued mask is true where a query may look.

    Source: Vaswani et al. 2017, Attention is all you need, arXiv:1706.03762.
    """
    if dropout_p:
        raise InputError(f"drops {dropout_p} of its weights at random; model.eval() before export")
    if enable_gqa and key.shape[-3] != query.shape[-3]:
        times = query.shape[-3] // key.shape[-3]
        key, value = (jnp.repeat(each, times, axis=-3) for each in (key, value))
    scores = jnp.matmul(query, jnp.swapaxes(key, -1, -2)) * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if is_causal:
        attn_mask = jnp.tril(jnp.ones(scores.shape[-2:], jnp.bool_))
    if attn_mask is not None and attn_mask.dtype == jnp.bool_:
        scores = jnp.where(attn_mask, scores, -jnp.inf)
        # A query that may look at nothing gets zeros.
        blind = ~jnp.any(attn_mask, axis=-1, keepdims=True)
        weights = jnp.where(blind, 0, jax.nn.softmax(jnp.where(blind, 0, scores), axis=-1))
        return jnp.matmul(weights, value)
    scores = scores if attn_mask is None else scores + attn_mask
    return jnp.matmul(jax.nn.softmax(scores, axis=-1), value)


def _on_cpu(
    query,
    key,
    value,
    dropout_p: int | float = 0.0,
    is_causal: bool = False,
    *,
    attn_mask=None,
    scale: int | float | None = None,
):
    return _attention(query, key, value, attn_mask, dropout_p, is_causal, scale=scale), None


def _efficient(
    query,
    key,
    value,
    attn_bias,
    compute_log_sumexp: bool,
    dropout_p: int | float = 0.0,
    is_causal: bool = False,
    *,
    scale: int | float | None = None,
):
    return _attention(query, key, value, attn_bias, dropout_p, is_causal, scale=scale), None, None, None


def _math(
    query,
    key,
    value,
    attn_mask=None,
    dropout_p: int | float = 0.0,
    is_causal: bool = False,
    dropout_mask=None,
    *,
    scale: int | float | None = None,
    enable_gqa: bool = False,
):
    y = _attention(query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa)
    return y, None


OPERATIONS: dict[str, Callable[..., Any]] = {
    "scaled_dot_product_attention": _attention,
    "_scaled_dot_product_flash_attention_for_cpu": _on_cpu,
    "_scaled_dot_product_efficient_attention": _efficient,
    "_scaled_dot_product_attention_math": _math,
}
