"""Programs as PyTorch exports them, written by hand: one input `x` (1, 4, L), and operations of ATen."""

from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from genomics.io.torch import Graph, Node, Ref, TorchProgram
from genomics.models.torch.load import build


def operation(target: str, gives: Any, **arguments: Any) -> Node:
    """`operation("add_.Tensor", "y", self="x", other=1)`: texts are names of tensors."""
    found = tuple((name, _named(value)) for name, value in arguments.items())
    return Node(name=str(gives), target=f"aten.{target}", arguments=found, outputs=(gives,), layer="")


def _named(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_named, value))
    return Ref(value) if isinstance(value, str) else value


def program(nodes: list[Node], *outputs: str, length: int = 6, sizes: dict[str, tuple[int | None, ...]] | None = None):
    x = (1, 4, length)
    graph = Graph(inputs=("x",), outputs=tuple(map(Ref, outputs)), nodes=tuple(nodes), sizes={"x": x, **(sizes or {})})
    return TorchProgram(
        file=Path("hand.pt2"),
        torch_version="2.13.0",
        graph=graph,
        tensors={},
        arrays={},
        trained=frozenset(),
        values={},
        inputs={"x": graph.sizes["x"]},
        ranges={},
        outputs={name: Ref(name) for name in outputs},
    )


def computed(nodes: list[Node], *outputs: str, x: np.ndarray, sizes=None) -> list[np.ndarray]:
    """What such a program gives of a sequence `x` (4, L)."""
    network = build(program(nodes, *outputs, length=x.shape[-1], sizes=sizes)).network
    return [np.asarray(output) for output in network.apply(network.parameters, jnp.asarray(x))]
