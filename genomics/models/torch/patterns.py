"""Operations that decomposition spells out in a way that hides what they are."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from genomics.io.torch import Node, Ref
from genomics.models.torch.plan import output_names

Producers = Mapping[str, Node]


def recognised(nodes: Sequence[Node]) -> list[Node]:
    """The nodes, attention's softmax as one operation.

    Decomposed attention asks of its scores whether a whole row is minus infinity, and puts zeros there. Only a mask can
    make a row so: asked of the mask, which is constant, the question leaves a softmax that every transformation reads.
    """
    producers = {name: node for node in nodes for name in output_names(node)}
    return [_attention_softmax(node, producers) or node for node in nodes]


def _attention_softmax(node: Node, producers: Producers) -> Node | None:
    """`where(not any(not (v == -inf)), 0, softmax(v))` as one operation of v and what was added to make it."""
    if node.target != "aten.where.self":
        return None
    given = dict(node.arguments)
    softmax = _made(producers, given.get("other"), "aten._softmax.default")
    zeros = _made(producers, given.get("self"), "aten.full_like.default")
    inner = _made(producers, given.get("condition"), "aten.logical_not.default")
    some = _made(producers, _first(inner), "aten.any.dim")
    outer = _made(producers, _first(some), "aten.logical_not.default")
    equal = _made(producers, _first(outer), "aten.eq.Scalar")
    if softmax is None or zeros is None or some is None or equal is None:
        return None
    scores, fill = _first(softmax), dict(zeros.arguments).get("fill_value")
    along = dict(softmax.arguments).get("dim")
    if _first(equal) != scores or dict(equal.arguments).get("other") != -math.inf or fill != 0:
        return None
    if dict(some.arguments).get("dim") != along or dict(some.arguments).get("keepdim") is not True:
        return None
    total = _made(producers, scores, "aten.add.Tensor")
    parts = tuple(value for _, value in total.arguments[:2]) if total else ()
    return replace(
        node, target="aten._masked_softmax.default", arguments=(("self", scores), ("dim", along), ("parts", parts))
    )


def _made(producers: Producers, value: Any, target: str) -> Node | None:
    node = producers.get(value.name) if isinstance(value, Ref) else None
    return node if node is not None and node.target == target else None


def _first(node: Node | None) -> Any:
    return node.arguments[0][1] if node is not None and node.arguments else None
