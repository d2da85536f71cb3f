import math

import numpy as np
import pytest

from genomics.data.metrics import final_metrics

LABELS = np.array([[1, 0], [0, 0], [1, 0], [0, 0]], np.uint8)
LOGITS = np.array([[0.2, -1], [0.6, -1], [-3, 1], [-4, -1]], np.float32)


def test_numbers_on_paper():
    found = final_metrics(LOGITS[None], LABELS, ("A", "B"))
    assert list(found) == ["mean", "A", "B"]
    # Right are .2 and -4: above 0 is p above .5. Of four pairs two are in order; the positives rank second and third.
    assert found["A"]["accuracy"] == 0.5
    assert found["A"]["auroc"] == 0.5
    assert found["A"]["auprc"] == pytest.approx((1 / 2 + 2 / 3) / 2)
    log1p = [math.log1p(math.exp(z)) for z in (-0.2, 0.6, 3, -4)]
    assert found["A"]["loss"] == pytest.approx(sum(log1p) / 4)
    # All labels are equal: no curve; the mean is that of the other task.
    assert (found["B"]["accuracy"], found["B"]["auroc"], found["B"]["auprc"]) == (0.75, None, None)
    assert (found["mean"]["accuracy"], found["mean"]["auroc"]) == (0.625, 0.5)


def test_replicates_have_a_mean_and_a_spread():
    found = final_metrics(np.stack([LOGITS, -LOGITS]), LABELS, ("A", "B"))
    assert (found["A"]["auroc"], found["A"]["loss_std"] > 0) == (0.5, True)
    assert found["B"]["accuracy_std"] == 0.25
    assert found["B"]["auroc_std"] is None
