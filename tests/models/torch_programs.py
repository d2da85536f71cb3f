"""Programs as PyTorch exports them, written by hand: an input `x` (1, 4, 6), and operations of ATen."""

from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from genomics.io.torch import Graph, Node, Ref, TorchProgram
from genomics.io.torch.record import Kind
from genomics.models.torch.load import build


def operation(target: str, gives: Any, **arguments: Any) -> Node:
    """`operation("add_.Tensor", "y", self="x", other=1)`: texts are names of tensors."""
    found = tuple((name, _named(value)) for name, value in arguments.items())
    return Node(name=str(gives), target=f"aten.{target}", arguments=found, outputs=(gives,), layer="")


def _named(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_named, value))
    return Ref(value) if isinstance(value, str) else value


#: The input that most programs take; 7 is float32, 5 a whole number, 12 a truth value.
DNA = {"x": ((1, 4, 6), 7)}


def program(nodes: list[Node], *outputs: str, inputs=DNA, sizes: dict[str, tuple[int | None, ...]] | None = None):
    """A program; `inputs` are name -> (sizes, PyTorch's number of the element type)."""
    stated = {name: size for name, (size, _) in inputs.items()} | (sizes or {})
    graph = Graph(inputs=tuple(inputs), outputs=tuple(map(Ref, outputs)), nodes=tuple(nodes), sizes=stated)
    return TorchProgram(
        file=Path("hand.pt2"),
        torch_version="2.13.0",
        graph=graph,
        tensors={},
        arrays={},
        trained=frozenset(),
        values={},
        inputs={name: stated[name] for name in inputs},
        kinds={name: Kind(code) for name, (_, code) in inputs.items()},
        ranges={},
        outputs={name: Ref(name) for name in outputs},
    )


def computed(nodes: list[Node], *outputs: str, x: np.ndarray, others=(), **given: Any) -> list[np.ndarray]:
    """What such a program gives of a sequence `x` (4, L) and of what else it takes."""
    network = build(program(nodes, *outputs, **given)).network
    return [np.asarray(output) for output in network.apply(network.parameters, *map(jnp.asarray, (x, *others)))]
