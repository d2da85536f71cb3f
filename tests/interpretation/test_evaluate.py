import dataclasses
import json

import h5py
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.evaluation.faithfulness import FRACTIONS
from genomics.interpretation import evaluate as module
from genomics.interpretation.evaluate import check, evaluate
from genomics.interpretation.scoring import score
from genomics.io.truth import Truth
from genomics.models.predictor import Predictor

START, WIDTH = 3, 4


@pytest.fixture(scope="module")
def planted(sequences):
    """A motif of factor "a" at 3..6 of every sequence but the last; task B has no factor."""
    rows = len(sequences.bases)
    start = np.full((rows, 1), START, np.int16)
    start[-1] = -1
    truth = Truth(start=start, factor=np.minimum(start, 0), strand=np.sign(start + 1).astype(np.int16))
    bases = sequences.bases.copy()
    bases[3, 4] = 2  # no N in a motif
    bases[0, 9] = 4
    return dataclasses.replace(sequences, bases=bases, truth=truth, factors=("a",), widths=(WIDTH,))


@pytest.fixture(scope="module")
def see_planted():
    """Logits that are sums over bases: A of those at the motif's place, B of all others."""
    weights = np.random.default_rng(0).uniform(1, 2, (2, 12, 4)).astype(np.float32)
    inside = (np.arange(12) >= START) & (np.arange(12) < START + WIDTH)
    weights[0, ~inside], weights[1, inside] = 0, 0
    return Predictor(
        apply=lambda parameters, x: jnp.tensordot(parameters["w"], x, ((1, 2), (0, 1))),
        parameters={"w": jnp.asarray(weights)},
        replicates=None,
        length=12,
        tasks=("A", "B"),
        fingerprint="1" * 64,
        source="linear",
    )


@pytest.fixture(autouse=True)
def figures(request, monkeypatch):
    """Drawn only for the test that asks for them by this name."""
    if request.node.name != "test_without_truth_the_rest_is_done_and_it_is_said":
        monkeypatch.setattr(module, "draw_evaluation", lambda *_: [])


def run(predictor, sequences, explainers, output, draws=0, seed=0, among=()):
    """Scores by some methods, and evaluates with these and others of known settings."""
    path, _ = score(predictor, sequences, explainers, output)
    known = {each.name: each for each in [*explainers, *among]}
    lines = evaluate(predictor, sequences, path, known, seed=seed, draws=draws, split="test")
    return json.loads((output / "evaluation.json").read_text()), lines


def only(records, **wanted):
    (found,) = (each for each in records if all(each[key] == value for key, value in wanted.items()))
    return found


def test_the_gradient_of_a_planted_linear_model_is_perfect(see_planted, planted, ask, tmp_path):
    found, lines = run(see_planted, planted, ask("saliency", "deconvnet"), tmp_path)
    entry = only(found["ground_truth"], method="saliency", task="A")
    for measure in ("auroc", "auprc", "top_inside", "auroc_any_base", "auprc_any_base"):
        assert entry[measure] == [1, 1, 1]
    assert entry["sequences"] == 5
    assert entry["chance"] == pytest.approx(WIDTH / 12)
    assert entry["signal_to_noise"] is None  # nothing outside
    assert {each["task"] for each in found["ground_truth"]} == {"A"}
    assert found["ranking"] == {"A": [{"method": name, "auprc": 1} for name in ("saliency", "deconvnet")]}
    assert found["notes"] == ["not randomised: --evaluate_draws=0", "not graded: B: no planted factor has this name"]
    assert found["methods"] == ["saliency", "deconvnet"]
    assert max(map(len, lines[:4])) <= 80


def test_what_is_read_elsewhere_does_not_find_it(see_planted, planted, ask, tmp_path):
    moved = dataclasses.replace(see_planted, parameters={"w": see_planted.parameters["w"][::-1]})
    found, _ = run(moved, planted, ask("saliency"), tmp_path)
    # All but one sequence: none of 4 * 8 pairs in order; in that one an N, worth nothing, ties with the planted bases.
    assert only(found["ground_truth"], task="A")["auroc"][0] == pytest.approx(4 / 2 / 32 / 5)


def test_curves_of_a_linear_model_gain_for_mutagenesis_and_agree(see_planted, planted, ask, tmp_path):
    found, _ = run(see_planted, planted, ask("corrected_gradient", "ism"), tmp_path)
    for task in ("A", "B"):
        exact, gradient = (
            only(found["faithfulness"], method=name, task=task) for name in ("ism", "corrected_gradient")
        )
        assert exact["sequences"] == 6
        assert exact["fractions"] == FRACTIONS.tolist()
        # Of a sum, the corrected gradient at the observed base is minus the mean effect of its mutations: same order.
        assert gradient["ism_pearson"] == pytest.approx([1, 1, 1])
        for curve in ("deletion", "insertion", "deletion_random", "insertion_random"):
            np.testing.assert_allclose(gradient[curve], exact[curve], rtol=1e-5)
        assert min(exact["deletion_gain"] + exact["insertion_gain"]) > 0
        assert exact["deletion"][0] == pytest.approx(exact["insertion"][-1])
        assert exact["deletion"][-1] == pytest.approx(exact["insertion"][0])


def test_mutagenesis_is_computed_where_the_file_does_not_hold_it(predictor, planted, ask, tmp_path):
    without, _ = run(predictor, planted, ask("saliency"), tmp_path / "without")
    with_, _ = run(predictor, planted, ask("saliency", "ism"), tmp_path / "with")
    bent, _ = run(predictor, planted, ask("saliency", "ism", gauge="probability"), tmp_path / "bent")
    expected = [each["ism_pearson"] for each in without["faithfulness"]]
    for found in (with_, bent):
        own = [each["ism_pearson"] for each in found["faithfulness"] if each["method"] == "saliency"]
        np.testing.assert_allclose(own, expected, atol=1e-5)
    assert all(each["ism_pearson"] != [1, 1, 1] for each in bent["faithfulness"])


def test_a_second_run_evaluates_all_and_computes_only_what_is_new(predictor, planted, ask, tmp_path, monkeypatch):
    judged = []
    judge = module.judge
    monkeypatch.setattr(module, "judge", lambda own, name, signed: judged.append(name) or judge(own, name, signed))
    first, _ = run(predictor, planted, ask("saliency"), tmp_path, draws=1)
    both, _ = run(predictor, planted, ask("gradient_x_input"), tmp_path, draws=1, among=ask("saliency"))
    assert judged == ["saliency", "gradient_x_input"]
    assert both["methods"] == ["saliency", "gradient_x_input"]
    for part in ("ground_truth", "faithfulness"):
        assert [each for each in both[part] if each["method"] == "saliency"] == first[part]
    assert both["randomization"]["methods"][:1] == first["randomization"]["methods"]
    assert [each["method"] for each in both["randomization"]["methods"]] == both["methods"]
    known = ask("saliency", "gradient_x_input")
    again, _ = run(predictor, planted, ask("saliency"), tmp_path, draws=1, among=known)
    assert again == both
    assert len(judged) == 2
    assert not (tmp_path / "parts").exists()
    # Other draws are drawn anew, and nothing else; another seed asks everything anew.
    more, _ = run(predictor, planted, ask("saliency"), tmp_path, draws=2, among=known)
    assert more["randomization"]["draws"] == 2
    assert more["randomization"]["methods"] != both["randomization"]["methods"]
    assert len(judged) == 2
    run(predictor, planted, ask("saliency"), tmp_path, seed=5)
    assert len(judged) == 4


def test_a_stopped_run_goes_on_where_it_ended(predictor, planted, ask, tmp_path, monkeypatch):
    methods = ask("saliency", "gradient_x_input")
    whole, _ = run(predictor, planted, methods, tmp_path / "whole")
    judge, judged = module.judge, []

    def stops(own, name, signed):
        judged.append(name)
        if len(judged) == 2:
            raise KeyboardInterrupt
        return judge(own, name, signed)

    monkeypatch.setattr(module, "judge", stops)
    with pytest.raises(KeyboardInterrupt):
        run(predictor, planted, methods, tmp_path / "stopped")
    assert not (tmp_path / "stopped" / "evaluation.json").exists()
    assert run(predictor, planted, methods, tmp_path / "stopped")[0] == whole
    assert judged == ["saliency", "gradient_x_input", "gradient_x_input"]
    assert not (tmp_path / "stopped" / "parts").exists()


def test_a_method_under_other_flags_is_graded_and_not_randomised(predictor, planted, ask, tmp_path):
    run(predictor, planted, ask("deeplift"), tmp_path)
    changed = ask("deeplift", rule="reveal_cancel")
    found, _ = run(predictor, planted, ask("saliency"), tmp_path, draws=1, among=changed)
    assert [each["method"] for each in found["randomization"]["methods"]] == ["saliency"]
    assert [each["method"] for each in found["ground_truth"]] == ["saliency", "deeplift"]
    (note,) = (note for note in found["notes"] if note.startswith("deeplift is not randomised"))
    assert "rule (then 'rescale', now 'reveal_cancel')" in note


def test_without_truth_the_rest_is_done_and_it_is_said(predictor, sequences, ask, tmp_path):
    old = tmp_path / "figures" / "evaluation.png"
    old.parent.mkdir()
    old.write_text("of an earlier evaluation")
    found, lines = run(predictor, sequences, ask("saliency", "gradient_x_input"), tmp_path)
    assert found["ground_truth"] == {"why": "test does not say what was planted in the sequences"}
    assert found["ranking"] == {}
    assert len(found["faithfulness"]) == 4
    assert "note: not graded against planted motifs: test does not say what was planted in the sequences" in lines
    assert lines[1].split() == ["method", "deletion", "gain", "insertion", "gain", "like", "mutagenesis"]
    assert not old.exists()
    assert (tmp_path / "figures" / "faithfulness.png").stat().st_size > 10_000


def test_a_network_that_calls_nothing_is_told_why_there_are_no_curves(predictor, sequences, ask, tmp_path, capsys):
    low = dataclasses.replace(predictor, apply=lambda *at: predictor.apply(*at) - jnp.array([1e4, 0.0]))
    found, lines = run(low, sequences, ask("saliency"), tmp_path)
    assert "note: no deletion and insertion: A: no sequence has a logit above 0" in lines
    assert [entry["sequences"] > 0 for entry in found["faithfulness"]] == [False, True]
    assert "0/0" not in capsys.readouterr().out


def test_the_table_holds_what_the_record_holds(predictor, planted, ask, tmp_path):
    found, _ = run(predictor, planted, ask("saliency", "ism"), tmp_path)
    head, *rows = [line.split("\t") for line in (tmp_path / "evaluation.tsv").read_text().splitlines()]
    assert len(rows) == 4
    for row in rows:
        cells = dict(zip(head, row, strict=True))
        wanted = {"method": cells["method"], "task": cells["task"]}
        faithful = only(found["faithfulness"], **wanted)
        assert float(cells["sequences_called"]) == faithful["sequences"]
        if cells["task"] == "B":
            assert cells["auprc"] == cells["auprc_low"] == cells["chance"] == "nan"
        else:
            truth = only(found["ground_truth"], **wanted)
            own = [float(cells[f"auprc{end}"]) for end in ("", "_low", "_high")]
            np.testing.assert_allclose(own, truth["auprc"], rtol=1e-5)
        if faithful["deletion_gain"]:
            assert float(cells["deletion_gain_high"]) == pytest.approx(faithful["deletion_gain"][2], rel=1e-5)


def test_replicates_are_evaluated_by_their_mean(replicated, planted, ask, tmp_path):
    found, _ = run(replicated, planted, ask("saliency"), tmp_path, draws=1)
    assert only(found["ground_truth"], method="saliency")["sequences"] == 5
    assert found["randomization"]["methods"][0]["signed_mean"][0] == pytest.approx(1)


def test_scores_that_are_no_numbers_are_one_clear_error(predictor, planted, ask, tmp_path):
    path, _ = score(predictor, planted, ask("saliency"), tmp_path)
    with h5py.File(path, "a") as file:
        file["saliency/scores"][2, 1, 7, :] = np.nan
    with pytest.raises(InputError, match=r"scores.h5: saliency: s2, B, position 7 \(from 0\) has a score that is not"):
        evaluate(predictor, planted, path, {}, seed=0, draws=0)


def test_nothing_to_evaluate_is_said_before_anything_is_computed(predictor, sequences, ask, tmp_path):
    with pytest.raises(InputError, match="--evaluate: --methods=indels: there must be scores of one of saliency, "):
        check(["indels"], tmp_path / "scores.h5")
    check(["indels", "ism"], tmp_path / "scores.h5")
    path, _ = score(predictor, sequences, ask("saliency"), tmp_path)
    check(["indels"], path)


def test_damaged_earlier_results_are_computed_again(predictor, planted, ask, tmp_path):
    whole, _ = run(predictor, planted, ask("saliency"), tmp_path)
    for text in ('{"methods": 3', '{"methods": 3, "keys": []}', "[]"):
        (tmp_path / "evaluation.json").write_text(text)
        folder = tmp_path / "parts" / "evaluation"
        folder.mkdir(parents=True)
        (folder / "faithfulness_saliency.json").write_text(text)
        assert run(predictor, planted, ask("saliency"), tmp_path)[0] == whole
