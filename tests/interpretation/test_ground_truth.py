import dataclasses

import numpy as np
import pytest

from genomics.evaluation.grading import Grades
from genomics.interpretation.ground_truth import MEASURES, Graded, grade_method, record
from genomics.interpretation.maps import Maps
from genomics.io.truth import Truth


def grades(auroc, auprc, top_inside, signal=(1.0, 1.0), noise=(1.0, 1.0)):
    values = {"auroc": auroc, "auprc": auprc, "top_inside": top_inside, "signal": signal, "noise": noise}
    return Grades(**{name: np.array(value, float) for name, value in values.items()})


def test_a_record_holds_means_and_the_ratio_of_means():
    at_base = grades((0.9, 0.7), (0.6, 0.4), (1, 0), signal=(6, 2), noise=(1, 3))
    entry = record("ism", Graded(task="A", chance=0.1, at_base=at_base, any_base=grades((1, 0), (0.3, 0.1), (0, 0))), 0)
    assert (entry["method"], entry["task"], entry["sequences"], entry["chance"]) == ("ism", "A", 2, 0.1)
    # Of two sequences, a quarter of all draws is one of them twice: the ends of the interval.
    expected = {
        "auroc": (0.8, 0.7, 0.9),
        "auprc": (0.5, 0.4, 0.6),
        "top_inside": (0.5, 0, 1),
        "signal_to_noise": (8 / 4, 2 / 3, 6 / 1),
        "auroc_any_base": (0.5, 0, 1),
        "auprc_any_base": (0.2, 0.1, 0.3),
    }
    assert set(expected) == set(MEASURES)
    for measure, values in expected.items():
        assert entry[measure] == pytest.approx(values), measure


def test_no_sequence_leaves_every_measure_unknown():
    none = grades((), (), (), (), ())
    entry = record("ism", Graded(task="A", chance=float("nan"), at_base=none, any_base=none), 0)
    assert all(np.isnan(entry[measure]).all() and len(entry[measure]) == 3 for measure in MEASURES)


def test_a_site_that_a_map_names_in_the_negative_is_found(sequences):
    """Maps are graded by their size: a base that lowers a logit belongs to the site as one that raises it does."""
    start = np.full((6, 1), 2, np.int16)
    truth = Truth(start=start, factor=np.zeros_like(start), strand=np.ones_like(start))
    planted = dataclasses.replace(sequences, truth=truth, factors=("A",), widths=(3,))
    signed = np.full((6, 1, 12), 0.1)
    signed[:, :, 2:5] = [-3.0, 2.0, -1.0]
    (graded,) = grade_method(Maps(signed=signed, any_base=np.abs(signed)), planted, ["a"])
    assert graded.chance == 3 / 12
    for grades in (graded.at_base, graded.any_base):
        np.testing.assert_array_equal(grades.auroc, 1)
        np.testing.assert_array_equal(grades.top_inside, 1)
