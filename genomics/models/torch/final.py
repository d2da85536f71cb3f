"""The final sigmoid or softmax of each output, without which the network gives logits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from genomics.io.torch import Node, Ref
from genomics.io.torch.record import Sizes
from genomics.models.torch.plan import output_names

_SOFTMAX = ("softmax", "_softmax")
#: Operations after which an output still ends in the activation before them.
_UNCHANGED = ("clone", "alias", "contiguous", "detach", "dropout", "to", "_to_copy")
#: And those after which it does if the activation is of each number alone.
_MOVED = (
    "view",
    "_unsafe_view",
    "reshape",
    "squeeze",
    "unsqueeze",
    "flatten",
    "transpose",
    "permute",
    "select",
    "slice",
)


def without_final_activation(
    nodes: Sequence[Node], output: Ref, sizes: Mapping[str, Sizes]
) -> tuple[list[Node], Ref, str | None]:
    """Further operations that compute an output without its final activation, that output, and which it was.

    The original operations are left as they are: something else may use them.
    """
    producer = {name: node for node in nodes for name in output_names(node)}
    chain: list[Node] = []
    name = output.name
    while name in producer:
        node = producer[name]
        stem = node.target.removeprefix("aten.").partition(".")[0]
        source = next((value for _, value in node.arguments[:1] if isinstance(value, Ref)), None)
        if source is None or len(output_names(node)) != 1:
            break
        moved = any(each.target.removeprefix("aten.").partition(".")[0] in _MOVED for each in chain)
        if stem == "sigmoid" or (stem in _SOFTMAX and not moved and _is_last(node, sizes.get(name, ()))):
            return *_copied(chain[::-1], source, output), "sigmoid" if stem == "sigmoid" else "softmax"
        if stem not in _UNCHANGED + _MOVED:
            break
        chain.append(node)
        name = source.name
    return [], output, None


def _copied(chain: Sequence[Node], source: Ref, output: Ref) -> tuple[list[Node], Ref]:
    """The operations after the activation once more, fed with what the activation was fed with."""
    copies, before = [], source
    for i, node in enumerate(chain):
        own = f"{output.name}/logits/{i}"
        first, *rest = node.arguments
        copies.append(replace(node, arguments=((first[0], before), *rest), outputs=(own,)))
        before = Ref(own)
    return copies, before


def _is_last(node: Node, sizes: Sizes) -> bool:
    """Whether a softmax runs along the last axis."""
    axis = dict(node.arguments).get("dim")
    return isinstance(axis, int) and (axis == -1 or axis == len(sizes) - 1)
