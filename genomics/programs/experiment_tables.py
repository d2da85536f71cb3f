"""The grades of an experiment as text, and what every prediction was as a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from genomics.evaluation.allele_windows import AlleleWindows
from genomics.evaluation.measured import MEASURES

_WORDS = {"pearson": "Pearson", "spearman": "Spearman", "sign": "sign", "top_half": "top half"}
#: Columns: three of "-.79" with blanks and brackets are 16 wide.
_NAME, _WIDTH = 11, 17


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
        lines.append(" " * _NAME + "".join(f"{_WORDS[measure]:>{_WIDTH}}" for measure in MEASURES))
        graded = part["grades"].items()
        lines += [_line(name, [grade["itself"][measure] for measure in MEASURES]) for name, grade in graded]
        less = [_line(n, [grade["minus"][m] for m in MEASURES]) for n, grade in graded if "minus" in grade]
        lines += ["  less the matrix:", *less] if less else []
    return lines


def alone_lines(alone: dict[str, list[dict[str, float]]]) -> list[str]:
    """What the networks of an ensemble do by themselves: the median, the lowest and the highest."""
    if not alone:
        return []
    count = len(next(iter(alone.values())))
    lines = [f"\neach of the {count} networks by itself: median (lowest highest)"]
    for part, networks in alone.items():
        columns = [np.array([each[measure] for each in networks]) for measure in MEASURES]
        lines.append(f"  {part}")
        lines.append(_line("", [(float(np.median(own)), float(own.min()), float(own.max())) for own in columns]))
    return lines


def _line(name: str, cells: Sequence[tuple[float, float, float]]) -> str:
    return f"  {name}".ljust(_NAME) + "".join(_cell(values) for values in cells)


def _cell(values: tuple[float, float, float]) -> str:
    estimate, low, high = (_short(value) for value in values)
    return f"{estimate} ({low} {high})".rjust(_WIDTH)


def _short(value: float) -> str:
    """Two digits without the leading zero, as `.79` and `-.02`; what rounds to 0 has no sign."""
    return "-" if not np.isfinite(value) else f"{value:.2f}".replace("-0.00", "0.00").replace("0.", ".", 1)
