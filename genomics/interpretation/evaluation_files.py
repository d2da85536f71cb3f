"""What an evaluation leaves behind: `evaluation.json`, `evaluation.tsv`, and a few lines for the terminal."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from genomics.interpretation import faithfulness, ground_truth
from genomics.io.atomic import write_text
from genomics.io.manifest import write_json

_UNKNOWN = (math.nan,) * 3
#: Tasks that fit into the 80 columns of a terminal.
_MOST_TASKS = 3

#: Records of one part, one for each method and task; or why there are none, in one sentence.
Records = Sequence[Mapping[str, Any]]


def save(path: Path, evaluation: Mapping[str, Any]) -> None:
    """Writes `evaluation.json`: what is no number becomes null, an interval without numbers as a whole."""
    write_json(path, plain(evaluation))


def plain(value: Any) -> Any:
    """JSON-ready: what is no number becomes None, an interval without any number as a whole."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, tuple) and value and all(isinstance(end, float) and math.isnan(end) for end in value):
        return None
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def restored(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Records as they were before they were saved, for figures and tables."""
    return [{key: _numbers(key, value) for key, value in record.items()} for record in records]


def write_table(path: Path, truth: Records, faithful: Records) -> None:
    """Writes `evaluation.tsv`: one row for each method and task; `nan` where nothing is known."""
    graded = {(record["method"], record["task"]): record for record in truth}
    names = [f"{measure}{end}" for measure in _MEASURES for end in ("", "_low", "_high")]
    lines = [["method", "task", "sequences_with_factor", "chance", "sequences_called", *names]]
    for record in faithful:
        own = graded.get((record["method"], record["task"]), {})
        counts = [own.get("sequences", 0), own.get("chance", math.nan), record["sequences"]]
        both = {**record, **own}
        values = [value for measure in _MEASURES for value in both.get(measure, _UNKNOWN)]
        lines.append([record["method"], record["task"], *(f"{value:.6g}" for value in (*counts, *values))])
    write_text(path, "".join("\t".join(line) + "\n" for line in lines))


def told(truth: Records, faithful: Records) -> list[str]:
    """The ranking in at most 80 columns: by AUPRC of planted bases, or without truth by what is gained over chance."""
    return _told_truth(truth) if truth else _told_gains(faithful)


_MEASURES = (*ground_truth.MEASURES, *faithfulness.MEASURES)


def _told_truth(records: Records) -> list[str]:
    tasks = list(dict.fromkeys(record["task"] for record in records))
    shown = tasks[:_MOST_TASKS]
    first = {record["task"]: record for record in reversed(records)}
    lines = [
        "AUPRC of planted bases, 95 % interval; the best on average first",
        (f"{'method':<21}" + "".join(f"{task[:17]:<19}" for task in shown)).rstrip(),
        (f"{'(chance)':<21}" + "".join(f"{first[task]['chance']:<19.3f}" for task in shown)).rstrip(),
    ]
    for method, own in _sorted(records, "auprc"):
        cells = (_cell(record["auprc"]) for record in own if record["task"] in shown)
        lines.append((f"{method:<21}" + "".join(f"{cell:<19}" for cell in cells)).rstrip())
    return [*lines, f"and {len(tasks) - len(shown)} more tasks"] if len(tasks) > len(shown) else lines


def _told_gains(records: Records) -> list[str]:
    heads = {"deletion_gain": "deletion gain", "insertion_gain": "insertion gain", "ism_spearman": "like mutagenesis"}
    lines = [
        "Mean over tasks: logits gained over random order, Spearman correlation with ism",
        f"{'method':<21}" + "".join(f"{head:<19}" for head in heads.values()).rstrip(),
    ]
    for method, own in _sorted(records, "deletion_gain"):
        means = (_mean([record[measure][0] for record in own]) for measure in heads)
        lines.append((f"{method:<21}" + "".join(f"{mean:<19.3f}" for mean in means)).rstrip())
    return lines


def _sorted(records: Records, measure: str) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """(method, its records), highest mean of the measure over tasks first."""
    own: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        own.setdefault(record["method"], []).append(record)
    mean = {name: _mean([record[measure][0] for record in found]) for name, found in own.items()}
    return sorted(own.items(), key=lambda pair: math.inf if math.isnan(mean[pair[0]]) else -mean[pair[0]])


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan


def _cell(interval: Sequence[float]) -> str:
    if math.isnan(interval[0]):
        return "-"
    value, low, high = (f"{number:.3f}" for number in interval)
    return f"{value} {low[1:]}-{high[1:]}" if low[0] == "0" == high[0] else f"{value} {low}-{high}"


def _numbers(key: str, value: Any) -> Any:
    if key in _MEASURES and value is None:
        return _UNKNOWN
    if isinstance(value, list):
        return [math.nan if number is None else number for number in value]
    return math.nan if value is None else value
