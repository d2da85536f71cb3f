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
    return lax.while_loop(lambda v: v.sum() < 9, lambda v: v * 2, (h * gate).reshape(-1))


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
        ("while_1", "unsupported"),
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
    column = lines[0].index("DeepLIFT")
    assert lines[1][column:].startswith("linear")
    assert lines[2][column:].startswith("reveal_cancel")
    assert lines[8].startswith("7  while_1")
    assert [line[lines[0].index("LRP") :].split()[0] for line in lines[1:]] == [
        *("z_box", "pass", "winner", "epsilon", "pass", "gate", "moved", "unsupported")
    ]
    assert [line.split()[-1][-3:] for line in lines[1:3]] == [":12", ":12"]


def test_no_line_is_wider_than_a_screen():
    def deep(x):
        for name in ("a_module_of_a_long_name", "another_one_inside_it", "and_one_more"):
            with jax.named_scope(name):
                x = jax.nn.softmax(jax.nn.gelu(x @ jnp.ones((4, 4))), axis=-1)
        return x.sum(1)

    lines = format_layers(layers(deep, (1000, 4), rule="reveal_cancel")).splitlines()
    assert max(map(len, lines)) <= 80
    assert any("softmax" in line for line in lines)
    assert "a_module_of_a_long_name" in format_layers(layers(deep, (1000, 4)), width=200)


def test_an_unknown_rule_is_refused():
    with pytest.raises(InputError, match="rule 'gentle': must be one of"):
        layers(network, (9, 4), rule="gentle")
