"""`docs/networks.md`: the matrix as a page, written and read."""

import re
from collections.abc import Mapping
from pathlib import Path

from tests.networks.checks.outcome import Outcome
from tests.networks.matrix import CHECKS
from tests.networks.record import NETWORKS

PAGE = Path(__file__).parents[2] / "docs" / "networks.md"
COLUMNS = tuple(column for columns in CHECKS.values() for column in columns)

#: Of each network, by column.
Outcomes = Mapping[str, Mapping[str, Outcome]]

_HEAD = """# What each method makes of each network

{networks} small networks, one for each way of building one, meet every transformation and every method. Each number is
compared with the plain way in double precision: mutants and windows one by one, JAX's own gradients, sums that must
equal f(x) - f(r), relevance as input times the gradient of lines through zero. `python -m tests.networks --write`
writes this page; `make test-slow` recomputes every cell and holds the page equal to it.

| mark | means |
|---|---|
| = | equal to the plain way |
| ~ | equal to it, but from the layer named below on computed in full for every mutant or window, or without a field |
| - | refused, for the reason named below |
"""
_ROW = re.compile(r"^\| ([^|]+?) \| (.*) \|$")
_REASON = re.compile(r"^- \*\*(.+?)\*\*, ([a-z0-9_, ]+): (.+)$")


def told(reason: str) -> str:
    """A reason without what differs from machine to machine, and from edit to edit: folders and numbers of lines."""
    return re.sub(r"[^\s(]*tests/networks/(\w+\.py):\d+(:\d+)?", r"\1", reason)


def render(outcomes: Outcomes) -> str:
    """The page."""
    lines = [_HEAD.format(networks=len(outcomes)).rstrip("\n")]
    if any(outcome.mark == "!" for of in outcomes.values() for outcome in of.values()):
        lines.append("| ! | wrong, or a crash; the tests expect the failure, so that mending it is noticed |")
    lines.append("")
    lines += ["| network | " + " | ".join(COLUMNS) + " |", "|---" * (1 + len(COLUMNS)) + "|"]
    lines += [f"| {name} | " + " | ".join(of[c].mark for c in COLUMNS) + " |" for name, of in outcomes.items()]
    lines += ["", "## Why", ""]
    for name, of in outcomes.items():
        reasons: dict[str, list[str]] = {}
        for column in COLUMNS:
            if of[column].reason:
                reasons.setdefault(told(of[column].reason), []).append(column)
        lines += [f"- **{name}**, {', '.join(columns)}: {reason}" for reason, columns in reasons.items()]
    lines += ["", "## The networks", ""]
    lines += [f"- **{name}**: {NETWORKS[name].about}" for name in outcomes]
    return "\n".join(lines) + "\n"


def parse(page: str) -> dict[str, dict[str, Outcome]]:
    """The outcomes that a page tells."""
    marks, reasons = {}, {}
    for line in page.splitlines():
        if (row := _ROW.match(line)) and row[1] in NETWORKS:
            marks[row[1]] = dict(zip(COLUMNS, row[2].split(" | "), strict=True))
        elif (why := _REASON.match(line)) and why[1] in marks:
            reasons.update({(why[1], column): why[3] for column in why[2].split(", ")})
    return {
        name: {column: Outcome(mark=mark, reason=reasons.get((name, column), "")) for column, mark in of.items()}
        for name, of in marks.items()
    }
