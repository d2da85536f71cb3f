"""What a network's numbers are called, and what is said of numbers that look like probabilities."""

import numpy as np
import pytest

from genomics.errors import InputError
from genomics.interpretation.method import Explainer
from genomics.interpretation.methods.table import METHODS
from genomics.interpretation.units import check_gauges, probabilities_hint
from genomics.lenses.units import worded
from genomics.plots.faithfulness import faithfulness_figure


def test_texts_about_logits_become_texts_about_outputs():
    assert worded("d logit / d x", "logit") == "d logit / d x"
    assert worded("logit(x) - logit(r)", "output") == "output(x) - output(r)"


def test_gauges_of_probabilities_need_logits():
    def explainers(gauge):
        return {
            name: Explainer(name=name, method=METHODS[name], settings=METHODS[name].settings(**own))
            for name, own in (("ism", {"gauge": gauge}), ("saliency", {}))
        }

    check_gauges("logit", ["ism"], explainers("log_odds"))
    check_gauges("output", ["saliency"], explainers("log_odds"))
    check_gauges("output", ["ism"], explainers("delta"))
    with pytest.raises(InputError, match="--gauge=log_odds: is of logits; this network gives outputs"):
        check_gauges("output", ["saliency", "ism"], explainers("log_odds"))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([[0.1, 0.9]], True),
        ([[0.0, 1.0]], True),
        ([[0.1, 1.1]], False),
        ([[-0.1, 0.5]], False),
        ([[np.nan, 0.5]], False),
    ],
)
def test_outputs_that_look_like_probabilities(values, said):
    hint = probabilities_hint(np.array(values, np.float32))
    assert (hint is not None) is said
    assert hint is None or "these look like probabilities" in hint


def test_a_constant_is_no_probability():
    assert probabilities_hint(np.full((2, 2), 0.5, np.float32)) is None


def test_figures_of_outputs_do_not_speak_of_logits():
    curves = {f"{kind}{end}": [1.0, 0.5] for kind in ("deletion", "insertion") for end in ("", "_random")}
    gains = {f"{kind}_gain": (0.2, 0.1, 0.3) for kind in ("deletion", "insertion")}
    record = {"method": "ism", "task": "count", "sequences": 3, "fractions": [0.0, 1.0], **curves, **gains}
    figure = faithfulness_figure([record], title="", unit="output")
    labels = [text for axes in figure.axes for text in (axes.get_xlabel(), axes.get_ylabel())]
    assert "mean output, deletion" in labels
    assert "area gained over random order (output)" in labels
    assert not any("logit" in text for text in labels)
