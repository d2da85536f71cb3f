import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from genomics.tracing.program import trace
from genomics.tracing.receptive_field import receptive_fields


def conv(x, width, **options):
    """All ones, channels last, with a batch axis of one."""
    kernel = jnp.ones((width, x.shape[-1], 2))
    options = {"window_strides": (1,), "padding": "VALID", "dimension_numbers": ("NWC", "WIO", "NWC"), **options}
    return lax.conv_general_dilated(x[None], kernel, **options)[0]


def pool(x, size, stride, padding="VALID"):
    return lax.reduce_window(x, 0.0, lax.add, (size, 1), (stride, 1), padding)


def residual(x):
    h = conv(x, 5, padding="SAME")
    return jax.nn.relu(conv(h, 3, padding="SAME", rhs_dilation=(2,)) + h)


CASES = {
    "valid": lambda x: conv(x, 5),
    "same, even width": lambda x: conv(x, 4, padding="SAME"),
    "stride": lambda x: conv(x, 5, window_strides=(3,)),
    "dilation": lambda x: conv(x, 3, rhs_dilation=(4,), padding=[(2, 1)]),
    "two layers and pools": lambda x: pool(conv(pool(conv(x, 3), 3, 3, "SAME"), 3), 2, 1),
    "residual": residual,
    "slice and pad": lambda x: jnp.pad(x[3:-1:2], ((4, 0), (0, 0))),
    "reversed": lambda x: conv(conv(x, 2)[::-1], 3, window_strides=(2,)),
    "transposed, dense at each position": lambda x: (x @ jnp.ones((4, 3))).T[:, None, :].sum(0).T,
    "dense from the right": lambda x: jnp.ones((3, 4)) @ x.T,
    "concatenated channels": lambda x: jnp.concatenate([conv(x, 5, padding="SAME"), x], 1),
    "transposed convolution": lambda x: conv(x, 3, lhs_dilation=(2,), padding=[(1, 1)]),
    "reshaped": lambda x: conv(x.reshape(1, 20, 2, 2)[0].reshape(20, 4), 3),
}


@pytest.mark.parametrize("function", CASES.values(), ids=CASES.keys())
def test_fields_hold_exactly_what_the_values_depend_on(function):
    x = jax.random.uniform(jax.random.key(0), (20, 4)) + 1
    program = trace(function, x)
    field = receptive_fields(program)[program.output]
    jacobian = jax.jit(jax.jacrev(function))(x)
    depends = np.moveaxis(np.asarray(jacobian), field.axis, 0)
    depends = np.abs(depends).sum(-1)  # over bases
    depends = depends.reshape(depends.shape[0], -1, 20).sum(1) > 0
    assert depends.any()
    for i, row in enumerate(depends):
        seen = np.flatnonzero(row)
        if len(seen):
            assert field.first + i * field.stride <= seen[0]
            assert seen[-1] <= field.last + i * field.stride
    # The bounds are sharp where nothing is cut off by the sequence's ends.
    whole = [
        i for i in range(len(depends)) if field.first + i * field.stride >= 0 and field.last + i * field.stride < 20
    ]
    if field.stride == int(field.stride):
        i = whole[len(whole) // 2]
        seen = np.flatnonzero(depends[i])
        assert (seen[0], seen[-1]) == (field.first + i * field.stride, field.last + i * field.stride)


def test_on_paper():
    program = trace(lambda x: pool(conv(x, 5), 4, 4, "SAME"), jnp.zeros((19, 4)))
    field = receptive_fields(program)[program.output]
    # 15 outputs in 4 windows of 4: one position of padding, on the right.
    assert (field.axis, field.stride, field.first, field.last) == (0, 4, 0, 7)
    assert field.centres(4).tolist() == [3.5, 7.5, 11.5, 15.5]


def test_values_that_mix_all_positions_have_no_field():
    def function(x):
        return (conv(x, 5).reshape(-1) @ jnp.ones((32, 3))) * x.sum()

    program = trace(function, jnp.zeros((20, 4)))
    fields = receptive_fields(program)
    assert program.output not in fields
    assert sum(equation.outputs[0] in fields for equation in program.equations) == 3  # batch axis, convolution, squeeze


def test_branches_of_unequal_stride_have_no_field():
    program = trace(lambda x: x[::2] + x[:10], jnp.zeros((20, 4)))
    assert program.output not in receptive_fields(program)


def test_beside_a_value_that_has_seen_everything_a_field_is_where_the_local_part_looks():
    def gated(x):
        h = conv(x, 5)
        return conv(h * jax.nn.sigmoid(h.mean(0)) + jnp.ones((16, 16)) @ h, 3)

    program = trace(gated, jnp.zeros((20, 4)))
    assert program.output not in receptive_fields(program)
    field = receptive_fields(program, local=True)[program.output]
    assert (field.first, field.last, field.stride, field.axis) == (0, 6, 1, 0)
