import re

import numpy as np
import pytest

from genomics.interpretation.residuals import _remedy, report
from genomics.io.parts import write_part
from genomics.io.scores import Answer, Questions, write_scores


def test_broken_promises_are_listed_worst_first(tmp_path):
    count = 12
    questions = Questions(
        sequences=np.zeros((count, 3), np.uint8),
        names=tuple(f"s{row}" for row in range(count)),
        index=np.arange(count, dtype=np.int32),
        labels=None,
        tasks=("A", "B"),
        logits=np.zeros((count, 2), np.float32),
        logits_std=None,
        fingerprint="",
        model="",
        source="",
    )
    scores = np.zeros((count, 2, 3, 4), np.float32)
    residual = np.full((count, 2), 1e-6, np.float32)
    residual[3, 1], residual[7, 0] = 0.25, -0.5
    many = np.full((count, 2), 0.125, np.float32)
    parts = {
        "good": {"scores": scores, "residual": np.abs(residual) * 0 + 1e-6},
        "bad": {"scores": scores, "residual": residual},
        "worse": {"scores": scores, "residual": many},
        "silent": {"scores": scores},
    }
    answers = [
        Answer(name=name, parts=[write_part(tmp_path / name, 0, arrays)], attributes={})
        for name, arrays in parts.items()
    ]
    path = tmp_path / "scores.h5"
    write_scores(path, questions, answers)

    assert report(path, questions, ["silent"]) == []
    assert report(path, questions, ["good", "bad"]) == [
        "good: largest residual 1.0e-06; 0 of 12 sequences above 0.001",
        "bad: largest residual 5.0e-01; 2 of 12 sequences above 0.001",
        "  s7 (row 7), A: 5.0e-01",
        "  s3 (row 3), B: 2.5e-01",
    ]
    lines = report(path, questions, ["worse"])
    assert lines[0].startswith("worse: largest residual 1.2e-01; 12 of 12")
    assert lines[-1] == f"  and 7 more: dataset worse/residual of {path}"


@pytest.mark.parametrize(
    ("method", "settings", "words"),
    [
        ("integrated_gradients", {"steps": 50}, r"--steps=200 \(now 50\)"),
        ("lrp", {}, "LRP promises no more: biases"),
        ("deeplift", {"max_pool_rule": "gradient"}, "--max_pool_rule=gradient does not sum"),
        ("deeplift", {"max_pool_rule": "cross"}, None),
    ],
)
def test_a_remedy_is_named_where_there_is_one(method, settings, words):
    found = _remedy(method, settings)
    assert (found is None) if words is None else re.match(words, found)
