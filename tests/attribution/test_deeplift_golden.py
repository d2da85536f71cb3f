"""Numbers of the original library (DeepLIFT 0.6.13) on a small network, in `tests/golden/deeplift_tiny_cnn.json`."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.deeplift import RULES, deeplift
from genomics.sequence.bases import encode

ORIGINAL_NAMES = {
    "rescale": "Rescale",
    "reveal_cancel": "RevealCancel",
    "genomics_default": "DeepLIFT_GenomicsDefault",
    "gradient": "Gradient",
    "guided_backprop": "GuidedBackprop",
    "guided_backprop_rescale": "GuidedBackpropRescale",
    "deconvnet": "DeconvNet",
    "pass_through": "PassThrough",
}

# Per-position contributions to task 0 with the cross rule, computed independently of this package.
CROSS = {
    ("rescale", "shuf"): [-0.0546, -0.1593, -0.1850, 0.1318, -0.3174, -0.1052, -0.0238, -0.0164],
    ("reveal_cancel", "shuf"): [-0.0381, -0.1734, -0.1895, 0.1039, -0.2258, -0.1032, -0.0859, -0.0180],
    ("genomics_default", "shuf"): [-0.0397, -0.1391, -0.1710, 0.0572, -0.1981, -0.1205, -0.1008, -0.0180],
    ("rescale", "zero"): [0, -0.0507, -0.2443, 0.0377, -0.5000, 0.0516, 0.0218, -0.0261],
    ("reveal_cancel", "zero"): [0, -0.0178, -0.2359, -0.0182, -0.3285, -0.0517, -0.0329, -0.0249],
    ("genomics_default", "zero"): [0, -0.0238, -0.2312, -0.0170, -0.3702, -0.0239, -0.0190, -0.0249],
}


def one_hot(text):
    return jnp.eye(4)[encode(text)]


@pytest.fixture(scope="module")
def golden(repository):
    return json.loads((repository / "tests/golden/deeplift_tiny_cnn.json").read_text())


@pytest.fixture(scope="module")
def x(golden):
    return one_hot(golden["seq"])


@pytest.fixture(scope="module")
def references(golden):
    flat = jnp.broadcast_to(jnp.array([0.3, 0.2, 0.2, 0.3]), (8, 4))
    return {"flat": flat, "shuf": one_hot(golden["refs"]["shuf"]), "zero": jnp.zeros((8, 4))}


@pytest.fixture(scope="module")
def network(golden):
    w = {name: jnp.asarray(value) for name, value in golden["weights"].items()}

    def predict(x):
        h = jax.lax.conv_general_dilated(
            x[None], w["W1"], (1,), "VALID", dimension_numbers=("NHC", "HIO", "NHC"), precision="highest"
        )
        h = jax.nn.relu(h + w["b1"])
        h = jax.lax.reduce_window(h, -jnp.inf, jax.lax.max, (1, 2, 1), (1, 2, 1), "VALID").reshape(-1)
        return jax.nn.relu(h @ w["W2"] + w["b2"]) @ w["W3"] + w["b3"]

    return predict


@pytest.fixture(scope="module")
def explained(network, x, references):
    """Of every rule the attributions for all references, both pool rules; compiled once a rule."""

    def explain(rule, pool):
        run = jax.jit(
            jax.vmap(lambda r: deeplift(network, reference=r, rule=rule, max_pool_rule=pool)(x)),
            compiler_options={"xla_backend_optimization_level": 0},
        )
        found = run(jnp.stack(list(references.values())))
        return {name: jax.tree.map(lambda leaf: leaf[i], found) for i, name in enumerate(references)}

    pairs = [(rule, "gradient") for rule in RULES]
    pairs += [(rule, "cross") for rule in ("rescale", "reveal_cancel", "genomics_default")]
    return {pair: explain(*pair) for pair in pairs}


def test_logits_are_the_stored_ones(network, x, references, golden):
    for name, array in {"X": x, **references}.items():
        np.testing.assert_allclose(network(array), golden["logits"][name], atol=1e-6)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("reference", ["flat", "shuf", "zero"])
def test_contributions_equal_the_original(explained, golden, rule, reference):
    found = explained[rule, "gradient"][reference]
    np.testing.assert_allclose(found.scores[0], golden["contribs"][f"{ORIGINAL_NAMES[rule]}/{reference}"], atol=1e-5)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("reference", ["flat", "shuf", "zero"])
def test_hypothetical_contributions_equal_the_original(explained, golden, x, references, rule, reference):
    found = explained[rule, "gradient"][reference].hypothetical[0]
    expected = np.array(golden["hyp"][f"{ORIGINAL_NAMES[rule]}/{reference}"])
    rows = np.ones(len(x), bool)
    if rule == "reveal_cancel" and reference != "flat":
        # Where an input does not differ, the original's multiplier is the noise of its padding constant.
        rows = np.asarray((x != references[reference]).all(1))
    np.testing.assert_allclose(found[rows], expected[rows], atol=1e-5)


def test_multipliers_equal_the_original_where_the_input_differs(explained, golden, x, references):
    for rule in RULES:
        for name, reference in references.items():
            differs = np.asarray(x != reference)
            expected = np.array(golden["mults"][f"{ORIGINAL_NAMES[rule]}/{name}"])
            found = explained[rule, "gradient"][name].scores[0] / jnp.where(differs, x - reference, 1)
            np.testing.assert_allclose(found[differs], expected[differs], atol=2e-5)


@pytest.mark.parametrize(("rule", "reference"), list(CROSS))
def test_cross_rule_by_position(explained, golden, rule, reference):
    found = explained[rule, "cross"][reference]
    np.testing.assert_allclose(found.scores[0].sum(-1), CROSS[rule, reference], atol=6e-5)
    difference = np.subtract(golden["logits"]["X"], golden["logits"][reference])
    np.testing.assert_allclose(found.scores.sum((1, 2)), difference, atol=1e-6)
    assert np.abs(found.residual).max() < 1e-6


def test_flat_reference_makes_both_pool_rules_agree(explained):
    for rule in ("rescale", "reveal_cancel", "genomics_default"):
        np.testing.assert_allclose(
            explained[rule, "cross"]["flat"].scores, explained[rule, "gradient"]["flat"].scores, atol=1e-6
        )


def test_gradient_pooling_misses_the_difference_with_a_shuffled_reference(explained):
    found = explained["rescale", "gradient"]["shuf"]
    np.testing.assert_allclose(found.scores[0].sum(), -1.20511, atol=1e-5)
    np.testing.assert_allclose(found.residual[0], -1.20511 + 0.730, atol=1e-5)


def test_guided_backprop_of_this_network_is_zero(explained):
    assert not explained["guided_backprop", "gradient"]["flat"].scores[0].any()


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (
            [3.0, 1.0],
            {
                "rescale": [0, 1],
                "reveal_cancel": [0.5, 0.5],
                "gradient": [0, 1],
                "guided_backprop": [3, 0],
                "deconvnet": [3, 0],
                "pass_through": [0, 1],
            },
        ),
        (
            [1.0, 3.0],
            {
                "rescale": [1, 0],
                "reveal_cancel": [0.5, 0.5],
                "gradient": [1, 0],
                "guided_backprop": [1, 0],
                "deconvnet": [1, 0],
                "pass_through": [0, 3],
            },
        ),
        (
            [2.0, 0.0],
            {
                "rescale": [0, 0],
                "reveal_cancel": [0, 0],
                "gradient": [0, 0],
                "guided_backprop": [2, 0],
                "deconvnet": [2, 0],
                "pass_through": [0, 0],
            },
        ),
    ],
)
def test_minimum_of_two_inputs(x, expected):
    # h = relu([i1, i1 - i2]), o = h0 - h1 = min(i1, i2) for positive inputs; the inputs stand in one row of four.
    first, last = jnp.zeros((4, 2)).at[:2].set(jnp.array([[1.0, 1.0], [0.0, -1.0]])), jnp.array([[1.0], [-1.0]])
    predict = lambda x: jax.nn.relu(x[0] @ first) @ last  # noqa: E731
    inputs = jnp.zeros((1, 4)).at[0, :2].set(jnp.array(x))
    for rule, scores in expected.items():
        found = jax.jit(deeplift(predict, reference=jnp.zeros((1, 4)), rule=rule))(inputs).scores
        np.testing.assert_allclose(found[0, 0], [*scores, 0, 0], atol=1e-6, err_msg=rule)
