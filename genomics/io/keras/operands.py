"""What a layer is called with: its tensors, and by name what else says something."""

from typing import Any

from genomics.io.keras.nodes import KerasNode
from genomics.io.keras.operations import OPERATIONS, bind
from genomics.io.keras.record import KerasLayer, Operand, Source, shown

#: Layers whose inputs have names, in the order of positional arguments.
_NAMED = {
    "MultiHeadAttention": ("query", "value", "key"),
    "LSTM": ("sequences", "initial_state"),
    "GRU": ("sequences", "initial_state"),
    "SimpleRNN": ("sequences", "initial_state"),
    "RNN": ("sequences", "initial_state"),
    "Bidirectional": ("sequences", "initial_state"),
}
#: Their arguments that are no tensors.
_SWITCHES = {"MultiHeadAttention": ("return_attention_scores", "use_causal_mask")}


def operands(layer: KerasLayer, node: KerasNode) -> tuple[tuple[Source, ...], dict[str, Any]]:
    """The tensors that a call takes, and its arguments by name where these have names."""
    if layer.class_name in OPERATIONS and _is_operation_call(layer, node):
        tensors, bound = bind(layer, node)
        # Of two tensors it is the same as a layer.
        alike = layer.class_name in ("Add", "Subtract", "Multiply", "Maximum", "Minimum") and len(tensors) == 2
        return tensors, {} if alike or (set(bound) == {"x"} and len(tensors) == 1) else dict(bound)
    names = _NAMED.get(layer.class_name)
    kwargs = _checked(layer, node)
    if names is None:
        flat = tuple(_flat(layer, [*node.args, *kwargs.values()]))
        return flat, {}
    args = list(node.args)
    if len(args) == 1 and isinstance(args[0], list):  # Keras 2 lists the sequence and its states together
        first, *states = args[0]
        args = [first, *([states] if states else [])]
    found = {**dict(zip(names, args, strict=False)), **kwargs}
    if len(args) > len(names):
        raise layer.error(f"is called with {len(args)} inputs; {', '.join(names)} are understood")
    sources: list[Source] = []
    arguments: dict[str, Any] = {}
    for name, value in found.items():
        if name in names:
            own = _flat(layer, [value])
            arguments[name] = [Operand(len(sources) + i) for i in range(len(own))]
            arguments[name] = arguments[name] if isinstance(value, list) else arguments[name][0]
            sources += own
        else:
            arguments[name] = value
    return tuple(sources), arguments if len(arguments) > 1 else {}


def _is_operation_call(layer: KerasLayer, node: KerasNode) -> bool:
    """Names of operations that are layers' names too are told apart by what a layer always states."""
    both = layer.class_name in (
        "Add",
        "Subtract",
        "Multiply",
        "Maximum",
        "Minimum",
        "Concatenate",
        "Softmax",
        "Reshape",
    )
    if not both or "function" in layer.config:
        return True
    return "dtype" not in layer.config and "trainable" not in layer.config and bool(node.args)


def _checked(layer: KerasLayer, node: KerasNode) -> dict[str, Any]:
    """The keyword arguments of a layer's call that say something."""
    names, switches = _NAMED.get(layer.class_name, ()), _SWITCHES.get(layer.class_name, ())
    kept = {}
    for name, value in node.kwargs.items():
        if name == "training" and value is True:
            raise layer.error("is called with training=True; only inference is computed")
        if value is None or value is False:
            continue
        tensors = isinstance(value, Source) or (isinstance(value, list) and all(isinstance(v, Source) for v in value))
        if (tensors and (not names or name in names) and name not in ("mask", "attention_mask")) or name in switches:
            kept[name] = value
        else:
            raise layer.error(f"has the argument {name}={shown(value)}; every argument must be the output of a layer")
    return kept


def _flat(layer: KerasLayer, values: list[Any]) -> list[Source]:
    found = []
    for value in values:
        if isinstance(value, list):
            found += _flat(layer, value)
        elif isinstance(value, Source):
            found.append(value)
        elif value is not None:
            raise layer.error(f"has the argument {shown(value)}; every argument must be the output of a layer")
    return found
