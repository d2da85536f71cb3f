"""Changes in place (`relu_`, `add_`): a program as exported may hold them, a function of JAX may not.

The result gets a name of its own, and who reads the changed tensor afterwards reads that. Where a tensor is changed
through a view of it and another view is read later, this would not do: such a program is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from genomics.io.torch import Node, Ref, TorchProgram

#: Operations whose result may share its numbers with their first argument.
_VIEWS = frozenset(
    """
    alias detach detach_ contiguous to dropout feature_dropout alpha_dropout feature_alpha_dropout view _unsafe_view
    reshape view_as reshape_as flatten unflatten ravel squeeze unsqueeze transpose swapaxes swapdims permute movedim
    moveaxis t numpy_T mT adjoint expand expand_as broadcast_to slice select narrow split split_with_sizes chunk
    tensor_split unbind unfold type_as positive lift lift_fresh diagonal real broadcast_tensors
    """.split()  # noqa: SIM905
)


def undone(program: TorchProgram, nodes: Sequence[Node]) -> tuple[list[Node], dict[str, str]]:
    """The operations without changes in place, and what names of changed tensors stand for at the end.

    Raises:
      InputError: a tensor is changed through a view, and another view of it is read afterwards.
    """
    if not any(_changes(node) for node in nodes):
        return [replace(node, target=_functional(node.target)) for node in nodes], {}
    last_read = {ref.name: len(nodes) for ref in program.outputs.values()}
    for i, node in enumerate(nodes):
        for _, value in node.arguments:
            for name in _names(value):
                last_read[name] = max(last_read.get(name, 0), i)
    family: dict[str, set[str]] = {}
    current: dict[str, str] = {}
    found = []
    for i, node in enumerate(nodes):
        first = next((name for _, value in node.arguments[:1] for name in _names(value)), None)
        gives = [name for output in node.outputs for name in _names(_refs(output))]
        arguments = tuple((name, _now(value, current)) for name, value in node.arguments)
        found.append(replace(node, target=_functional(node.target), arguments=arguments))
        if first is not None and (_changes(node) or _stem(node.target) in _VIEWS):
            own = family.setdefault(first, {first})
            for name in gives:
                own.add(name)
                family[name] = own
        if _changes(node) and first is not None:
            others = sorted(name for name in family[first] - {first, *gives} if last_read.get(name, -1) > i)
            if others:
                raise program.error(
                    f"{node.describe()}: changes {first!r} in place, of which {others[0]!r}, read later, is another "
                    "view; program = program.run_decompositions() before torch.export.save"
                )
            for name in gives[:1]:
                current[first] = name
    # A tensor may be changed more than once.
    final = {}
    for name in current:
        end = name
        while end in current:
            end = current[end]
        final[name] = end
    return found, final


def _changes(node: Node) -> bool:
    stem = _stem(node.target)
    return stem.endswith("_") and not stem.endswith("__") and stem not in _VIEWS


def _functional(target: str) -> str:
    """`aten.relu_.default` as `aten.relu.default`."""
    space, _, rest = target.partition(".")
    stem, dot, overload = rest.partition(".")
    if space == "aten" and stem.endswith("_") and not stem.endswith("__"):
        return f"{space}.{stem[:-1]}{dot}{overload}"
    return target


def _stem(target: str) -> str:
    space, _, rest = target.partition(".")
    return rest.partition(".")[0] if space == "aten" else ""


def _refs(output: Any) -> Any:
    return tuple(Ref(name) for name in output) if isinstance(output, tuple) else None if output is None else Ref(output)


def _names(value: Any) -> list[str]:
    if isinstance(value, Ref):
        return [value.name]
    return [name for part in value for name in _names(part)] if isinstance(value, tuple) else []


def _now(value: Any, current: Mapping[str, str]) -> Any:
    if isinstance(value, Ref):
        name = value.name
        while name in current:
            name = current[name]
        return Ref(name)
    return tuple(_now(part, current) for part in value) if isinstance(value, tuple) else value
