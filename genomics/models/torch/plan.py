"""A graph made ready: inner graphs opened, changes in place undone, what is not read refused, the unused dropped."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from genomics.io.torch import Graph, Node, Ref, TorchProgram
from genomics.io.torch.record import Place, Sizes, plain
from genomics.io.torch.refusals import KEEP_RECURRENCES
from genomics.models.torch import aliases
from genomics.models.torch.table import function_of, is_check, reason

#: Arguments that say how or where a tensor lies, or how a library computes it.
_WITHOUT_MEANING = frozenset(
    """
    device layout memory_format pin_memory non_blocking copy requires_grad cudnn_enabled cudnn_enable generator
    benchmark deterministic allow_tf32 half_to_float
    """.split()  # noqa: SIM905
)
#: Operations around a graph that change nothing in its numbers here -> the place of the graph among the arguments.
_WRAPPERS = {"higher_order.wrap_with_set_grad_enabled": 1, "higher_order.wrap_with_autocast": 4}
_UNROLLED = 50


@dataclass(frozen=True, kw_only=True)
class Call:
    """One operation, ready to be called.

    Attributes:
      node: where it comes from; its arguments and outputs are by the names of this plan.
      function: of its arguments, positional ones first.
      positional: arguments without a name.
      named: the others.
    """

    node: Node
    function: Callable[..., Any]
    positional: tuple[Any, ...]
    named: Mapping[str, Any]


def flat(program: TorchProgram) -> tuple[list[Node], dict[str, Ref], dict[str, Sizes]]:
    """The operations with inner graphs opened and changes in place undone, the outputs by label, and sizes by name.

    Raises:
      InputError: a tensor is changed in place through what may be a view of it or a copy.
    """
    stated: dict[str, Sizes] = {}
    opened = list(_opened(program.graph, {}, "", stated))
    nodes, renamed, shaped_as = aliases.undone(program, opened, stated)
    outputs = {label: Ref(renamed.get(ref.name, ref.name)) for label, ref in program.outputs.items()}
    return nodes, outputs, {**stated, **{new: stated[old] for new, old in shaped_as.items() if old in stated}}


def steps(program: TorchProgram, nodes: Sequence[Node], outputs: Sequence[Ref]) -> list[Call]:
    """What the outputs need, in order.

    Raises:
      InputError: operations or arguments that are not read, all in one message.
    """
    kept = _needed(nodes, {ref.name for ref in outputs})
    found, unknown = [], []
    for node in kept:
        function = function_of(node.target)
        if function is None:
            unknown.append((node.target, reason(node.target), node))
            continue
        arguments = [(n, v) for n, v in node.arguments if n not in _WITHOUT_MEANING and not isinstance(v, Place)]
        # Functions of Python name their arguments as they like.
        named_ones = node.target.startswith("aten.")
        positional = tuple(value for name, value in arguments if not name or not named_ones)
        named = {name: value for name, value in arguments if name and named_ones}
        strange = _not_taken(function, len(positional), tuple(named))
        if strange or any(isinstance(value, Graph) for _, value in arguments):
            unknown.append((node.target, strange, node))
            continue
        found.append(Call(node=node, function=function, positional=positional, named=named))
    if unknown:
        raise program.error(_refusal(unknown))
    return found


def notes(nodes: Sequence[Node]) -> list[str]:
    """What a user may want to know: recurrences that were written out step by step."""
    unrolled = [node for node in nodes if _is_recurrent(node.module) and "lstm" not in node.target]
    unrolled = [node for node in unrolled if "gru" not in node.target and "rnn" not in node.target]
    if len(unrolled) < _UNROLLED:
        return []
    layers = ", ".join(dict.fromkeys(plain(node.layer) for node in unrolled))
    return [
        f"the recurrence {layers} was written out into {len(unrolled)} operations, which are slow to compile and run; "
        f"to keep it whole, export without run_decompositions(), or with {KEEP_RECURRENCES}"
    ]


def references(value: Any) -> Iterator[str]:
    """The names in an argument."""
    if isinstance(value, Ref):
        yield value.name
    elif isinstance(value, tuple):
        for part in value:
            yield from references(part)


def output_names(node: Node) -> list[str]:
    """Every name that an operation gives."""
    return [
        name
        for output in node.outputs
        for name in (output if isinstance(output, tuple) else () if output is None else (output,))
    ]


def renamed(value: Any, names: Mapping[str, Any]) -> Any:
    """An argument with names replaced by other names or values."""
    if isinstance(value, Ref):
        new = names.get(value.name, value)
        return Ref(new) if isinstance(new, str) else new
    return tuple(renamed(part, names) for part in value) if isinstance(value, tuple) else value


def _opened(graph: Graph, names: Mapping[str, Any], prefix: str, sizes: dict[str, Sizes]) -> Iterator[Node]:
    """The nodes of a graph, those of graphs in it in their place. `names` says what its inputs are outside.

    `sizes` gets what each graph states.
    """
    inside = dict(names)
    sizes.update({f"{prefix}{name}": stated for name, stated in graph.sizes.items()})
    for node in graph.nodes:
        arguments = tuple((name, renamed(value, inside)) for name, value in node.arguments)
        place = _WRAPPERS.get(node.target)
        inner = arguments[place][1] if place is not None and len(arguments) > place else None
        if isinstance(inner, Graph):
            assert place is not None
            given = [value for _, value in arguments[place + 1 :]]
            own = f"{prefix}{node.name}/"
            bound = dict(zip(inner.inputs, given, strict=False))
            yield from _opened(inner, bound, own, sizes)
            # What the inner graph gives is known outside by the names of the operation around it.
            local = {name: f"{own}{name}" for each in inner.nodes for name in output_names(each)}
            ends = [renamed(end, {**local, **bound}) for end in inner.outputs]
            inside.update(zip(output_names(node), ends, strict=False))
            continue
        if prefix:
            inside.update({name: f"{prefix}{name}" for name in output_names(node)})
        outputs = tuple(
            tuple(f"{prefix}{name}" for name in output)
            if isinstance(output, tuple)
            else None
            if output is None
            else f"{prefix}{output}"
            for output in node.outputs
        )
        yield replace(node, arguments=arguments, outputs=outputs)


def _needed(nodes: Sequence[Node], wanted: set[str]) -> list[Node]:
    wanted, kept = set(wanted), []
    for node in reversed(nodes):
        if is_check(node.target) or wanted.isdisjoint(output_names(node)):
            continue
        kept.append(node)
        wanted.update(name for _, value in node.arguments for name in references(value))
    return kept[::-1]


@cache
def _not_taken(function: Callable[..., Any], positional: int, named: tuple[str, ...]) -> str:
    """What is wrong with a function's arguments; empty where nothing is."""
    try:
        inspect.signature(function).bind(*[None] * positional, **dict.fromkeys(named))
    except TypeError as error:
        return f"{error}"
    except ValueError:  # a function of Python without a signature
        return ""
    return ""


def _refusal(unknown: Sequence[tuple[str, str, Node]]) -> str:
    lines: dict[tuple[str, str], list[Node]] = {}
    for target, why, node in unknown:
        lines.setdefault((target, why), []).append(node)
    said = []
    for (target, why), nodes in lines.items():
        layers = ", ".join(dict.fromkeys(node.layer or "the network itself" for node in nodes[:4]))
        times = f", {len(nodes)} times" if len(nodes) > 1 else ""
        said.append(f"{target} ({f'{why}; ' if why else ''}in {layers}{times})")
    ways = ["write the network as a JAX function, --model=MODULE:FUNCTION"]
    # What is random, complex or of a size that depends on the sequence is so in every form.
    if any(not reason(target) or target.startswith("higher_order.") for target, _ in lines):
        ways.insert(0, "program = program.run_decompositions() before torch.export.save breaks many into ones that are")
    return f"holds operations that are not read: {'; '.join(said)}. The way out: {'; or '.join(ways)}"


def _is_recurrent(module: str) -> bool:
    return module.startswith("torch.nn.modules.rnn.")
