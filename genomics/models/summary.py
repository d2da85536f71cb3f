"""The table of a network's layers that training prints."""

import math
from typing import Any, NamedTuple

import jax


class LayerRow(NamedTuple):
    """One line: what the layer is, its output's shape without the batch, its number of parameters."""

    name: str
    output: tuple[int, ...]
    parameters: int


def count_parameters(tree: Any) -> int:
    """Number of numbers in a pytree of arrays."""
    return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(tree))


def summary(rows: list[LayerRow]) -> str:
    """Plain-text table with a line of totals."""
    cells = [(row.name, "(" + ", ".join(map(str, row.output)) + ")", f"{row.parameters:,}") for row in rows]
    cells = [("layer", "output", "parameters"), *cells, ("total", "", f"{sum(row.parameters for row in rows):,}")]
    widths = [max(len(line[column]) for line in cells) for column in range(3)]
    lines = [f"{name:<{widths[0]}}  {output:<{widths[1]}}  {count:>{widths[2]}}" for name, output, count in cells]
    rule = "-" * len(lines[0])
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])
