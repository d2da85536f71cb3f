"""What the page holds: complete, escaped, and still a page where parts are missing."""

import dataclasses
import json
import re
import shutil

import h5py
import numpy as np
import pytest

from genomics.data.simulate import simulate
from genomics.errors import InputError
from genomics.io.examples import Dataset, Split, write_examples
from genomics.io.scores import read_rows
from genomics.plots.logo import COLOURS
from genomics.report import ceiling as module
from genomics.report import tracks
from genomics.report.ceiling import gather_ceiling
from genomics.report.data_card import gather_data
from genomics.report.page import render, write_report
from genomics.report.payload import gather
from genomics.report.quantise import Quantised, restore
from genomics.report.records import plain
from genomics.report.training import TEST_MEASURES, gather_test

HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def payload(whole):
    return gather(whole)


@pytest.fixture
def copy(whole, tmp_path):
    """The same run, to be damaged."""
    shutil.copytree(whole.output, tmp_path / "run" / "interpret")
    for name in ("config.json", "metrics.jsonl", "test_metrics.json"):
        shutil.copy(whole.workdir / name, tmp_path / "run" / name)
    return dataclasses.replace(whole, workdir=tmp_path / "run", output=tmp_path / "run" / "interpret")


def test_every_score_comes_back_within_half_a_step(whole, payload):
    scores = payload["scores"]
    assert [method["name"] for method in scores["methods"]] == ["saliency", "gradient_x_input", "ism"]
    assert scores["left_out"] == ["epistasis"]
    observed = np.array([[["ACGT".find(base)] for base in bases] for bases in scores["bases"]])
    for method in scores["methods"]:
        stored = read_rows(whole.output / "scores.h5", method["name"], slice(None))
        assert method["columns"] == (1 if method["name"] == "gradient_x_input" else 4)
        for row, values in enumerate(stored):
            quantised = Quantised(data=method["data"][row], scale=tuple(method["scale"][row]))
            shape = (scores["length"], 4) if method["columns"] == 4 else (scores["length"],)
            found = restore(quantised, shape)
            if method["columns"] == 1:
                found = found[..., None] * (np.arange(4) == observed[row])
            step = np.nanmax(np.abs(values), axis=(1, 2), keepdims=True) / 32767
            np.testing.assert_array_equal(np.isnan(found), np.isnan(values))
            assert np.nanmax(np.abs(found - values) / step) <= 0.501


def test_planted_motifs_are_those_of_the_sequences(whole, payload):
    truth = whole.sequences.truth
    for row, planted in enumerate(payload["scores"]["planted"]):
        assert [motif["start"] for motif in planted] == truth.start[row][truth.start[row] >= 0].tolist()
        assert {motif["strand"] for motif in planted} <= {"+", "-"}
        for motif in planted:
            assert (
                motif["end"] - motif["start"] == whole.sequences.widths[whole.sequences.factors.index(motif["factor"])]
            )
    other = dataclasses.replace(whole.sequences, source="other.h5: test")
    assert gather(dataclasses.replace(whole, sequences=other))["scores"]["planted"] is None


def test_facts_of_data_training_and_network(payload):
    assert payload["data"]["splits"]["train"]["sequences"] == 28
    assert payload["data"]["simulated"]["recipe"] == "lab"
    assert payload["curves"]["best"] == 2
    assert payload["curves"]["mean"]["loss"]["valid"]["mean"] == pytest.approx([1.3, 0.5, 1 / 3 + 0.3])
    assert payload["model"]["parameters"] == 1452
    assert payload["model"]["layers"]
    assert [row["name"] for row in payload["test"]["rows"]] == ["CTCF", HOSTILE, "MAFK", "mean"]
    assert payload["test"]["rows"][0]["values"] == {"accuracy": 0.8, "auroc": 0.9, "auprc": None, "loss": 0.4}
    # The labels are not those of the recipe's tasks, so its ceiling is none of theirs.
    assert "recipe" in payload["test"]["why"]
    assert payload["motifs"]["targets"]["MA0139.1"]["name"] == "CTCF"


def test_a_set_of_peaks_is_not_simulated(tmp_path):
    bases = np.random.default_rng(0).integers(0, 4, (4, 20)).astype(np.uint8)
    split = Split(bases=bases, labels=np.array([[1], [0], [1], [0]], np.uint8))
    provenance = {"seed": 0, "peaks": "{}"}
    write_examples(tmp_path / "peaks.h5", Dataset(tasks=("CTCF",), splits={"test": split}, provenance=provenance))
    data = gather_data(tmp_path / "peaks.h5", ("CTCF",))
    assert data is not None
    assert data["simulated"] is None
    assert gather_ceiling(tmp_path, data) == {}


def test_the_ceiling_is_kept_until_the_data_change(tmp_path, monkeypatch):
    path, asked = tmp_path / "lab.h5", []
    write_examples(path, simulate(num_sequences=10))
    monkeypatch.setattr(module, "ceiling", lambda path: asked.append(path) or {"CTCF": {"loss": 0.1 * len(asked)}})
    data = gather_data(path, ())
    first, again = (gather_ceiling(tmp_path, data) for _ in range(2))
    assert first == again == {"tasks": {"CTCF": {"loss": 0.1}}}
    write_examples(path, simulate(num_sequences=10, seed=1))
    assert gather_ceiling(tmp_path, data) == {"tasks": {"CTCF": {"loss": 0.2}}}
    assert asked == [path] * 2
    monkeypatch.setattr(module, "MOST", 5)  # 2 sequences times 3 tasks
    assert "genomics.data.ceiling --data=" in gather_ceiling(tmp_path, data)["why"]


def test_what_is_no_number_is_null():
    nan, inf = float("nan"), float("inf")
    assert plain({"a": [nan, (1.0, -inf)], 3: np.float64(nan)}) == {"a": [None, [1.0, None]], "3": None}


def test_the_mean_ceiling_is_that_of_the_run_s_own_tasks(tmp_path):
    row = {"loss": 0.4, "accuracy": 0.8, "auroc": 0.9, "auprc": None}
    path = tmp_path / "test_metrics.json"
    path.write_text(json.dumps({"mean": row, "B": row, "C": row}))
    best = {name: {"loss": loss, "accuracy": 1.0, "auroc": None} for name, loss in (("A", 0.7), ("B", 0.1), ("C", 0.2))}
    test = gather_test(path, {"tasks": {**best, "mean": {"loss": 1 / 3}}})
    assert test is not None
    assert [each["ceiling"]["loss"] for each in test["rows"]] == pytest.approx([0.1, 0.2, 0.15])
    assert test["rows"][-1]["ceiling"]["auroc"] is None
    none = gather_test(path, {})
    assert none is not None
    assert none["rows"][-1]["ceiling"] == dict.fromkeys(TEST_MEASURES)


def test_no_string_leaves_its_place(payload):
    page = render(payload)
    assert HOSTILE not in page
    assert "<img" not in page
    found = re.search(r'<script type="application/json" id="payload">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    assert json.loads(found[1]) == payload
    assert page.count("</script>") == 2
    assert "{{" not in page.replace(found[1], "")


def test_text_that_looks_like_a_place_of_the_template_stays_text(payload):
    page = render({**payload, "title": "{{SCRIPT}} & {{TITLE}} </title>"})
    assert "<title>{{SCRIPT}} &amp; {{TITLE}} &lt;/title&gt;" in page


def test_base_colours_are_those_of_the_figures(payload):
    page = render(payload)
    for base, colour in zip("ACGT", COLOURS, strict=True):
        assert f"--{base}: {colour};" in page


def test_parts_that_are_not_there_are_null(bare):
    payload = gather(bare)
    absent = ("data", "curves", "test", "scores", "motifs", "evaluation", "scan")
    assert [payload[name] for name in absent] == [None] * len(absent)
    path = write_report(bare)
    assert path == bare.output / "report.html"
    assert [each.name for each in bare.output.iterdir()] == ["report.html"]


def test_results_of_another_network_are_not_shown(whole, predictor):
    other = dataclasses.replace(predictor, fingerprint="0" * 64)
    payload = gather(dataclasses.replace(whole, predictor=other))
    assert payload["scores"] == {"other": "runs/small"}
    assert payload["evaluation"] is None
    assert payload["motifs"] is None


def test_a_page_never_outgrows_its_limit(whole, monkeypatch):
    one = gather(dataclasses.replace(whole, count=1))["scores"]
    assert (len(one["names"]), one["total"], one["asked"]) == (1, 6, 1)
    of_a_task = 3 * 121 * 4 * 8 / 3
    monkeypatch.setattr(tracks, "MOST_BYTES", 2.5 * 3 * of_a_task)
    few = gather(whole)["scores"]
    assert (len(few["names"]), len(few["tasks"]), few["asked"]) == (2, 3, 6)
    monkeypatch.setattr(tracks, "MOST_BYTES", 2.5 * of_a_task)
    fewer = gather(whole)["scores"]
    assert (len(fewer["names"]), len(fewer["tasks"]), fewer["total_tasks"]) == (1, 2, 3)
    assert all(len(scale) == 2 for method in fewer["methods"] for scale in method["scale"])


def _shorten(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _of_other_shape(path):
    with h5py.File(path, "a") as file:
        del file["logits"]
        file["logits"] = np.zeros((2, 3), np.float32)


def _of_other_length(path):
    with h5py.File(path, "a") as file:
        del file["saliency/scores"]
        file["saliency/scores"] = np.zeros((6, 3, 7, 4), np.float32)


def _without_method(path):
    record = json.loads(path.read_text())
    del record["ground_truth"][0]["method"]
    path.write_text(json.dumps(record))


def _with_two_numbers(path):
    record = json.loads(path.read_text())
    record["faithfulness"][1]["ism_pearson"] = [0.1, 0.2]
    path.write_text(json.dumps(record))


def _without_a_layer(path):
    record = json.loads(path.read_text())
    record["randomization"]["layers"].append("one more")
    path.write_text(json.dumps(record))


@pytest.mark.parametrize(
    ("name", "damage", "told"),
    [
        ("scores.h5", _shorten, "scores.h5: "),
        ("scores.h5", _of_other_shape, r"logits has shape \(2, 3\); must be \(N, T\) with N = 6"),
        ("scores.h5", _of_other_length, r"saliency/scores has shape \(6, 3, 7, 4\); must be \(6, 3, 121, 4\)"),
        ("evaluation.json", _shorten, "must be one JSON record"),
        ("evaluation.json", _without_method, "ground_truth: entry 0: must name its method and task"),
        ("evaluation.json", _with_two_numbers, r"entry 1: ism_pearson is \[0.1, 0.2\]; must be \[value, low, high\]"),
        ("evaluation.json", _without_a_layer, "saliency: signed_mean must be 3 numbers"),
        ("evaluation.json", lambda path: path.write_text("[]"), "must be one JSON record"),
        ("filters.tsv", lambda path: path.write_text("filter\tstate\n"), "line 1: has no column match"),
        ("filters.tsv", lambda path: path.write_text(path.read_text() + "filter_2\n"), "line 4: 1 cells"),
        ("../metrics.jsonl", lambda path: path.write_text('{"epoch": 1}\n'), "a line must have epoch, split"),
        ("../metrics.jsonl", lambda path: path.write_text("{}\nx\n"), "line 2: 'x': must be one JSON record"),
        ("../test_metrics.json", lambda path: path.write_text('{"CTCF": 3}'), "CTCF: must hold numbers by measure"),
    ],
)
def test_damage_is_one_clear_error(copy, name, damage, told):
    damage(copy.output / name)
    with pytest.raises(InputError, match=told) as raised:
        write_report(copy)
    assert "\n" not in str(raised.value)
    assert not (copy.output / "report.html").exists()
