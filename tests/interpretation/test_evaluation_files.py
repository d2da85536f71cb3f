import json

import numpy as np
import pytest

from genomics.interpretation.evaluation_files import plain, restored, save, told

NAN = float("nan")


def graded(method, task, auprc, factor=0.1):
    return {"method": method, "task": task, "sequences": 7, "chance": factor, "auprc": auprc}


def test_the_best_on_average_comes_first_within_80_columns():
    tasks = ["CTCF", "a task with a very long name indeed", "MAFK", "fourth"]
    records = [
        graded(method, task, (value, value - 0.1, min(1.0, value + 0.1)))
        for method, value in (("integrated_gradients", 0.5), ("deepshap", 0.95), ("ism", 0.7))
        for task in tasks
    ]
    lines = told(records, [])
    assert [line.split()[0] for line in lines[3:6]] == ["deepshap", "ism", "integrated_gradients"]
    assert lines[3].split()[1:3] == ["0.950", "0.850-1.000"]
    assert lines[4].split()[1:3] == ["0.700", ".600-.800"]
    assert lines[2].split() == ["(chance)", *["0.100"] * 3]
    assert lines[-1] == "and 1 more tasks"
    assert max(map(len, lines)) <= 80


def test_a_method_that_has_no_number_comes_last():
    records = [graded("saliency", "A", (NAN,) * 3), graded("ism", "A", (0.1, 0.1, 0.1))]
    assert [line.split()[0] for line in told(records, [])[3:]] == ["ism", "saliency"]


def test_without_truth_methods_are_told_by_what_they_gain():
    records = [
        {"method": m, "task": t, "deletion_gain": (v, v, v), "insertion_gain": (1.0, 1, 1), "ism_spearman": (NAN,) * 3}
        for m, t, v in (("a", "A", 1.0), ("a", "B", 3.0), ("b", "A", 2.5), ("b", "B", NAN))
    ]
    lines = told([], records)
    assert [line.split() for line in lines[2:]] == [["b", "2.500", "1.000", "nan"], ["a", "2.000", "1.000", "nan"]]
    assert max(map(len, lines)) <= 80


def test_what_is_no_number_is_null_and_comes_back(tmp_path):
    record = {
        "method": "a",
        "auprc": (NAN,) * 3,
        "auroc": (np.float64(0.5), 0.25, 1.0),
        "chance": NAN,
        "deletion": np.array([1.0, np.inf]),
        "sequences": 3,
    }
    save(tmp_path / "evaluation.json", {"ground_truth": [record], "tasks": ("x", "y", "z")})
    found = json.loads((tmp_path / "evaluation.json").read_text(), parse_constant=pytest.fail)
    assert found["tasks"] == ["x", "y", "z"]
    (entry,) = found["ground_truth"]
    assert entry == {
        "method": "a",
        "auprc": None,
        "auroc": [0.5, 0.25, 1],
        "chance": None,
        "deletion": [1, None],
        "sequences": 3,
    }
    (back,) = restored([entry])
    assert np.isnan(back["auprc"]).all()
    assert len(back["auprc"]) == 3
    assert back["auroc"] == [0.5, 0.25, 1]
    assert np.isnan([back["chance"], back["deletion"][1]]).all()
    assert plain(restored([entry])) == [entry]
