"""Networks that are asked from Python."""

import jax.numpy as jnp
import numpy as np
import pytest

import genomics
from genomics.api.sequences import as_codes, as_sequences
from genomics.errors import InputError
from genomics.sequence.bases import decode, encode, one_hot

LETTERS = ["ACGTN", "GGGTA"]
CODES = np.stack([encode(text) for text in LETTERS])


@pytest.fixture(scope="module")
def run():
    return genomics.load(lambda x: jnp.maximum(x.sum(0) - x[0], 0.5), length=5, task_names=["a", "C", "g", "T"])


@pytest.mark.parametrize(
    "given",
    [LETTERS, tuple(LETTERS), np.array(LETTERS), CODES, CODES.tolist(), CODES.astype(float), one_hot(CODES)],
    ids=["texts", "tuple", "array of texts", "codes", "lists", "numbers", "one-hot"],
)
def test_sequences_come_as_letters_codes_or_one_hot(given):
    np.testing.assert_array_equal(as_sequences(given, 5).bases, CODES)


@pytest.mark.parametrize("given", ["ACGTN", b"acgtn", CODES[0], CODES[:1], one_hot(CODES)[0], one_hot(CODES)[:1]])
def test_one_sequence(given):
    np.testing.assert_array_equal(as_sequences(given, 5).bases, CODES[:1])
    np.testing.assert_array_equal(as_codes(given), CODES[0])


def test_four_bases_are_codes_unless_they_are_numbers_of_one_hot():
    np.testing.assert_array_equal(as_sequences(np.array([[0, 1, 2, 3]]), 4).bases, [[0, 1, 2, 3]])
    np.testing.assert_array_equal(as_sequences(np.eye(4, dtype=np.float32), 4).bases, [[0, 1, 2, 3]])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("ACG", "sequence 0: has 3 bases; the network takes 5"),
        (["ACGTA", "ACGT"], "sequence 1: has 4 bases"),
        (["ACGTA", "ACXTA"], "sequence 1, position 3: 'X' is no base"),
        (np.array([0, 1, 2, 5, 0]), "sequence 0, position 4: 5 is no code"),
        (np.array([0, 1, 2.5, 3, 0]), "sequence 0, position 3: 2.5 is no code"),
        (np.array([0, 1, np.nan, 3, 0]), "sequence 0, position 3: nan is no code"),
        (np.full((1, 5, 4), 0.25), r"sequence 0, position 1: \[0.25, .* is not one-hot"),
        (np.full((1, 5, 4), np.nan), "is not one-hot"),
        (np.zeros((2, 4, 5)), r"one-hot rows are \(N, L, 4\); \(N, 4, L\) is turned by"),
        (np.zeros((0, 5), int), "no sequence was given"),
        (np.zeros((1, 1, 5, 4)), "must be"),
        ([None], "must be letters"),
    ],
)
def test_what_is_no_sequence_is_told_with_its_place(given, message):
    with pytest.raises(InputError, match=message):
        as_sequences(given, 5)


def test_predictions_have_names(run):
    found = run.predict(LETTERS, tasks=["A", 3])
    assert found.axes == ("sequence", "task")
    assert found.labels == {"sequence": ("sequence_0", "sequence_1"), "task": ("a", "T")}
    np.testing.assert_array_equal(found, [[0.5, 1.0], [1.0, 1.0]])
    assert found.sel(task="A", sequence=1).values == 1.0
    assert found.sel(task="t").chosen == {"task": "T"}
    assert "<th>a</th><th>T</th>" in found._repr_html_()
    assert found._repr_png_() is None
    with pytest.raises(InputError, match="tasks=b: must be one of a, C, g, T or an index below 4"):
        run.predict(LETTERS, tasks="b")


def test_a_part_keeps_what_belongs_to_it(run):
    scores = run.explain(LETTERS, "deeplift", reference=[0.3, 0.2, 0.2, 0.3])
    part = scores.sel(sequence=[1], position=slice(1, 4), task="g")
    assert part.axes == ("sequence", "position", "base")
    assert part.hypothetical.shape == part.shape == (1, 3, 4)
    assert part.residual.axes == ("sequence",)
    assert decode(part.bases.values[0]) == "GGT"
    assert list(part.labels["position"]) == [1, 2, 3]
    np.testing.assert_array_equal(part.values[0], scores.values[1, 2, 1:4])
    with pytest.raises(InputError, match=r"sel\(position=9\): must be one of 0, 1"):
        scores.sel(position=9)
    with pytest.raises(InputError, match=r"sel\(bases=...\): the axes are sequence, task"):
        scores.sel(bases=0)
    with pytest.raises(AttributeError, match="beside its attributes it has bases, hypothetical, residual"):
        _ = scores.spread


def test_references_are_texts_frequencies_or_arrays(run):
    by_text, by_list = (
        run.explain(LETTERS, "deeplift", reference=each) for each in (".3,.2,.2,.3", (0.3, 0.2, 0.2, 0.3))
    )
    rows = np.broadcast_to(np.float32([0.3, 0.2, 0.2, 0.3]), (5, 4))
    by_array = run.explain(LETTERS, "deeplift", reference=rows)
    np.testing.assert_array_equal(by_text, by_list)
    np.testing.assert_array_equal(by_text, by_array)
    assert by_text.attributes["reference"] == "0.3,0.2,0.2,0.3"
    assert by_array.attributes["reference"].startswith("array sha256 ")
    assert by_text.observed
    assert not run.explain(LETTERS, "deeplift").observed
    with pytest.raises(InputError, match=r"holds sequences of length 3, the network reads 5"):
        run.explain(LETTERS, "deeplift", reference=rows[:3])
    with pytest.raises(InputError, match=r"must be \(4,\), \(L, 4\) or \(K, L, 4\)"):
        run.explain(LETTERS, "deeplift", reference=rows * np.nan)


@pytest.mark.parametrize(
    ("method", "settings", "message"),
    [
        ("deepleaf", {}, "method='deepleaf': must be one of saliency, .*deeplift"),
        ("epistasis", {}, "method='epistasis': must be one of"),
        ("deeplift", {"steps": 3}, "steps=: is no setting of deeplift, which has .*reference, rule"),
        ("integrated_gradients", {"steps": 0}, "^steps=0: must be at least 1"),
        ("ism", {"gauge": "log"}, "^gauge=log: must be one of delta"),
        ("deeplift", {"reference": "background"}, "examples: data= must name a data set"),
    ],
)
def test_settings_are_those_of_the_method(run, method, settings, message):
    with pytest.raises(InputError, match=message):
        run.explain(LETTERS, method, **settings)


def test_random_methods_repeat_with_the_seed(run):
    one, same, other = (run.explain(LETTERS, "smoothgrad", samples=3, seed=seed).values for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("source", "arguments", "message"),
    [
        ("absent", {}, "absent: must be FILE.h5"),
        ("absent.h5", {}, r"^absent\.h5: "),
        (lambda x: x.sum(0), {}, "<lambda>: a function needs length"),
        (lambda x: x.sum(), {"length": 3}, "must be logits"),
        (lambda x: x.sum(0), {"length": 3, "head": 1}, "head: is for files of networks"),
        (lambda x: x.sum(0), {"length": 3, "task_names": ["a"]}, "^task_names=a: 1 names, but <lambda> has 4 tasks"),
        ("absent_module:build", {"length": 3}, "absent_module:build: cannot import absent_module"),
    ],
)
def test_what_is_no_network_is_told_in_words_of_python(source, arguments, message):
    with pytest.raises(InputError, match=message) as caught:
        genomics.load(source, **arguments)
    assert "--" not in str(caught.value)


def test_pictures_of_one_sequence_and_task(run):
    scores = run.explain(LETTERS, "deeplift", reference="uniform")
    assert scores._repr_png_().startswith(b"\x89PNG")
    one = scores.sel(sequence=1, task="g")
    figure = genomics.logo(one, window=(1, 4))
    assert figure._repr_png_().startswith(b"\x89PNG")
    (axes,) = figure.axes
    assert axes.get_xlim() == (0.0, 5.0)
    assert axes.get_ylabel() == "contribution (output)" or axes.get_ylabel() == "contribution (logit)"
    assert [text.get_text() for text in figure.texts] == ["sequence_1 · g · deeplift", "observed bases"]
    heat = genomics.heatmap(run.ism(LETTERS).sel(sequence=0, task="C"))
    assert [axes.get_ylabel() for axes in heat.axes[:2]] == ["new base", "minus mean Δ logit"]
    with pytest.raises(InputError, match=r"one picture is of one sequence and task; \.sel\(sequence, task=\.\.\.\)"):
        genomics.logo(scores)
    with pytest.raises(InputError, match=r"window=\(3, 9\): must lie within 0 to 5"):
        genomics.logo(one, window=(3, 9))
    with pytest.raises(InputError, match="bases= must say what was observed"):
        genomics.logo(np.eye(4), observed=True)
    with pytest.raises(InputError, match="bases: 3, but scores of 4 positions"):
        genomics.logo(np.eye(4), "ACG")
