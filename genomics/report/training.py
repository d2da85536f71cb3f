"""What the page says about the training: curves, and how well the network does on sequences that it has never seen."""

from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from genomics.errors import InputError
from genomics.report.records import read_lines, read_record

_SPLITS = ("train", "valid")
_MEASURES = ("loss", "accuracy")
#: Of the test table, in order; a task may lack some.
TEST_MEASURES = ("accuracy", "auroc", "auprc", "loss")


def gather_curves(metrics: Path) -> dict[str, Any] | None:
    """The curves of a `metrics.jsonl`; None where there is no file, or nothing in it yet.

    Returns:
      `epochs`, `tasks`, `best` (the epoch with the lowest mean validation loss), `replicates`, `mean` (over the tasks)
      and `curves` (of each task): `{"loss" | "accuracy": {"train" | "valid": {"mean" | "low" | "high": [by epoch]}}}`,
      over the replicates.

    Raises:
      InputError: a line is no record of an epoch.
    """
    records = read_lines(metrics)
    if not records:
        return None
    try:
        # Of a run that was killed and resumed, the last record of an epoch counts.
        table = {(r["split"], int(r["epoch"]), int(r.get("replicate", 0))): r for r in records}
        tasks = list(next(iter(table.values()))["tasks"])
        epochs = sorted({epoch for _, epoch, _ in table})
        mean, *curves = (
            {
                measure: {split: _curve(table, epochs, split, measure, task) for split in _SPLITS}
                for measure in _MEASURES
            }
            for task in (None, *tasks)
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{metrics}: a line must have epoch, split, loss, accuracy and the same tasks as the others ({error!r})"
        ) from None
    known = [
        (loss, epoch) for loss, epoch in zip(mean["loss"]["valid"]["mean"], epochs, strict=True) if loss is not None
    ]
    return {
        "epochs": epochs,
        "tasks": tasks,
        "best": min(known)[1] if known else None,
        "replicates": len({replicate for _, _, replicate in table}),
        "mean": mean,
        "curves": curves,
    }


def _curve(
    table: Mapping[tuple[str, int, int], Mapping[str, Any]],
    epochs: list[int],
    split: str,
    measure: str,
    task: str | None,
) -> dict[str, list[float | None]]:
    values: dict[int, list[float]] = {epoch: [] for epoch in epochs}
    for (own, epoch, _), record in table.items():
        if own == split:
            values[epoch].append(float((record if task is None else record["tasks"][task])[measure]))
    return {
        name: [statistic(several) if several else None for several in values.values()]
        for name, statistic in (("mean", fmean), ("low", min), ("high", max))
    }


def gather_test(path: Path, ceiling: Mapping[str, Any]) -> dict[str, Any] | None:
    """The rows of a `test_metrics.json`, tasks first, their mean last; None where there is no file.

    Args:
      path: of the file.
      ceiling: the best that any network could reach, from `gather_ceiling`.

    Raises:
      InputError: the file is damaged.
    """
    metrics = read_record(path)
    if metrics is None:
        return None
    tasks = [name for name in metrics if name != "mean"]
    best_of = {name: ceiling.get("tasks", {}).get(name) or {} for name in tasks}
    # Not the ceiling's own mean: the set may have tasks that the run has left out.
    best_of["mean"] = {measure: _mean([best_of[name].get(measure) for name in tasks]) for measure in TEST_MEASURES}
    rows = []
    for name in [*tasks, *(["mean"] if "mean" in metrics and len(tasks) > 1 else [])]:
        own = metrics[name]
        if not isinstance(own, dict) or not all(v is None or isinstance(v, int | float) for v in own.values()):
            raise InputError(f"{path}: {name}: must hold numbers by measure")
        rows.append(
            {
                "name": name,
                "values": {measure: own.get(measure) for measure in TEST_MEASURES},
                "std": {measure: own.get(f"{measure}_std") for measure in TEST_MEASURES},
                "ceiling": {measure: best_of[name].get(measure) for measure in TEST_MEASURES},
            }
        )
    return {"measures": list(TEST_MEASURES), "rows": rows, "ceiling": "tasks" in ceiling, "why": ceiling.get("why")}


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if values and len(known) == len(values) else None
