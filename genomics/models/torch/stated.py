"""The shapes that a file states: which of them hold, and what they say of axes that are open."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from genomics.io.torch import Node, Ref
from genomics.io.torch.record import Sizes
from genomics.models.torch.plan import output_names, references

_SQUEEZE = "aten.squeeze."
_LSTM = "aten.lstm."
#: Axes of the states of an LSTM: layers and directions, batch, channels.
_OF_STATES = 3


def which_hold(nodes: Sequence[Node], sizes: Mapping[str, Sizes]) -> dict[str, Sizes]:
    """Without the shapes that PyTorch 2.9 states wrongly: an LSTM's last states, and what follows from them.

    It states (layers, 1, batch, channels) where LSTM gives, and its own program when run, (layers, batch, channels).

    Args:
      nodes: in order of computation.
      sizes: by name, as the file states them.
    """
    doubted: set[str] = set()
    for node in nodes:
        if node.target.startswith(_LSTM):
            doubted.update(name for name in output_names(node)[1:] if len(sizes.get(name, ())) > _OF_STATES)
        elif not doubted.isdisjoint(name for _, value in node.arguments for name in references(value)):
            doubted.update(output_names(node))
    return {name: stated for name, stated in sizes.items() if name not in doubted}


def with_open_axes(nodes: Sequence[Node], sizes: Mapping[str, Sizes]) -> Iterator[Node]:
    """The nodes; those that drop axes of size 1 keep the ones that are open, as PyTorch decided at the export.

    Here a batch is of one sequence: its axis would go as well.

    Args:
      nodes: in order of computation.
      sizes: by name, those that hold.
    """
    for node in nodes:
        stated = _operand(node, sizes) if node.target.startswith(_SQUEEZE) else None
        if stated is None or None not in stated:
            yield node
            continue
        (operand, *rest) = node.arguments
        named = dict(rest).get("dim")
        axes = range(len(stated)) if named is None else named if isinstance(named, tuple) else (named,)
        if not all(isinstance(axis, int) and -len(stated) <= axis < len(stated) for axis in axes):
            yield node  # the operation itself refuses it
            continue
        gone = tuple(axis for axis in axes if stated[axis] is not None)
        yield replace(node, arguments=(operand, ("dim", gone)))


def _operand(node: Node, sizes: Mapping[str, Sizes]) -> Sizes | None:
    first: Any = node.arguments[0][1] if node.arguments else None
    return sizes.get(first.name) if isinstance(first, Ref) else None
