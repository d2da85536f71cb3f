"""The grades of an experiment as text, and what every prediction was as a table."""

from typing import Any

import numpy as np

from genomics.evaluation.allele_windows import AlleleWindows
from genomics.evaluation.measured import MEASURES

_WORDS = {"pearson": "Pearson", "spearman": "Spearman", "sign": "sign", "top_half": "top half"}


def without_nan(values: Any) -> Any:
    """Numbers that are not finite as None, which JSON has a word for."""
    if isinstance(values, dict):
        return {key: without_nan(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [without_nan(value) for value in values]
    return None if isinstance(values, float) and not np.isfinite(values) else values


def table(alleles: AlleleWindows, predictions: dict[str, np.ndarray], spread: np.ndarray | None) -> str:
    """A line for each allele: where it is, what was measured, and every prediction."""
    columns = {**predictions, **({"network_std": spread} if spread is not None else {})}
    lines = ["\t".join(("element", "contig", "position", "ref", "alt", "measured", *columns))]
    for index, row in enumerate(alleles.rows):
        place = (row.element, alleles.contig[index], str(alleles.start[index] + 1), row.ref, row.alt, f"{row.value:g}")
        lines.append("\t".join((*place, *(f"{column[index]:.6g}" for column in columns.values()))))
    return "\n".join(lines) + "\n"


def table_lines(grades: list[dict[str, Any]]) -> list[str]:
    """The grades in 80 columns: estimates with their 95 % intervals."""
    lines = []
    for part in grades:
        place = f", {part['place']}" if "place" in part else ""
        lines.append(f"\n{part['part']}: {part['alleles']:,} alleles{place}")
        if part["not_finite"]:
            lines.append(f"  {part['not_finite']:,} left out: a prediction is not finite")
        if "grades" not in part:
            lines.append("  too few to be graded")
            continue
        lines.append(" " * 17 + "".join(f"{_WORDS[measure]:>15}" for measure in MEASURES))
        for name, grade in part["grades"].items():
            lines.append(f"  {name:15}" + "".join(_cell(grade["itself"][measure]) for measure in MEASURES))
        for name, grade in part["grades"].items():
            if "minus" in grade:
                cells = "".join(_cell(grade["minus"][measure]) for measure in MEASURES)
                lines.append(f"  {f'{name} less it':15}".ljust(17) + cells)
    return lines


def alone_lines(alone: dict[str, list[dict[str, float]]]) -> list[str]:
    """What the networks of an ensemble do by themselves: the median, the lowest and the highest."""
    if not alone:
        return []
    count = len(next(iter(alone.values())))
    lines = [f"\neach of the {count} networks by itself: median (lowest highest)"]
    for part, networks in alone.items():
        columns = [np.array([each[measure] for each in networks]) for measure in MEASURES]
        cells = (_cell((float(np.median(own)), float(own.min()), float(own.max()))) for own in columns)
        lines.append(f"  {part:15.15}" + "".join(cells))
    return lines


def _cell(values: tuple[float, float, float]) -> str:
    estimate, low, high = (_short(value) for value in values)
    return f"{estimate} ({low} {high})".rjust(15)


def _short(value: float) -> str:
    """Two or three digits without the leading zero, as `.79` and `-.02`."""
    return "-" if not np.isfinite(value) else f"{value:.2f}".replace("0.", ".", 1)
