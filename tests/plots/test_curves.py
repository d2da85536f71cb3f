import io
import json

import numpy as np
import pytest

from genomics.errors import InputError
from genomics.plots.curves import history


def _records(epochs=5, replicates=1, tasks=("CTCF", "MAFK")):
    for epoch in range(1, epochs + 1):
        for split in ("train", "valid"):
            for replicate in range(replicates):
                loss = abs(epoch - 3) + 0.1 * replicate + (split == "valid")
                numbers = {"loss": loss, "accuracy": 1 / (1 + loss)}
                yield {
                    "epoch": epoch,
                    "split": split,
                    "replicate": replicate,
                    **numbers,
                    "tasks": dict.fromkeys(tasks, numbers),
                }


def _line(axes, label):
    return next(line for line in axes.lines if line.get_label() == label).get_xydata()


def test_curves_show_the_records(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text("\n".join(json.dumps(record) for record in _records()))
    for metrics in (path, str(path), list(_records())):
        loss, accuracy, *tasks = history(metrics).axes
        np.testing.assert_allclose(_line(loss, "training"), [[1, 2], [2, 1], [3, 0], [4, 1], [5, 2]])
        np.testing.assert_allclose(_line(accuracy, "validation")[:, 1], [1 / 4, 1 / 3, 1 / 2, 1 / 3, 1 / 4])
        assert [axes.get_title(loc="left") for axes in tasks] == ["CTCF: accuracy", "MAFK: accuracy"]


def test_the_best_epoch_is_marked():
    loss = history(_records()).axes[0]
    np.testing.assert_allclose(_line(loss, "best epoch (3)"), [[3, 1]])


def test_replicates_are_a_mean_and_a_band():
    loss = history(_records(replicates=3)).axes[0]
    np.testing.assert_allclose(_line(loss, "training")[:, 1], [2.1, 1.1, 0.1, 1.1, 2.1])
    band = loss.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == 0
    assert band[:, 1].max() == pytest.approx(2.2)


def test_a_resumed_run_repeats_records_and_the_last_counts():
    again = [{**record, "loss": 7.0} for record in _records(epochs=1)]
    loss = history([*_records(), *again]).axes[0]
    assert _line(loss, "training")[0, 1] == 7


@pytest.mark.parametrize("tasks", [("one",), tuple(f"task_{i}" for i in range(12))])
def test_any_number_of_tasks_can_be_drawn(tasks):
    figure = history(_records(epochs=1, tasks=tasks))
    figure.savefig(io.BytesIO(), format="png")
    assert len(figure.axes) == 2 + (len(tasks) if len(tasks) > 1 else 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no record"),
        ("{", "line 1: '{': must be one JSON record"),
        ('{"epoch": 1}', "a record must have epoch, split, loss, accuracy and tasks"),
        ("[1]", "must be one JSON record"),
    ],
)
def test_other_files_are_one_clear_error(tmp_path, text, message):
    path = tmp_path / "metrics.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match=r"metrics\.jsonl") as caught:
        history(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_absent_file_is_one_clear_error(tmp_path):
    with pytest.raises(InputError, match=r"absent\.jsonl: cannot be read"):
        history(tmp_path / "absent.jsonl")
