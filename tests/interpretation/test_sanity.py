import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import spearmanr

from genomics.attribution.record import Attribution
from genomics.attribution.saliency import saliency
from genomics.errors import InputError
from genomics.evaluation.randomization import redrawn
from genomics.interpretation.method import Explainer, Method
from genomics.interpretation.sanity import comparison, notes, randomization
from genomics.interpretation.settings import Settings

KEYS = ("signed_mean", "signed_std", "absolute_mean", "absolute_std", "constant")


@pytest.fixture(scope="module")
def ruler():
    """A method that shows the sequence and no network: the number of each base times its position."""

    def build(predict, settings, own):
        def explain(x):
            tasks = jax.eval_shape(predict, x).shape[0]
            ruler = jnp.arange(1.0, len(x) + 1)[:, None] * jnp.array([1.0, -1.0, 1.0, -1.0])
            return Attribution(scores=jnp.broadcast_to(x * ruler, (tasks, *x.shape)))

        return explain

    line = Method(build=build, settings=Settings, definition="position", citation="nobody", label="position")
    return Explainer(name="ruler", method=line, settings=Settings())


def plain_map(predictor, parameters, codes):
    """The gradient at the observed base, NaN at N; without jit, batches or padding."""
    x = jax.nn.one_hot(codes, 4)
    scores = saliency(lambda x: predictor.apply(parameters, x))(x).scores
    return np.where(codes < 4, np.asarray((scores * x).sum(-1)), np.nan)


def plain_similarities(predictor, sequences, seed, draws, replicates=None):
    """(stages, 2, draws * sequences * tasks) by scipy; leaves in order b, dense, w."""
    leaves, structure = jax.tree.flatten(predictor.parameters)
    found = [[[], []] for _ in range(3)]

    def maps(leaves):
        networks = [leaves] if replicates is None else [[leaf[r] for leaf in leaves] for r in range(replicates)]
        trees = [jax.tree.unflatten(structure, network) for network in networks]
        each = [[plain_map(predictor, tree, codes) for codes in sequences.bases] for tree in trees]
        return np.mean(each, axis=0)

    original = maps(leaves)
    for draw in range(draws):
        b, dense, w = redrawn(leaves, (seed, draw), replicates)
        for stage, mixed in enumerate((leaves, [leaves[0], dense, leaves[2]], [b, dense, w])):
            for before, after in zip(original.reshape(-1, 12), maps(mixed).reshape(-1, 12), strict=True):
                known = ~np.isnan(before)
                found[stage][0].append(spearmanr(before[known], after[known]).statistic)
                found[stage][1].append(spearmanr(abs(before[known]), abs(after[known])).statistic)
    return np.array(found)


@pytest.mark.parametrize("kind", ["predictor", pytest.param("replicated", marks=pytest.mark.slow)])
def test_the_record_is_scipys(kind, request, sequences, ask):
    predictor = request.getfixturevalue(kind)
    record = randomization(predictor, sequences, ask("saliency"), draws=2, seed=3, batch_size=4)
    assert record["layers"] == ["none", "dense_1", "convolution_1"]
    assert (record["sequences"], record["draws"]) == (6, 2)
    expected = plain_similarities(predictor, sequences, 3, 2, predictor.replicates)
    (entry,) = record["methods"]
    assert entry["method"] == "saliency"
    for i, way in enumerate(("signed", "absolute")):
        np.testing.assert_allclose(entry[f"{way}_mean"], expected[:, i].mean(1), atol=2e-5)
        np.testing.assert_allclose(entry[f"{way}_std"], expected[:, i].std(1), atol=2e-5)
    assert entry["constant"] == [0, 0, 0]


def test_a_method_that_ignores_the_parameters_is_named(predictor, sequences, ask, ruler):
    record = randomization(predictor, sequences, [*ask("ism"), ruler], draws=2)
    assert json.loads(json.dumps(record)) == record
    mutagenesis, ignorant = record["methods"]
    assert all(len(entry[key]) == 3 for entry in record["methods"] for key in KEYS)
    np.testing.assert_allclose(ignorant["signed_mean"] + ignorant["absolute_mean"], 1, atol=1e-6)
    assert mutagenesis["signed_mean"][-1] < 0.5
    told = [note for note in notes(record) if "does not depend on the parameters" in note]
    assert len(told) == 2  # signed and absolute
    assert all(note.startswith("ruler ") for note in told)
    again, other = (randomization(predictor, sequences, ask("ism"), draws=2, seed=seed) for seed in (0, 1))
    assert again["methods"][0] == mutagenesis
    assert other["methods"][0]["signed_mean"] != mutagenesis["signed_mean"]


def entry(signed, absolute=(1.0, 0.1, 0.0), constant=(0.0, 0.0, 0.0)):
    return {"method": "m", "signed_mean": signed, "absolute_mean": absolute, "constant": constant}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (entry((1.0, 0.3, 0.2)), []),
        (entry((1.0, 0.3, 0.989)), []),
        (entry((1.0, 0.3, 0.99)), ["m does not depend on the parameters: similarity of signed maps 0.990"]),
        (entry((1.0, 0.5, 0.49)), ["similarity of signed maps 0.50 with top redrawn"]),
        (entry((1.0, 0.8, 0.6)), ["similarity of signed maps 0.80 with top redrawn, then 0.60 with bottom redrawn"]),
        (entry((1.0, 0.1, 0.0), absolute=(1.0, 0.7, 0.0)), ["similarity of absolute maps 0.70 with top redrawn"]),
        (entry((1.0, None, None), constant=(0.0, 1.0, 1.0)), ["m: 0% of its maps are constant, and 100% of the pairs"]),
    ],
)
def test_what_the_notes_say(found, expected):
    told = notes({"layers": ["none", "top", "bottom"], "methods": [found]})
    assert len(told) == len(expected)
    assert all(text in note for text, note in zip(expected, told, strict=True))


def test_without_parameters_there_is_nothing_to_redraw(predictor, sequences, ask):
    function = dataclasses.replace(
        predictor, apply=lambda _, x: predictor.apply(predictor.parameters, x), parameters={}, source="module:build"
    )
    record = randomization(function, sequences, ask("saliency"))
    assert list(record) == ["why"]
    assert record["why"].startswith("module:build has no parameters")
    assert notes(record) == []


def test_a_method_without_a_score_for_each_base_is_refused(predictor, sequences, ask):
    for method in ("indels", "epistasis"):
        with pytest.raises(InputError, match=f"--methods={method}: has no score for each of the four bases"):
            randomization(predictor, sequences, ask(method), draws=1)


def test_two_networks_are_compared(predictor, sequences, ask):
    (same,) = comparison(predictor, predictor, sequences, ask("gradient_x_input"), batch_size=4)
    assert same["signed_mean"] == pytest.approx(1, abs=1e-6)
    assert same["absolute_std"] == pytest.approx(0, abs=1e-6)
    negative = jax.tree.map(jnp.copy, predictor.parameters) | {"dense": -predictor.parameters["dense"]}
    opposite = dataclasses.replace(predictor, parameters=negative)
    (other,) = comparison(predictor, opposite, sequences, ask("gradient_x_input"), batch_size=4)
    assert other["signed_mean"] == pytest.approx(-1, abs=1e-6)
    assert other["absolute_mean"] == pytest.approx(1, abs=1e-6)
    assert set(other) == {"method", *KEYS}
    with pytest.raises(InputError, match=r"test: its tasks is \('A', 'C'\); must be \('A', 'B'\) as in test"):
        comparison(predictor, dataclasses.replace(predictor, tasks=("A", "C")), sequences, ask("saliency"))
