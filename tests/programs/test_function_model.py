import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.programs.function_model import load_function


@pytest.fixture(autouse=True)
def _importable(monkeypatch, repository):
    monkeypatch.syspath_prepend(str(repository / "tests" / "programs"))


def test_a_function_is_a_predictor():
    import tiny_network

    found = load_function("tiny_network:build", 24)
    x = jnp.asarray(np.random.default_rng(0).normal(size=(24, 4)), jnp.float32)
    np.testing.assert_array_equal(found.apply(found.parameters, x), tiny_network.build()(x))
    assert found.tasks == ("task_0", "task_1")
    assert (found.length, found.replicates, found.source) == (24, None, "tiny_network:build")
    assert load_function("tiny_network:build", 24, ["a", "b"]).tasks == ("a", "b")


def test_the_fingerprint_is_of_the_numbers_and_the_shape():
    again = [load_function("tiny_network:build", 24).fingerprint for _ in range(2)]
    assert again[0] == again[1]
    assert load_function("tiny_network:other", 24).fingerprint != again[0]


def test_the_fingerprint_sees_constants_wiring_and_parameters_of_primitives(monkeypatch):
    import tiny_network

    def fingerprint(predict):
        monkeypatch.setattr(tiny_network, "build", lambda: predict)
        return load_function("tiny_network:build", 3).fingerprint

    w = jnp.arange(12.0).reshape(3, 4)
    networks = [
        lambda x: jax.nn.relu((x * w).sum(1)),
        lambda x: jax.nn.relu((x * (w + 1)).sum(1)),
        lambda x: jax.jit(lambda x: jax.nn.relu((x * (w + 2)).sum(1)))(x),
        lambda x: jax.nn.relu((x * w).sum(0)),
        lambda x: (x * w).sum(1) - x[:, 0],
        lambda x: x[:, 0] - (x * w).sum(1),
        lambda x: jnp.zeros(3),
        lambda x: jnp.ones(3),
    ]
    assert len({fingerprint(predict) for predict in networks}) == len(networks)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("tiny_network", "must be MODULE:FUNCTION"),
        (":build", "must be MODULE:FUNCTION"),
        ("tiny_networks:build", "cannot import tiny_networks: ModuleNotFoundError"),
        ("tiny_network:absent", "absent does not exist in"),
        ("tiny_network:not_a_function", "not_a_function is not a function in"),
        ("tiny_network:not_a_predict", "returns a int; must return predict"),
        ("tiny_network:fails", "fails() fails: RuntimeError: no weights"),
        ("tiny_network:wrong_length", "predict fails at one sequence (24, 4): TypeError"),
        ("tiny_network:no_vector", "returns float32[24, 4]; must be logits (T,)"),
    ],
)
def test_whatever_is_wrong_with_it_is_one_clear_error(spec, message):
    with pytest.raises(InputError) as caught:
        load_function(spec, 24)
    assert str(caught.value).startswith(f"--model={spec}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_number_of_names_must_agree():
    with pytest.raises(InputError, match="--task_names=a,b,c: 3 names, but tiny_network:build has 2 tasks"):
        load_function("tiny_network:build", 24, ["a", "b", "c"])
