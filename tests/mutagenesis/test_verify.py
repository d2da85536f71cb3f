import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.mutagenesis.naive import ism
from genomics.mutagenesis.verify import verify

CODES = np.random.default_rng(0).integers(0, 5, (4, 9)).astype(np.uint8)  # with unknown bases
PARAMETERS = {"w": jax.random.normal(jax.random.key(0), (9, 4, 2)), "steps": np.arange(3)}


def apply(parameters, x):
    assert parameters["w"].dtype in (jnp.float32, x.dtype)
    return jnp.tanh(jnp.einsum("lb,lbt->t", x, parameters["w"])) * parameters["steps"][1]


def effect(parameters, x, mutant):
    return apply(parameters, mutant) - apply(parameters, x)


@pytest.fixture
def scores():
    explain = jax.vmap(lambda x: ism(lambda x: apply(PARAMETERS, x))(x).scores)
    return np.array(explain(jax.nn.one_hot(CODES, 4)))


def test_right_scores_pass_with_a_difference_of_rounding(scores):
    assert 0 < verify(effect, PARAMETERS, CODES, scores, count=50) < 1e-5


def test_a_wrong_score_fails_and_is_named(scores):
    rng = np.random.default_rng(0)
    known = np.argwhere(CODES != 4)[rng.integers((CODES != 4).sum(), size=1)[0]]
    scores[known[0], 1, known[1]] += 2e-4
    with pytest.raises(InputError, match=f"sequence {known[0]}, position {known[1]}, .>., task 1"):
        verify(effect, PARAMETERS, CODES, scores, count=400)


def test_a_score_that_is_no_number_fails(scores):
    with pytest.raises(InputError, match=r"task 0: nan, and .* both must be finite numbers"):
        verify(effect, PARAMETERS, CODES, np.full_like(scores, np.nan), count=1)


def test_sequences_of_unknown_bases_have_nothing_to_verify(scores):
    assert verify(effect, PARAMETERS, np.full((2, 9), 4, np.uint8), scores[:2], count=5) == 0
