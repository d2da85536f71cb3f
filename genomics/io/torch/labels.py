"""What a network's outputs are called: the keys of a dictionary, the fields of a named tuple, or their numbers."""

import json
from typing import Any

from genomics.io.torch.arguments import argument
from genomics.io.torch.fields import Object
from genomics.io.torch.graph import read_graph
from genomics.io.torch.record import Ref, plain

_DICTIONARIES = ("builtins.dict", "collections.OrderedDict", "collections.defaultdict")
_SEQUENCES = ("builtins.tuple", "builtins.list", "collections.deque")


def outputs(module: Object) -> dict[str, Ref]:
    """The tensors that a network gives, by label.

    Args:
      module: the `GraphModule` of the schema.

    Raises:
      InputError: it gives no tensor, or the program is one for training (a loss, gradients).
    """
    given = []
    for spec in module.object("signature").objects("output_specs"):
        kind, _ = spec.only()
        if kind in ("loss_output", "gradient_to_parameter", "gradient_to_user_input"):
            raise spec.error(kind, "is an output of a program for training; export the model alone, after model.eval()")
        if kind == "user_output":
            given.append(argument(spec.object(kind).object("arg"), read_graph))
    names = _names(module, len(given))
    found = {name: each for name, each in zip(names, given, strict=True) if isinstance(each, Ref)}
    if not found:
        raise module.error("signature", "the program gives no tensor")
    return found


def _names(module: Object, count: int) -> list[str]:
    names = _from_tree(module)
    if len(names) != count or len({name.lower() for name in names}) != count or not all(names):
        names = ["output"] if count == 1 else [f"output_{i}" for i in range(count)]
    return names


def _from_tree(module: Object) -> list[str]:
    """The labels that `out_spec`, PyTorch's description of the nested result, gives to each leaf."""
    calls = module.get("module_call_graph", list, [])
    signature = calls[0].get("signature") if calls and isinstance(calls[0], dict) else None
    spec = signature.get("out_spec") if isinstance(signature, dict) else None
    try:
        tree = json.loads(spec)[1] if isinstance(spec, str) else None
        fields = {
            name: each["field_names"] for name, each in module.get("treespec_namedtuple_fields", dict, {}).items()
        }
        return [plain(".".join(path)) for path in _leaves(tree, (), fields)]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return []  # a label is a courtesy: without it the number serves


def _leaves(tree: Any, path: tuple[str, ...], fields: dict[str, Any]) -> list[tuple[str, ...]]:
    kind, children = tree["type"], tree["children_spec"]
    if kind is None:
        return [path or ("output",)]
    context = json.loads(tree["context"]) if isinstance(tree["context"], str) else tree["context"]
    keys = [str(i) for i in range(len(children))]
    if kind in _DICTIONARIES:
        listed = context[-1] if kind.endswith("defaultdict") else context
        keys = [str(key) for key in listed]
    elif kind == "collections.namedtuple":
        keys = [str(key) for key in fields[context]]
    elif not path:
        keys = [f"output_{key}" for key in keys]
    return [leaf for key, child in zip(keys, children, strict=True) for leaf in _leaves(child, (*path, key), fields)]
