"""Changes in place (`relu_`, `add_`, `mask[:, 5:] = 0`): a program may hold them, a function of JAX may not.

The result gets a name of its own, and who reads the changed tensor afterwards reads that. What is changed through a
view is put back into the tensor that it is a view of; other views of that are taken anew before they are read again.
Whether `reshape` gives a view or a copy depends on how numbers lie in memory, which a graph does not say: where that
makes a difference a program is refused.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from genomics.io.torch import Node, Ref, TorchProgram
from genomics.io.torch.record import Sizes
from genomics.models.torch import views


def undone(
    program: TorchProgram, nodes: Sequence[Node], sizes: Mapping[str, Sizes]
) -> tuple[list[Node], dict[str, str], dict[str, str]]:
    """The operations without changes in place.

    Args:
      program: for messages, and its outputs.
      nodes: in order, graphs in them opened.
      sizes: by name, as the file states them.

    Returns:
      The operations; what the outputs of the program that were changed are called at the end; and of names that no file
      states, the names of which they have the shape.

    Raises:
      InputError: a tensor is changed through what may be a view or a copy, and what is read later depends on which; or
        arguments are not those of their operation. The message names the operation.
    """
    if not any(_changes(node) for node in nodes):
        return [_functional(node) for node in nodes], {}, {}
    last_read = {ref.name: len(nodes) for ref in program.outputs.values()}
    for i, node in enumerate(nodes):
        for _, value in node.arguments:
            for name in _names(value):
                last_read[name] = max(last_read.get(name, 0), i)
    memory = _Memory(sizes)
    for i, node in enumerate(nodes):
        try:
            problem = _taken(node, memory, lambda name, i=i: last_read.get(name, -1) > i)
        except (AttributeError, LookupError, TypeError, ValueError, ZeroDivisionError) as error:
            problem = f"its arguments are not those of such an operation: {type(error).__name__}: {error}"
        if problem:
            raise program.error(f"{node.describe()}: {problem}")
    outputs = {ref.name: memory.present(ref.name) for ref in program.outputs.values()}
    return memory.nodes, outputs, memory.shaped_as


def _taken(node: Node, memory: "_Memory", is_read: Callable[[str], bool]) -> str:
    """Adds an operation; what is wrong with it, empty where nothing is. `is_read`: whether a name is read later."""
    first = next(iter(_names(node.arguments[0][1])), None) if node.arguments else None
    arguments = tuple((name, _now(value, memory)) for name, value in node.arguments)
    memory.nodes.append(_functional(replace(node, arguments=arguments)))
    if first is None:
        return ""
    if not _changes(node):
        memory.looked_at(node, first)
        return ""
    others = sorted(filter(is_read, memory.doubtful(first)))
    if not others and memory.changed(node, first):
        return ""
    which = f"of which {others[0]!r}, read later, may be a view" if others else "which may be a view"
    way_out = "program = program.run_decompositions() before torch.export.save"
    return f"changes {first!r} in place, {which} or a copy; {way_out}"


@dataclass
class _Memory:
    """Which tensors share their numbers, and under which name the present ones of each are.

    Attributes:
      sizes: of tensors, as the file states them.
      nodes: the operations so far.
      shaped_as: name that is new -> name of the same shape.
    """

    sizes: Mapping[str, Sizes]
    nodes: list[Node] = field(default_factory=list)
    shaped_as: dict[str, str] = field(default_factory=dict)
    #: View -> the operation that takes it of another tensor.
    _views: dict[str, Node] = field(default_factory=dict)
    #: Name of what an operation in place gives -> the tensor that it changed.
    _same: dict[str, str] = field(default_factory=dict)
    #: Tensor -> all that share its numbers, or may.
    _family: dict[str, set[str]] = field(default_factory=dict)
    _current: dict[str, str] = field(default_factory=dict)
    #: Tensor that is no view -> how often it was changed; view -> after how many of these its name was taken.
    _changes: dict[str, int] = field(default_factory=dict)
    _taken: dict[str, int] = field(default_factory=dict)

    def looked_at(self, node: Node, first: str) -> None:
        """Notes an operation that may give a view of its first argument."""
        pieces = views.pieces(node, self.sizes)
        if not pieces and not views.maybe(node):
            return
        family = self._family.setdefault(first, {first})
        for name in _given(node):
            family.add(name)
            self._family[name] = family
        for name, view in pieces.items():
            self._views[name] = view
            self._taken[name] = self._changes.get(self._root(name), 0)

    def doubtful(self, name: str) -> Iterator[str]:
        """What may share numbers with a tensor, by a way that cannot be told."""
        root = self._root(name)
        return (other for other in self._family.get(name, ()) if self._root(other) != root)

    def present(self, name: str) -> str:
        """The name under which a tensor's present numbers are; a view of what was changed is taken anew."""
        name = self._same.get(name, name)
        root = self._root(name)
        if name == root or self._taken[name] == self._changes.get(root, 0):
            return self._current.get(name, name)
        view = self._views[name]
        (label, _), *rest = view.arguments
        new = self._new(replace(view, arguments=((label, Ref(self.present(self._parent(name)))), *rest)), name)
        self._current[name], self._taken[name] = new, self._changes.get(root, 0)
        return new

    def changed(self, node: Node, name: str) -> bool:
        """Takes what an operation in place gives as the numbers of its first argument; False where it cannot."""
        name = self._same.get(name, name)
        root = self._root(name)
        if views.stem(node.target) in views.SHAPES and len(self._family.get(name, ())) > 1:
            return False
        new, *_ = _given(node)
        chain, child = [], name
        while child != root:
            parent = self._parent(child)
            chain.append((child, parent, self.present(parent)))
            child = parent
        self._changes[root] = self._changes.get(root, 0) + 1
        self._same[new] = name
        self._family[new] = self._family.setdefault(name, {name})
        self._family[new].add(new)
        self._current[name], self._taken[name] = new, self._changes[root]
        for child, parent, before in chain:
            back = views.back(self._views[child], Ref(before), Ref(new))
            if back is None:
                return False
            new = self._new(back, parent)
            self._current[parent], self._taken[parent] = new, self._changes[root]
        return True

    def _root(self, name: str) -> str:
        name = self._same.get(name, name)
        while name in self._views:
            name = self._parent(name)
        return name

    def _parent(self, view: str) -> str:
        (_, parent), *_ = self._views[view].arguments
        name: str = parent.name
        return self._same.get(name, name)

    def _new(self, node: Node, like: str) -> str:
        name = f"{like}/{len(self.nodes)}"
        self.shaped_as[name] = like
        self.nodes.append(replace(node, outputs=(name,)))
        return name


def _changes(node: Node) -> bool:
    stem = views.stem(node.target)
    return stem.endswith("_") and not stem.endswith("__") and stem != "detach_"


def _functional(node: Node) -> Node:
    """`aten.relu_.default` as `aten.relu.default`."""
    space, _, rest = node.target.partition(".")
    stem, dot, overload = rest.partition(".")
    if space != "aten" or not stem.endswith("_") or stem.endswith("__"):
        return node
    arguments = node.arguments
    if stem[:-1] in views.DROPOUTS:  # which name their input otherwise in place
        arguments = (("input", arguments[0][1]), *arguments[1:])
    return replace(node, target=f"{space}.{stem[:-1]}{dot}{overload}", arguments=arguments)


def _given(node: Node) -> list[str]:
    return [n for output in node.outputs for n in (output if isinstance(output, tuple) else (output,)) if n is not None]


def _names(value: Any) -> list[str]:
    if isinstance(value, Ref):
        return [value.name]
    return [name for part in value for name in _names(part)] if isinstance(value, tuple) else []


def _now(value: Any, memory: _Memory) -> Any:
    if isinstance(value, Ref):
        return Ref(memory.present(value.name))
    return tuple(_now(part, memory) for part in value) if isinstance(value, tuple) else value
