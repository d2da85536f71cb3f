import dataclasses

import numpy as np
import pytest

from genomics.evaluation.faithfulness import curves
from genomics.interpretation.faithfulness import judge, predict_many, prepare


def test_curves_are_of_the_sequences_that_the_network_calls(predictor, sequences):
    sequences = dataclasses.replace(sequences, bases=sequences.bases[::-1].copy())
    logits = predict_many(predictor, sequences, None)(sequences.bases, sequences.bases)
    maps = np.random.default_rng(0).normal(size=(6, 2, 12)).astype(np.float32)
    yardstick = prepare(predictor, sequences, maps[::-1], seed=4)
    random = curves(yardstick.predict, sequences.bases, yardstick.replaced_by, yardstick.replaced_by.order)
    for task, found in enumerate(judge(yardstick, "mine", maps)):
        rows = np.flatnonzero(logits[:, task] > 0)
        assert 0 < len(rows) < 6
        assert rows.tolist() != list(range(len(rows)))  # not just the first ones
        assert (found["method"], found["task"], found["sequences"]) == ("mine", "AB"[task], len(rows))
        expected = logits[rows, task].mean()
        ends = [
            found["deletion"][0],
            found["deletion_random"][0],
            found["insertion"][-1],
            found["insertion_random"][-1],
        ]
        assert ends == pytest.approx([expected] * 4, rel=1e-5)
        for curve in ("deletion", "insertion"):
            np.testing.assert_allclose(
                found[f"{curve}_random"], getattr(random, curve)[rows, :, task].mean(0), rtol=1e-5, atol=1e-6
            )
        # Of all sequences, called or not.
        correlations = [np.corrcoef(maps[row, task], maps[5 - row, task])[0, 1] for row in range(6)]
        assert found["ism_pearson"][0] == pytest.approx(np.mean(correlations), abs=1e-6)
