import io

import numpy as np
import pytest

from genomics.plots.faithfulness import faithfulness_figure
from genomics.plots.measures import best_first, draw_measure
from genomics.plots.ranking import ranking_figure

METHODS = ("a", "b", "c")
FRACTIONS = [0.0, 0.5, 1.0]


def graded(task, values):
    return [
        {
            "method": m,
            "task": task,
            "sequences": 9,
            "chance": 0.2,
            "auprc": (v, v - 0.1, v + 0.05),
            "auprc_any_base": (0.9,) * 3,
        }
        for m, v in zip(METHODS, values, strict=True)
    ]


def faithful(task, gains):
    curves = {f"{kind}{end}": [1.0, 0.5, 0.0] for kind in ("deletion", "insertion") for end in ("", "_random")}
    return [
        {
            "method": m,
            "task": task,
            "sequences": 4,
            "fractions": FRACTIONS,
            **curves,
            "deletion_gain": (v,) * 3,
            "insertion_gain": (v,) * 3,
        }
        for m, v in zip(METHODS, gains, strict=True)
    ]


def names(axes):
    """From top to bottom."""
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    return [label.get_text() for label in axes.get_yticklabels()]


def test_each_task_ranks_the_methods_by_itself_the_best_on_top():
    figure = ranking_figure([*graded("A", (0.3, 0.6, 0.5)), *graded("B", (float("nan"), 0.2, 0.4))], title="t")
    first, second = figure.axes
    assert names(first) == ["b", "c", "a"]
    assert names(second) == ["c", "b", "a"]
    assert first.get_title("left") == "A (9 sequences)"
    # The last drawn container is the AUPRC: a dot at its value with an interval of its own ends.
    dots, _, (bars,) = first.containers[-1].lines
    np.testing.assert_allclose(dots.get_xdata(), [0.6, 0.5, 0.3])
    np.testing.assert_allclose(bars.get_segments()[0][:, 0], [0.5, 0.65])
    np.testing.assert_array_equal(second.containers[-1].lines[0].get_xdata(), [0.4, 0.2, np.nan])
    assert figure.get_suptitle() == "t"
    figure.savefig(io.BytesIO(), format="png")


@pytest.mark.parametrize("tasks", [1, 4])
def test_any_number_of_tasks_has_its_panels(tasks):
    records = [record for task in range(tasks) for record in graded(str(task), (0.1, 0.2, 0.3))]
    assert len(ranking_figure(records, title="").axes) == tasks
    records = [record for task in range(tasks) for record in faithful(str(task), (1.0, 2.0, 3.0))]
    assert len(faithfulness_figure(records, title="").axes) == 3 * tasks


def test_curves_of_all_methods_with_random_order_and_gains_below():
    figure = faithfulness_figure([*faithful("A", (1.0, 3.0, 2.0)), *faithful("B", (1.0, 1.5, 0.0))], title="t")
    deletion, insertion, gains = figure.axes[:3]
    for axes in (deletion, insertion):
        labels = [line.get_label() for line in axes.lines]
        assert labels == ["b", "a", "c", "random order"] or labels == ["b", "c", "a", "random order"]
        np.testing.assert_array_equal(axes.lines[0].get_xdata(), [0, 50, 100])
    assert names(gains) == ["b", "c", "a"]
    figure.savefig(io.BytesIO(), format="png")


def test_a_task_without_curves_says_so():
    records = faithful("A", (float("nan"),) * 3)
    for record in records:
        record |= dict.fromkeys(("deletion", "insertion", "deletion_random", "insertion_random"), [float("nan")] * 3)
    axes = faithfulness_figure(records, title="").axes[0]
    assert [text.get_text() for text in axes.texts] == ["no sequence is called positive"]


def test_what_has_no_estimate_is_last_and_not_drawn():
    from matplotlib.figure import Figure

    found = {"a": (float("nan"),) * 3, "b": (1.0, 0.0, 2.0), "c": (2.0, 2.5, 3.0)}
    assert best_first(found) == ["c", "b", "a"]
    axes = Figure().add_subplot()
    draw_measure(axes, found, best_first(found), fmt="o")
    dots, _, (bars,) = axes.containers[0].lines
    np.testing.assert_array_equal(dots.get_xdata(), [2, 1, np.nan])
    # An interval that does not hold its estimate starts at it.
    np.testing.assert_allclose(bars.get_segments()[0][:, 0], [2, 3])
