"""Published designs, small."""

import jax
import jax.numpy as jnp

from tests.networks.layers import (
    batch_norm,
    conv,
    dense,
    gelu,
    max_pool,
    relu,
    sigmoid,
    silu,
    standardised,
    weighted,
)
from tests.networks.record import network


@network(length=60)
def basset(x):
    """Three blocks of convolution, batch norm, ReLU and SAME pool, then dense layers (Kelley et al. 2016)."""
    for width, features, pool in ((9, 5, 3), (5, 4, 2), (3, 4, 2)):
        x = max_pool(relu(batch_norm(conv(x, width, features, padding="SAME"))), pool, pool, "SAME")
    return dense(relu(dense(x, 8)), 3)


@network(length=60)
def bpnet(x):
    """A wide first convolution, dilated residual layers, a mean and one logit (Avsec et al. 2021)."""
    h = relu(conv(x, 9, 4, padding="SAME"))
    for layer in (1, 2, 3):
        h = h + relu(conv(h, 3, 4, padding="SAME", dilation=2**layer, seed=layer))
    return dense(h.mean(0), 1)


@network(length=60)
def chrombpnet(x):
    """BPNet with VALID convolutions, cropped skips, a profile and log-counts (Pampari et al. 2024)."""
    h = relu(conv(x, 9, 4))
    for layer in (1, 2):
        dilation = 2**layer
        h = h[dilation:-dilation] + relu(conv(h, 3, 4, dilation=dilation, seed=layer))
    profile = conv(h, 7, 1)[:, 0]
    return jnp.concatenate([profile[::8], dense(h.mean(0), 1)])


@network(length=60, lines=False)
def legnet(x):
    """Separable convolutions, squeeze and excite, joined residuals (Penzar et al. 2023)."""
    h = silu(batch_norm(conv(x, 5, 4, padding="SAME")))
    for seed in (1, 2):
        inner = silu(conv(h, 1, 8, seed=seed))
        inner = silu(conv(inner, 5, 8, padding="SAME", groups=8, seed=seed))
        inner = inner * sigmoid(dense(silu(dense(inner.mean(0), 3, seed=seed)), 8, seed=seed))
        inner = silu(conv(inner, 1, 4, seed=seed))
        h = max_pool(jnp.concatenate([h, inner], 1), 2) if seed == 1 else jnp.concatenate([h, inner], 1)
    return dense(conv(h, 1, 4).mean(0), 2)


@network(length=64, lines=False)
def enformer(x):
    """Residual convolution blocks of GELU with attention pools, then a transformer layer (Avsec et al. 2021)."""

    h = conv(x, 15, 4, padding="SAME")
    for seed in (1, 2):
        h = h + conv(gelu(batch_norm(h)), 1, 4, seed=seed)
        pairs = h.reshape(-1, 2, 4)
        h = (jax.nn.softmax(pairs @ weighted(x, 4, 4, seed=seed), axis=1) * pairs).sum(1)
    normal = standardised(h, -1)
    q, k, v = (normal @ weighted(x, 4, 4, seed=seed) for seed in range(3))
    h = h + jax.nn.softmax(q @ k.T, axis=-1) @ v
    return dense(gelu(h).mean(0), 2)
