"""Convolutions of every stride, padding, dilation, grouping and layout."""

import jax
import jax.numpy as jnp
from jax import lax

from tests.networks.layers import (
    LENGTH,
    activation,
    conv,
    convolve,
    dense,
    exp,
    head,
    max_pool,
    relu,
    tanh,
    weighted,
)
from tests.networks.record import network


@network()
def two_convolutions(x):
    """No pooling."""
    return head(relu(conv(relu(conv(x, 5, 3)), 3, 3)))


@network()
def linear(x):
    """One product: every method has a known answer."""
    return dense(x, 3)


scaled = activation(lambda x: 2 * x - 0.5)


@network(lines=False)
def linear_convolutions(x):
    """Two convolutions with nothing but a factor between them."""
    return head(conv(conv(scaled(x), 3, 3), 3, 3, padding="SAME") * 0.5)


@network()
def strides(x):
    """Strides of 2 and 3 instead of pooling."""
    return head(relu(conv(relu(conv(x, 5, 4, stride=2)), 3, 3, stride=3)))


@network()
def wide_stride(x):
    """A stride wider than the kernel: most positions are read by nothing."""
    return head(tanh(conv(x, 2, 4, stride=5)))


@network()
def odd_remainders(x):
    """SAME padding of strides that leave a remainder, more of it on the right."""
    h = relu(conv(x, 4, 4, stride=3, padding="SAME"))
    return head(max_pool(relu(conv(h, 2, 3, padding="SAME")), 2, 2, "SAME"))


@network()
def negative_padding(x):
    """A convolution that leaves out the sequence's ends."""
    return head(tanh(conv(x, 4, 3, padding=[(-2, -3)])))


@network()
def dilated_strided_grouped(x):
    """Stride, dilation and groups in one stack, with no batch norm to hide a shift."""
    h = relu(conv(x, 3, 8, dilation=2, stride=2, padding=[(1, 2)]))
    return head(relu(conv(h, 3, 8, groups=4, seed=1)))


@network()
def depthwise(x):
    """A filter for each channel, as in separable convolutions."""
    return dense(conv(tanh(conv(x, 3, 4)), 3, 8, groups=4, stride=2), 2)


@network()
def transposed_convolution(x):
    """A stride of 2 that a transposed convolution takes back."""
    h = tanh(conv(x, 4, 4, stride=2))[None]
    h = convolve(h, weighted(x, 3, 4, 3), padding=[(1, 2)], lhs_dilation=(2,), dimension_numbers=("NWC", "WIO", "NWC"))
    return head(relu(h[0]))


@network()
def flipped_kernel(x):
    """A convolution in the mathematicians' sense, as `jnp.convolve` computes it."""
    filters = weighted(x, 5, 4)
    h = sum(jnp.convolve(x[:, base], filters[:, base], mode="valid") for base in range(4))
    return head(relu(h)[:, None])


@network()
def channels_first(x):
    """The layout of PyTorch."""
    h = convolve(x.T[None], weighted(x, 3, 4, 5), padding="SAME", dimension_numbers=("NCH", "HIO", "NCH"))
    return dense(max_pool(relu(h[0].T), 4).T, 2)


@network()
def image_of_bases(x):
    """A picture of height 4, convolved by a kernel that is as high."""
    kernel = weighted(x, 4, 5, 1, 3)
    h = convolve(x.T[None, :, :, None], kernel, (1, 1), dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return head(jnp.squeeze(relu(h), (0, 1)))


@network()
def tall_image(x):
    """A picture whose rows are convolved too, with padding above and below."""
    kernel = weighted(x, 2, 5, 1, 3)
    h = convolve(x.T[None, :, :, None], kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return head(tanh(h).transpose(0, 2, 3, 1)[0, :, :, 1])


@network()
def tall_image_pooled(x):
    """A picture whose rows are pooled together with its columns."""
    kernel = weighted(x, 2, 5, 1, 3)
    h = convolve(x[None, :, :, None], kernel.swapaxes(0, 1), (1, 1), dimension_numbers=("NHWC", "HWIO", "NHWC"))
    h = lax.reduce_window(relu(h), -jnp.inf, lax.max, (1, 4, 2, 1), (1, 3, 1, 1), "SAME")
    return head(h)


@network()
def inception(x):
    """Parallel kernels of several widths, and a pool beside them."""
    branches = [relu(conv(x, width, 2, padding="SAME")) for width in (1, 3, 6)]
    h = jnp.concatenate([*branches, max_pool(x, 3, 1, "SAME")], 1)
    return dense(conv(h, 3, 3).max(0), 2)


@network()
def two_trunks(x):
    """Trunks of different strides that meet in the dense layer."""
    fine = max_pool(relu(conv(x, 3, 3)), 2)
    coarse = relu(conv(x, 8, 3, stride=4, padding="SAME"))
    return head(jnp.concatenate([fine.reshape(-1), coarse.reshape(-1)]))


@network()
def two_trunks_that_meet(x):
    """Trunks of stride 2, by pooling and by convolution, that are added."""
    h = max_pool(relu(conv(x, 3, 3, padding="SAME")), 2) + relu(conv(x, 4, 3, stride=2, padding=[(1, 1)]))
    return head(relu(conv(h, 3, 2)))


@network()
def downsampled_and_up_again(x):
    """A U-Net: pooled, repeated, joined with what was there before."""
    fine = relu(conv(x, 3, 3, padding="SAME"))
    coarse = relu(conv(max_pool(fine, 2), 3, 3, padding="SAME", seed=1))
    h = jnp.concatenate([fine, jnp.repeat(coarse, 2, axis=0)], 1)
    return dense(conv(h, 3, 2).mean(0), 2)


@network(length=81)
def interpretable(x):
    """An exponential first layer of width 19, then a wide pool."""
    h = max_pool(exp(conv(x, 19, 4) - 1), 9)
    return head(relu(conv(h, 3, 3, seed=1)))


@network(lines=False)
def weights_of_each_position(x):
    """A factor and a summand of its own for each position and base."""
    return head(relu(x * weighted(x, LENGTH, 4) + weighted(x, LENGTH, 4, seed=1)))


@network()
def locally_connected(x):
    """A matrix of its own for each position, as in position-specific layers."""
    h = relu(conv(x, 5, 4, padding="SAME"))
    return head(tanh(jnp.einsum("lf,lfg->lg", h, weighted(x, LENGTH, 4, 3))))


@network()
def profile(x):
    """One output for each position."""
    return tanh(conv(x, 5, 2))[:, 0]


@network()
def vmapped(x):
    """Four towers at once, by `vmap` over their kernels."""
    kernels = weighted(x, 4, 5, 4, 2)

    def tower(kernel):
        h = lax.conv_general_dilated(x[None], kernel, (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))
        return relu(h[0]).max(0)

    return dense(jax.vmap(tower)(kernels), 2)
