import json

import pytest

from genomics.errors import InputError
from genomics.report.experiments import gather_experiments

GRADE = {measure: [0.5, 0.25, None] for measure in ("pearson", "spearman", "sign", "top_half")}
RECORD = {
    "experiment": "asb.vcf",
    "kind": "allelic",
    "task": "CTCF",
    "strands": "both",
    "networks": 5,
    "matrix": "MA0139.1",
    "alleles": 9,
    "passed_over": {"deletions": 2},
    "parts": [
        {"part": "all", "alleles": 9, "not_finite": 0, "grades": {"network": {"itself": GRADE, "minus": GRADE}}},
        {"part": "few", "alleles": 1, "not_finite": 0},
    ],
}


def test_grades_are_gathered_in_the_order_of_the_measures(tmp_path):
    assert gather_experiments(tmp_path) is None
    (tmp_path / "asb.json").write_text(json.dumps(RECORD))
    (found,) = gather_experiments(tmp_path)
    assert (found["name"], found["networks"], found["passed_over"]) == ("asb.vcf", 5, {"deletions": 2})
    whole, few = found["parts"]
    assert whole["rows"] == [{"name": "network", "itself": [[0.5, 0.25, None]] * 4, "minus": [[0.5, 0.25, None]] * 4}]
    assert few["rows"] == []


@pytest.mark.parametrize("text", ["{}", '{"parts": 3}', json.dumps({**RECORD, "parts": [{"part": "all"}]})])
def test_a_damaged_record_is_one_line(tmp_path, text):
    (tmp_path / "asb.json").write_text(text)
    with pytest.raises(InputError, match=r"asb\.json: must be what genomics.evaluation.experiments writes"):
        gather_experiments(tmp_path)
