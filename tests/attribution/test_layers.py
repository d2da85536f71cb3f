import jax
import jax.numpy as jnp
import pytest
from jax import lax

from genomics.attribution.layers import format_layers, layers
from genomics.errors import InputError


def network(x):
    with jax.named_scope("stem"):
        h = jax.nn.relu(x @ jnp.ones((4, 6)) + 1)
        h = lax.reduce_window(h, -jnp.inf, lax.max, (3, 1), (3, 1), "VALID")
    gate = jax.nn.sigmoid(h @ jnp.ones((6, 6)))
    return jnp.cumprod((h * gate).reshape(-1))


def test_every_layer_has_its_rule():
    def rules(**options):
        return [(layer.name, layer.rule) for layer in layers(network, (9, 4), **options)]

    assert rules() == [
        ("dense_1", "linear"),
        ("relu_1", "reveal_cancel"),
        ("max_pool_1", "cross"),
        ("dense_2", "linear"),
        ("logistic_1", "reveal_cancel"),
        ("mul_1", "shapley"),
        ("flatten_1", "linear"),
        ("cumprod_1", "unsupported"),
    ]
    changed = dict(rules(rule="gradient", max_pool_rule="gradient"))
    assert [changed[name] for name in ("relu_1", "max_pool_1", "mul_1")] == ["gradient"] * 3
    assert dict(rules(rule="rescale"))["relu_1"] == "rescale"


def test_rows_hold_module_shape_weights_and_line():
    table = layers(network, (9, 4))
    assert [layer.index for layer in table] == list(range(8))
    assert (table[0].module, table[0].shape, table[0].weights) == ("stem", (9, 6), (4, 6))
    assert (table[3].module, table[3].shape, table[3].weights) == ("", (3, 6), (6, 6))
    assert table[2].weights is None
    assert "test_layers.py" in table[7].where
    assert "(network)" in table[7].where


def test_text_is_one_line_a_layer_and_aligned():
    lines = format_layers(layers(network, (9, 4))).splitlines()
    assert len(lines) == 9
    column = lines[0].index("rule")
    assert lines[1][column:].startswith("linear")
    assert lines[2][column:].startswith("reveal_cancel")
    assert lines[8].startswith("7  cumprod_1")


def test_an_unknown_rule_is_refused():
    with pytest.raises(InputError, match="rule 'gentle': must be one of"):
        layers(network, (9, 4), rule="gentle")
