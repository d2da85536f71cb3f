"""The operations of an exported program, from their JSON."""

from genomics.io.torch.arguments import argument
from genomics.io.torch.fields import Object
from genomics.io.torch.record import Graph, Node, Ref, Sizes, shown


def read_graph(entry: Object) -> Graph:
    """A `Graph` of the schema; graphs inside it are read the same way.

    Raises:
      InputError: it is not of the schema.
    """
    inputs = [argument(each, read_graph) for each in entry.objects("inputs")]
    return Graph(
        inputs=tuple(each.name if isinstance(each, Ref) else "" for each in inputs),
        outputs=tuple(argument(each, read_graph) for each in entry.objects("outputs")),
        nodes=tuple(_node(each, i) for i, each in enumerate(entry.objects("nodes"))),
        sizes=_sizes(entry.object("tensor_values")),
    )


def sizes(meta: Object) -> Sizes:
    """The sizes that a `TensorMeta` states; None for those that are open."""
    found: list[int | None] = []
    for part in meta.objects("sizes"):
        if "as_expr" in part.value:
            found.append(None)
            continue
        size = part.get("as_int", int)
        if not 0 <= size < 1 << 40:
            raise part.error("as_int", f"is {size}; no size is")
        found.append(size)
    return tuple(found)


def _sizes(values: Object) -> dict[str, Sizes]:
    return {name: sizes(values.object(name)) for name in values.value}


def _node(entry: Object, index: int) -> Node:
    target = entry.get("target", str)
    arguments = []
    for each in entry.objects("inputs"):
        name = each.get("name", str)
        arguments.append((name, argument(each.object("arg"), read_graph)))
    outputs: list[str | tuple[str, ...] | None] = []
    for each in entry.objects("outputs"):
        found = argument(each, read_graph)
        if isinstance(found, tuple) and all(isinstance(part, Ref) for part in found):
            outputs.append(tuple(part.name for part in found))
        elif isinstance(found, Ref) or found is None:
            outputs.append(found.name if found is not None else None)
        else:
            raise each.archive.error(each.place, f"is {shown(found)}; an operation gives named tensors")
    layer, module = _layer(entry.get("metadata", dict, {}).get("nn_module_stack"))
    name = entry.value.get("name")
    return Node(
        name=name if isinstance(name, str) and name else f"{index}",
        target=target.removeprefix("torch.ops."),
        arguments=tuple(arguments),
        outputs=tuple(outputs),
        layer=layer,
        module=module,
    )


def _layer(stack: object) -> tuple[str, str]:
    """The innermost module of `nn_module_stack` and its class.

    The text is `key,path,class` of each module, outermost first, joined by `;`.
    """
    if not isinstance(stack, str) or not stack.isprintable():
        return "", ""
    parts = stack.split(";")[-1].split(",")
    return (parts[1], parts[2]) if len(parts) > 2 else ("", "")
