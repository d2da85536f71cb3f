import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from genomics.data.motifs import packaged_motifs
from genomics.errors import InputError
from genomics.models.constrained import Constrained, after_epoch, after_update, penalties
from genomics.models.interpretable import InterpretableConfig, at_most_two_bits, information_gain
from genomics.models.lab import LabConfig
from genomics.models.motif_kernels import information_kernel
from genomics.models.table import build, config_from_dict, config_to_dict
from genomics.sequence.motif import information

# Without subnormal numbers: XLA may flush them to zero on a CPU, numpy never does.
KERNELS = arrays.arrays(np.float32, (3, 4, 2), elements=st.floats(-8, 8, width=32, allow_subnormal=False))


def network(**fields):
    config = InterpretableConfig(**{"filters": 3, "width": 5, **fields})
    return build(config, length=30, num_tasks=2, key=jax.random.key(0))


@settings(max_examples=40, deadline=None)
@given(KERNELS)
def test_projected_kernels_are_never_negative_and_never_above_two_bits(kernel):
    projected = np.asarray(jax.jit(at_most_two_bits)(kernel))
    assert projected.min() >= 0
    assert projected.sum(1).max() <= 2.0  # exactly, in float32
    inside = np.maximum(kernel, 0).sum(1, keepdims=True) <= 1.99
    np.testing.assert_array_equal(np.where(inside, projected, 0), np.where(inside, np.maximum(kernel, 0), 0))


@jax.jit
def heights(kernel):
    return information_gain(at_most_two_bits(kernel))


@settings(max_examples=40, deadline=None)
@given(KERNELS)
def test_information_gain_matrices_are_heights_of_logos(kernel):
    gained = np.asarray(heights(kernel), np.float64)
    total = gained.sum(1)
    p = np.divide(gained, total[:, None], out=np.full_like(gained, 0.25), where=total[:, None] > 1e-4)
    bits = np.stack([information(p[..., f]) for f in range(2)], -1)
    np.testing.assert_allclose(np.where(total > 1e-4, total, 0), np.where(total > 1e-4, bits, 0), atol=1e-4)


def test_information_gain_of_known_columns():
    columns = jnp.array([[2.0, 0, 0, 0], [0.5, 0.5, 0.5, 0.5], [0.75, 0.75, 0, 0], [0.1, 0, 0, 0]])[:, :, None]
    gained = np.asarray(information_gain(columns))[..., 0]
    np.testing.assert_allclose(gained[0], [2, 0, 0, 0], atol=2e-6)
    np.testing.assert_allclose(gained[1], 0, atol=1e-6)
    np.testing.assert_allclose(gained[2], [0.5, 0.5, 0, 0], atol=1e-6)
    # Below one bit: 0.05 each is added, so p = (1/2, 1/6, 1/6, 1/6).
    bits = 2 + 0.5 * np.log2(0.5) + 0.5 * np.log2(1 / 6)
    np.testing.assert_allclose(gained[3], bits * np.array([1 / 2, 1 / 6, 1 / 6, 1 / 6]), atol=1e-6)


def test_after_an_epoch_the_offset_follows_the_information():
    model = network()
    model.learned.kernel[...] = jnp.zeros((5, 4, 3)).at[0, 0, 0].set(1.5).at[0, :2, 1].set(0.75)
    model.learned.offset[...] = jnp.array([-3.0, -3.0, -3.0])
    new = after_epoch(model)
    # 1.5 bits of one base become 2; (.75, .75) becomes one bit; a filter without weights is set back.
    np.testing.assert_allclose(new.learned.offset[...], [-3 * 2 / 1.5, -3 * 1 / 1.5, -0.3], rtol=1e-5)
    assert float(model.learned.offset[...][0]) == -3.0  # the old network is left as it was


def test_after_an_update_offsets_are_not_positive_and_known_filters_not_touched():
    model = network(motifs="packaged", positive_head=True)
    model.learned.offset[...] = jnp.array([1.0, -2.0, 0.0])
    model.head.kernel[...] = -model.head.kernel[...]
    new = after_update(model)
    np.testing.assert_array_equal(new.learned.offset[...], [0.0, -2.0, 0.0])
    np.testing.assert_array_equal(new.head.kernel[...], 0.0)
    np.testing.assert_array_equal(new.known.kernel[...], model.known.kernel[...])


def test_no_gradient_reaches_known_filters():
    model = network(motifs="packaged")
    x = jax.nn.one_hot(jax.random.randint(jax.random.key(1), (30,), 0, 4), 4)
    gradient = jax.jit(jax.grad(lambda model: model(x).sum()))(model)
    assert not np.asarray(gradient.known.kernel[...]).any()
    assert not np.asarray(gradient.known.offset[...]).any()
    assert np.asarray(gradient.learned.kernel[...]).any()


@pytest.mark.parametrize("fields", [{}, {"motifs": "packaged"}, {"filters": 0, "motifs": "packaged"}])
def test_both_forms_agree_with_a_plain_loop(fields):
    model = network(**fields)
    codes = np.random.default_rng(0).integers(0, 5, 30)
    x = np.eye(5, 4)[codes]
    kernel, offset = (np.asarray(v, np.float64) for v in model.filters())
    padded = np.pad(x, ((len(kernel) - 1,) * 2, (0, 0)))
    scores = [np.einsum("wa,waf->f", padded[i : i + len(kernel)], kernel) for i in range(len(padded) - len(kernel) + 1)]
    present = 1 / (1 + np.exp(-(np.max(scores, 0) + offset)))
    expected = present @ np.asarray(model.head.kernel[...]) + np.asarray(model.head.bias[...])
    for form in ("primitive", "matmul"):
        logits = jax.jit(lambda model, x, form=form: model(x, form))(model, jnp.asarray(x, jnp.float32))
        np.testing.assert_allclose(logits, expected, atol=2e-5)


def test_penalties_are_their_formulas():
    model = network(position_penalty=2.0, filter_penalty=3.0, weight_penalty=5.0, offset_penalty=7.0, head_penalty=11.0)
    model.learned.offset[...] = jnp.array([0.0, -1.0, -2.0])
    kernel = np.asarray(model.learned.kernel[...], np.float64)
    far = np.array([2.5, 1.5, 0.5, 1.5, 2.5]) / 2.5
    expected = {
        "position": 2 * (far[:, None, None] * np.abs(kernel)).sum(),
        "filter": 3 * np.sqrt((kernel**2).sum((0, 1))).sum(),
        "weight": 5 * np.abs(kernel).sum(),
        "offset": 7 * 3.0,
        "head": 11 * np.abs(np.asarray(model.head.kernel[...])).sum(),
    }
    found = jax.jit(penalties)(model)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5)
    assert penalties(network()) == {}


def test_a_dropped_filter_has_a_finite_gradient():
    model = network(filter_penalty=1.0)
    model.learned.kernel[...] = jnp.zeros((5, 4, 3))
    gradient = jax.jit(jax.grad(lambda model: penalties(model)["filter"]))(model)
    np.testing.assert_array_equal(gradient.learned.kernel[...], 0.0)


def test_known_kernels_are_the_motifs_logos():
    motif = packaged_motifs()["MA0151.1"]
    kernel = information_kernel([motif], 8)[..., 0]
    p = (motif.probabilities + 1e-3) / 1.004
    np.testing.assert_allclose(kernel[1:7], p * information(p)[:, None], atol=1e-6)
    assert not kernel[[0, 7]].any()
    with pytest.raises(InputError, match=r"motif MA0151.1 is 6 wide; the filters hold only 5"):
        information_kernel([motif], 5)


def test_only_this_network_is_constrained():
    lab = build(LabConfig(), length=200, num_tasks=3, key=jax.random.key(0))
    assert isinstance(network(), Constrained)
    assert not isinstance(lab, Constrained)
    assert after_update(lab) is lab
    assert after_epoch(lab) is lab
    assert penalties(lab) == {}


def test_the_configuration_survives_json_and_the_summary_counts_learned_parameters():
    config = InterpretableConfig(motifs="packaged", weight_penalty=0.5)
    assert config_from_dict(config_to_dict(config)) == config
    rows = network(motifs="packaged").layers()
    assert rows[0].output == (48, 33)  # 30 + 19 - 1 windows of the widest motif, 3 + 15 x 2 filters
    assert rows[0].parameters == 3 * (5 * 4 + 1)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"filters": 0}, "model.filters=0: must be at least 1, or model.motifs"),
        ({"width": 0}, "model.width=0"),
        ({"head_penalty": -1.0}, "model.head_penalty=-1.0: must be at least 0"),
        ({"motifs": "absent.meme"}, "absent.meme: cannot be read"),
    ],
)
def test_values_out_of_range_are_refused(fields, message):
    with pytest.raises(InputError, match=message):
        network(**fields)
