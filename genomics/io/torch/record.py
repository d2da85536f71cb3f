"""What an exported PyTorch program holds, as plain records."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genomics.errors import InputError

#: Sizes of a tensor; None where the program leaves one open.
Sizes = tuple[int | None, ...]


def shown(value: Any) -> str:
    """A value of a file as messages print it: on one line, cut when long, nothing that a terminal would obey."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def plain(text: str) -> str:
    """A text of a file on one line, without characters that a terminal would obey."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))


@dataclass(frozen=True)
class Ref:
    """A value of the graph, by name: a tensor, or a number that depends on an open size."""

    name: str


@dataclass(frozen=True)
class Kind:
    """An element type, as PyTorch numbers it (`as_scalar_type`)."""

    code: int


@dataclass(frozen=True)
class Place:
    """How or where a tensor lies (device, layout, memory format), which says nothing of its numbers."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """One operation.

    Attributes:
      name: unique in most graphs; for messages.
      target: `aten.relu.default`, `_operator.mul`, `higher_order.wrap_with_set_grad_enabled`, ...
      arguments: (name of the parameter in the operation's schema, empty where it has none; the value). Values are
        numbers, truth values, texts, None, `Ref`, `Kind`, `Place`, `Graph`, and tuples of these.
      outputs: names of what it gives, in order; None for one that is not named; a tuple for a list of tensors.
      layer: the module that it belongs to (`rconvs.0`); empty for the network itself.
      module: the class of that module (`torch.nn.modules.rnn.LSTM`), where the file says it.
    """

    name: str
    target: str
    arguments: tuple[tuple[str, Any], ...]
    outputs: tuple[str | tuple[str, ...] | None, ...]
    layer: str
    module: str = ""

    def describe(self) -> str:
        """For messages: the operation, its name in the graph and its layer."""
        of = f" of layer {shown(self.layer)}" if self.layer else ""
        return plain(f"operation {self.target} (node {self.name!r}{of})")


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Operations in order.

    Attributes:
      inputs: names; of a graph inside another, as its operation passes them.
      outputs: what it gives: `Ref`, numbers or None.
      nodes: in order of computation.
      sizes: of every tensor that is stated, by name.
    """

    inputs: tuple[str, ...]
    outputs: tuple[Any, ...]
    nodes: tuple[Node, ...]
    sizes: Mapping[str, Sizes]


@dataclass(frozen=True, kw_only=True)
class TorchProgram:
    """A network as `torch.export.save` wrote it.

    Attributes:
      file: where it came from.
      torch_version: of the PyTorch that wrote it.
      graph: its inputs are the tensors below and the arrays that a caller gives.
      tensors: name in the graph -> key into `arrays`; tied weights share one.
      arrays: by the name in the module (`conv1.weight`). Numbers of less than four bytes are widened.
      trained: the keys of `arrays` that are parameters or running statistics, rather than constants.
      values: name in the graph -> a number or text that was given when the network was exported.
      inputs: what a caller gives, by name, with sizes as exported, the batch axis included.
      kinds: the element types of the inputs.
      ranges: (input, axis) -> smallest and largest size of an open axis; None without a largest.
      outputs: labels of what the network gives, and what in the graph they are.
    """

    file: Path
    torch_version: str
    graph: Graph
    tensors: Mapping[str, str]
    arrays: Mapping[str, np.ndarray]
    trained: frozenset[str]
    values: Mapping[str, Any]
    inputs: Mapping[str, Sizes]
    kinds: Mapping[str, Kind]
    ranges: Mapping[tuple[str, int], tuple[int, int | None]]
    outputs: Mapping[str, Ref]

    def error(self, problem: str) -> InputError:
        """The error for something wrong with this file."""
        return InputError(f"{self.file}: {plain(problem)}")
