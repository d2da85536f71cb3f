"""Targets that hold something of the sequence explained, through every method and analysis."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.references import parse_reference
from genomics.interpretation.explanation import explanation
from genomics.interpretation.faithfulness import predict_many
from genomics.interpretation.marginals import _network
from genomics.interpretation.methods import ALL
from genomics.interpretation.scoring import score
from genomics.interpretation.selfcheck import verify_mutagenesis
from genomics.lenses.head import Head
from genomics.lenses.networks import one_network
from genomics.lenses.view import Lens, view
from genomics.motifs.influence import influence
from genomics.motifs.layer import read_layer
from genomics.programs.tasks import restricted
from tests.interpretation.conftest import LENGTH
from tests.predictors import predictor_of

WEIGHTS = tuple(
    0.7 * jax.random.normal(jax.random.key(seed), shape) for seed, shape in enumerate(((3, 4, 6), (3, 6, 2)))
)


def _convolution(x, kernel):
    return jax.lax.conv_general_dilated(x[None], kernel, (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))[0]


def _network_profile(parameters, x):
    return _convolution(jax.nn.relu(_convolution(x, parameters[0])), parameters[1])


HEAD = Head(apply=_network_profile, shape=(LENGTH - 4, 2), name="profile")


def _predictor(lens):
    shown = view(HEAD, lens, WEIGHTS, LENGTH)
    return predictor_of(shown, WEIGHTS, LENGTH)


LENSES = {
    "profile": Lens(target="profile"),
    "both strands": Lens(target="profile", strands="both", pairs="0-1"),
    "bins": Lens(bins=(2, 5), over="max", strands="both", pairs="none"),
}


def _by_hand(lens, x, explained):
    """The number of a sequence, with the weights of the one explained, in double precision."""
    y, own = (np.asarray(_both(lens, each), np.float64) for each in (x, explained))
    if lens.bins:
        return y[2:6].max(0)
    weights = np.exp(own) / np.exp(own).sum()
    return np.array([(weights * (y - y.mean())).sum()])


def _both(lens, x):
    y = _network_profile(WEIGHTS, x)
    if lens.strands == "forward":
        return y
    other = _network_profile(WEIGHTS, x[::-1, ::-1])[::-1]
    return (y + (other[:, ::-1] if lens.pairs == "0-1" else other)) / 2


MOST = [("both strands", method) for method in ALL]


@pytest.mark.parametrize(("name", "method"), [*MOST, ("profile", "deeplift"), ("bins", "deeplift"), ("bins", "ism")])
def test_every_method_explains_every_target(name, method, sequences, ask):
    lens = LENSES[name]
    predictor = _predictor(lens)
    settings = {"reference": parse_reference("uniform"), "steps": 60} if method != "deepshap" else {}
    (explainer,) = ask(method, **settings)
    own = explanation(predictor, sequences, explainer)
    first = jax.tree.map(lambda values: values[0], own.inputs(np.zeros(1, np.int64)))
    found = jax.jit(own.function)(predictor.parameters, first)
    assert np.isfinite(found["scores"]).all()
    x = jax.nn.one_hot(sequences.bases[0], 4)
    before = _by_hand(lens, x, x)
    if method == "ism":
        mutant = x.at[7].set(jnp.roll(x[7], 1))
        np.testing.assert_allclose(
            found["scores"][:, 7, int(mutant[7].argmax())], _by_hand(lens, mutant, x) - before, atol=1e-5
        )
    if method in ("deeplift", "integrated_gradients"):
        explained = before - _by_hand(lens, jnp.full((LENGTH, 4), 0.25), x)
        tolerance = 1e-5 if method == "deeplift" else 2e-2
        np.testing.assert_allclose(found["scores"].sum((1, 2)), explained, atol=tolerance)
        assert np.abs(found["residual"]).max() < tolerance


@pytest.fixture(scope="module")
def profile():
    return _predictor(LENSES["profile"])


def test_variants_are_judged_by_the_weights_of_their_sequence(profile, sequences):
    one, other = sequences.bases[:2]
    found = predict_many(profile, sequences, 2)(np.stack([one, other, other]), np.stack([one, one, other]))
    x, y = jax.nn.one_hot(one, 4), jax.nn.one_hot(other, 4)
    lens = LENSES["profile"]
    expected = [_by_hand(lens, x, x), _by_hand(lens, y, x), _by_hand(lens, y, y)]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.abs(found[1] - found[2]) > 1e-3
    np.testing.assert_allclose(_network(profile, 2)(np.stack([other]), np.stack([one])), expected[1:2], atol=1e-5)


def test_a_filter_is_fixed_under_the_weights_of_the_sequence(profile, sequences):
    """By hand: the layer's response to a sequence with one filter at its mean, and the weights as they were."""
    bases = sequences.bases[:3]
    x = jax.nn.one_hot(bases, 4)
    predict = lambda x: profile.apply(WEIGHTS, x)  # noqa: E731
    layer = read_layer(predict, LENGTH)
    found = influence(predict, bases, layer, None, bound=lambda x: profile.bound(WEIGHTS, x))
    response = jax.vmap(lambda x: jax.nn.relu(_convolution(x, WEIGHTS[0])))(x)
    mean = response.mean((0, 1))
    fixed = response.at[:, :, 2].set(mean[2])
    changes = []
    for before, after in zip(response, fixed, strict=True):
        y, changed = (np.asarray(_convolution(each, WEIGHTS[1]), np.float64) for each in (before, after))
        weights = np.exp(y) / np.exp(y).sum()
        changes.append((weights * (changed - changed.mean() - y + y.mean())).sum())
    np.testing.assert_allclose(found.change[2], [np.mean(np.square(changes))], rtol=1e-4)


def test_mutations_are_verified_under_the_weights_of_the_sequence(profile, sequences, ask, tmp_path):
    path, questions = score(profile, sequences, ask("ism"), tmp_path)
    assert "at most" in verify_mutagenesis(profile, path, questions, 20, seed=0)


def test_some_tasks_of_what_is_bound(sequences):
    lens = LENSES["bins"]
    predictor = restricted(_predictor(lens), (1,))
    x = jax.nn.one_hot(sequences.bases[0], 4)
    np.testing.assert_allclose(predictor.bound(WEIGHTS, x)(x), _by_hand(lens, x, x)[1:], atol=1e-5)
    only = restricted(dataclasses.replace(_predictor(LENSES["profile"]), tasks=("one",)), (0,))
    assert only.bind is not None


def test_replicates_are_bound_each_by_itself(sequences, ask):
    """The mean over networks of numbers whose weights are each network's own."""
    lens, several = LENSES["profile"], tuple(jnp.stack([each, 0.5 * each]) for each in WEIGHTS)
    two = dataclasses.replace(_predictor(lens), parameters=several, replicates=2)
    (explainer,) = ask("ism")
    own = explanation(two, sequences, explainer)
    first = jax.tree.map(lambda values: values[0], own.inputs(np.zeros(1, np.int64)))
    found = jax.jit(own.function)(several, first)
    alone = []
    for number in range(2):
        network = dataclasses.replace(two, parameters=one_network(several, 2, number), replicates=None)
        function = explanation(network, sequences, explainer).function
        alone.append(np.asarray(jax.jit(function)(network.parameters, first)["scores"]))
    np.testing.assert_allclose(found["scores"], np.mean(alone, 0), atol=1e-5)
    np.testing.assert_allclose(found["scores_std"], np.std(alone, 0), atol=1e-5)
