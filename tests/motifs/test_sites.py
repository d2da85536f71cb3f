import jax
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.motifs.layer import read_layer, responses
from genomics.motifs.sites import RULES, find_sites


@pytest.mark.parametrize("rule", list(RULES))
@pytest.mark.parametrize("number", [1, 2])
def test_counts_equal_a_recount_window_by_window(predict, bases, rule, number):
    layer = read_layer(predict, 24, number)
    found = find_sites(predict, bases, layer, rule)
    respond = responses(predict, number, before_activation=rule == "basset")
    maps = np.asarray(jax.jit(jax.vmap(lambda row: respond(jax.nn.one_hot(row, 4))))(bases))
    inside = np.flatnonzero(layer.whole)
    for f in range(layer.filters):
        values = maps[:, inside, f]
        top = values.max()
        threshold = {"half_max": top / 2, "basset": values.mean() + (top - values.mean()) / 2, "best": 0.0}[rule]
        counts, sites, sequences = np.zeros((layer.width, 4)), 0, 0
        for row in range(len(bases)):
            chosen = [m for m in range(len(inside)) if values[row, m] > np.float32(threshold)]
            if rule == "best":
                chosen = [m for m in chosen if m == values[row].argmax()]
            sequences += bool(chosen)
            for m in chosen:
                sites += 1
                start = layer.starts[inside[m]]
                for place, base in enumerate(bases[row, start : start + layer.width]):
                    if base < 4:
                        counts[place, base] += 1
        np.testing.assert_array_equal(found.counts[f], counts)
        assert (found.number[f], found.sequences[f]) == (sites, sequences)
        assert found.dead[f] == (sites == 0)
        np.testing.assert_allclose(found.range.mean[f], values.mean(), rtol=1e-4, atol=1e-6)


def test_a_filter_that_never_responds_is_dead_and_the_planted_word_is_found(predict, bases):
    found = find_sites(predict, bases, read_layer(predict, 24))
    assert found.dead.tolist() == [False, False, True]
    assert found.counts[0].argmax(1).tolist() == [0, 1, 2, 3, 0]
    assert found.sequences[0] >= 100  # every third sequence has it where the stride looks
    assert found.total == 300


def test_an_unknown_rule_is_refused(predict, bases):
    with pytest.raises(InputError, match="threshold rule 'third': must be one of half_max, basset, best"):
        find_sites(predict, bases, read_layer(predict, 24), "third")
