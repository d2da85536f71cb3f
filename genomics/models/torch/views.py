"""Views: tensors that share the numbers of another, and how a change of one gets back into that."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import accumulate
from typing import Any

from genomics.io.torch import Node, Ref
from genomics.io.torch.record import Sizes

#: Views in which every number stands where it stood.
_SAME = frozenset(("alias", "detach", "detach_", "positive", "lift", "lift_fresh"))
#: Layers that at inference give their very input.
DROPOUTS = frozenset(("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"))
#: Views with the numbers in the same order.
_RESHAPED = frozenset(("view", "_unsafe_view", "view_as", "unflatten", "squeeze", "unsqueeze"))
#: Views that undo themselves.
_MIRRORED = frozenset(("transpose", "swapaxes", "swapdims", "t", "numpy_T", "mT", "adjoint"))
#: Of a part of the numbers -> the operation that puts them back.
_PARTS = {"slice": "slice_scatter.default", "select": "select_scatter.default", "diagonal": "diagonal_scatter.default"}
_MOVED = frozenset(("permute", "movedim", "moveaxis"))
#: Views that hold a number several times: they can be taken anew, but not put back.
_REPEATED = frozenset(("expand", "expand_as", "broadcast_to", "unfold"))
_VIEWS = _SAME | DROPOUTS | _RESHAPED | _MIRRORED | _PARTS.keys() | _MOVED | _REPEATED
#: Operations that give several views, side by side along an axis.
_SEVERAL = frozenset(("split", "split_with_sizes", "chunk", "tensor_split"))
#: Operations that give a view or a copy, which depends on how numbers lie in memory; and those seldom seen as one node.
_MAYBE = frozenset(
    "contiguous to reshape reshape_as flatten ravel narrow unbind type_as real broadcast_tensors".split()  # noqa: SIM905
)
#: Operations in place that change a shape and no number.
SHAPES = frozenset(("squeeze_", "unsqueeze_", "transpose_", "t_", "swapaxes_", "swapdims_"))


def stem(target: str) -> str:
    """`slice` of `aten.slice.Tensor`; empty for what is not ATen's."""
    space, _, rest = target.partition(".")
    return rest.partition(".")[0] if space == "aten" else ""


def maybe(node: Node) -> bool:
    """Whether an operation may give views of its first argument that `pieces` does not know."""
    return stem(node.target) in _MAYBE | _VIEWS | _SEVERAL


def pieces(node: Node, sizes: Mapping[str, Sizes]) -> dict[str, Node]:
    """Of an operation that gives views of its first argument: name of each -> an operation that gives it alone."""
    name = stem(node.target)
    (output,) = node.outputs if len(node.outputs) == 1 else (None,)
    given = dict(node.arguments)
    if isinstance(output, str) and name in _VIEWS:
        return {output: node}
    if isinstance(output, str) and name == "narrow" and all(isinstance(given.get(n), int) for n in ("start", "length")):
        return {output: _slice(node, given["dim"], given["start"], given["length"])}
    if not isinstance(output, tuple):
        return {}
    axis = given.get("dim", 0)
    if name == "unbind":
        return {
            each: replace(node, target="aten.select.int", arguments=(node.arguments[0], ("dim", axis), ("index", i)))
            for i, each in enumerate(output)
        }
    if name not in _SEVERAL:
        return {}
    lengths = [sizes[each][axis] if axis < len(sizes.get(each, ())) else None for each in output]
    known = [n for n in lengths if n is not None]
    if len(known) < len(lengths):
        return {}
    starts = accumulate(known, initial=0)
    return {each: _slice(node, axis, start, n) for each, start, n in zip(output, starts, known, strict=False)}


def back(view: Node, parent: Ref, changed: Ref) -> Node | None:
    """The operation that puts a changed view back into what it is a view of; None where none is known."""
    name = stem(view.target)
    rest: tuple[tuple[str, Any], ...] = view.arguments[1:]
    if name in _SAME | DROPOUTS:
        return replace(view, target="aten.alias.default", arguments=(("self", changed),))
    if name in _RESHAPED:
        return replace(view, target="aten.view_as.default", arguments=(("self", changed), ("other", parent)))
    if name in _MIRRORED:
        return replace(view, arguments=(("self", changed), *rest))
    if name in _PARTS:
        return replace(view, target=f"aten.{_PARTS[name]}", arguments=(("self", parent), ("src", changed), *rest))
    if name == "permute":
        dims = [axis % len(rest[0][1]) for axis in rest[0][1]]
        order = tuple(dims.index(axis) for axis in range(len(dims)))
        return replace(view, arguments=(("self", changed), ("dims", order)))
    if name in ("movedim", "moveaxis"):
        given = dict(rest)
        swapped = (("source", given["destination"]), ("destination", given["source"]))
        return replace(view, arguments=(("self", changed), *swapped))
    return None


def _slice(node: Node, axis: int, start: int, length: int) -> Node:
    end = start + length
    rest = (("dim", axis), ("start", start), ("end", end if end or start >= 0 else None), ("step", 1))
    return replace(node, target="aten.slice.Tensor", arguments=(node.arguments[0], *rest))
