"""Operations on tensors in functional models, `x + y`, `x[:, 1:]` or `ops.mean(x, axis=1)`, under Keras 3's names.

Keras 3 writes each as an entry of its own class (`Mean`, with its settings in `config`); Keras 2 writes the TensorFlow
function that was called (`TFOpLambda` with `function: "math.reduce_mean"`) and its arguments in the node.
"""

from collections.abc import Mapping
from typing import Any

from genomics.io.keras.nodes import KerasNode
from genomics.io.keras.record import KerasLayer, Operand, Source, shown

_BINARY = ("x", "y")
_UNARY = ("x",)
_REDUCTION = ("x", "axis", "keepdims")

#: Functions of one tensor, element by element.
UNARY = (
    *("Absolute", "Cos", "Erf", "Exp", "Expm1", "Floor", "Log", "Log1p", "Negative", "Reciprocal", "Round", "Rsqrt"),
    *(
        "Sign",
        "Sin",
        "Sqrt",
        "Square",
        "Tanh",
        "Relu",
        "Relu6",
        "Sigmoid",
        "LogSigmoid",
        "Silu",
        "Softplus",
        "Softsign",
    ),
    *("Selu", "HardSigmoid", "HardSilu", "Mish", "Identity", "StopGradient"),
)
#: Functions of two operands, element by element. Of two tensors, the first five are the same as Keras's layers.
BINARY = (
    *("Add", "Subtract", "Multiply", "Maximum", "Minimum", "Divide", "TrueDivide", "Power"),
    *("Greater", "GreaterEqual", "Less", "LessEqual"),
)
REDUCTIONS = ("Mean", "Sum", "Max", "Min", "Prod", "Std", "Var", "Logsumexp", "Any", "All")

#: Operation -> names of its arguments in order. Its settings in `config` have the names that Keras 3 gives them.
OPERATIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(UNARY, _UNARY),
    **dict.fromkeys(BINARY, _BINARY),
    **dict.fromkeys(REDUCTIONS, _REDUCTION),
    "Gelu": ("x", "approximate"),
    "Elu": ("x", "alpha"),
    "Celu": ("x", "alpha"),
    "LeakyRelu": ("x", "negative_slope"),
    "Softmax": ("x", "axis"),
    "LogSoftmax": ("x", "axis"),
    "Clip": ("x", "x_min", "x_max"),
    "Where": ("condition", "x1", "x2"),
    "GetItem": ("x", "key"),
    "Take": ("x", "indices", "axis"),
    "Concatenate": ("xs", "axis"),
    "Stack": ("xs", "axis"),
    "Split": ("x", "indices_or_sections", "axis"),
    "Reshape": ("x", "newshape"),
    "Transpose": ("x", "axes"),
    "Swapaxes": ("x", "axis1", "axis2"),
    "Moveaxis": ("x", "source", "destination"),
    "ExpandDims": ("x", "axis"),
    "Squeeze": ("x", "axis"),
    "Flip": ("x", "axis"),
    "Roll": ("x", "shift", "axis"),
    "Repeat": ("x", "repeats", "axis"),
    "Tile": ("x", "repeats"),
    "Pad": ("x", "pad_width", "mode", "constant_values"),
    "Cumsum": ("x", "axis"),
    "Matmul": _BINARY,
    "Einsum": ("operands", "subscripts"),
    "Cast": ("x", "dtype"),
}

#: The last part of a TensorFlow function's name -> the operation, and how its arguments are called there in order.
#: Arguments that are called alike need no entry.
TENSORFLOW: dict[str, tuple[str, tuple[str, ...]]] = {
    **{
        name.lower(): (name, ())
        for name in UNARY
        if name not in ("Absolute", "HardSigmoid", "HardSilu", "StopGradient")
    },
    **{
        f"reduce_{name}": (name.capitalize(), ()) for name in ("mean", "sum", "max", "min", "prod", "std", "any", "all")
    },
    **{name.lower(): (name, ()) for name in BINARY if name not in ("GreaterEqual", "LessEqual", "TrueDivide")},
    "abs": ("Absolute", ()),
    "log_sigmoid": ("LogSigmoid", ()),
    "swish": ("Silu", ("features",)),
    "stop_gradient": ("StopGradient", ("input",)),
    "radd": ("Add", ("y", "x")),
    "rsub": ("Subtract", ("y", "x")),
    "rmul": ("Multiply", ("y", "x")),
    "rtruediv": ("TrueDivide", ("y", "x")),
    "truediv": ("TrueDivide", ()),
    "pow": ("Power", ()),
    "greater_equal": ("GreaterEqual", ()),
    "less_equal": ("LessEqual", ()),
    "reduce_variance": ("Var", ()),
    "reduce_logsumexp": ("Logsumexp", ()),
    "gelu": ("Gelu", ("features", "approximate")),
    "elu": ("Elu", ("features",)),
    "leaky_relu": ("LeakyRelu", ("features", "alpha")),
    "softmax": ("Softmax", ("logits", "axis")),
    "log_softmax": ("LogSoftmax", ("logits", "axis")),
    "clip_by_value": ("Clip", ("t", "clip_value_min", "clip_value_max")),
    "where": ("Where", ("condition", "x", "y")),
    "getitem": ("GetItem", ("tensor", "slice_spec")),
    "gather": ("Take", ("params", "indices", "axis")),
    "concat": ("Concatenate", ("values", "axis")),
    "stack": ("Stack", ("values", "axis")),
    "split": ("Split", ("value", "num_or_size_splits", "axis")),
    "reshape": ("Reshape", ("tensor", "shape")),
    "transpose": ("Transpose", ("a", "perm")),
    "expand_dims": ("ExpandDims", ("input", "axis")),
    "squeeze": ("Squeeze", ("input", "axis")),
    "reverse": ("Flip", ("tensor", "axis")),
    "roll": ("Roll", ("input", "shift", "axis")),
    "repeat": ("Repeat", ("input", "repeats", "axis")),
    "tile": ("Tile", ("input", "multiples")),
    "pad": ("Pad", ("tensor", "paddings", "mode", "constant_values")),
    "cumsum": ("Cumsum", ("x", "axis")),
    "matmul": ("Matmul", ("a", "b")),
    "cast": ("Cast", ("x", "dtype")),
}
#: Where Keras 2's default differs from Keras 3's setting, which is always written.
_TENSORFLOW_DEFAULTS: dict[str, dict[str, Any]] = {
    "Gelu": {"approximate": False},
    "LeakyRelu": {"negative_slope": 0.2},
    "Elu": {"alpha": 1.0},
    "Softmax": {"axis": -1},
    "LogSoftmax": {"axis": -1},
    "Take": {"axis": 0},
    "Split": {"axis": 0},
    "Stack": {"axis": 0},
    "Pad": {"mode": "constant", "constant_values": 0},
}
#: Arguments that say nothing where they have one of these values.
_SILENT: dict[str, tuple[Any, ...]] = {
    "name": (),
    "initial": (None,),
    "dtype": (None,),
    "validate_indices": (None,),
    "batch_dims": (0,),
    "conjugate": (False,),
    "transpose_a": (False,),
    "transpose_b": (False,),
    "adjoint_a": (False,),
    "adjoint_b": (False,),
    "a_is_sparse": (False,),
    "b_is_sparse": (False,),
    "output_type": (None,),
    "exclusive": (False,),
    "reverse": (False,),
    "num": (None,),
    "decimals": (0,),
    "optimize": (None, "greedy", "auto"),
}


def tensorflow_operation(layer: KerasLayer) -> str | None:
    """The operation that a TFOpLambda or SlicingOpLambda layer stands for; None where it is not known."""
    function = layer.config.get("function")
    known = TENSORFLOW.get(function.rpartition(".")[2]) if isinstance(function, str) else None
    return None if known is None else known[0]


def bind(layer: KerasLayer, node: KerasNode) -> tuple[tuple[Source, ...], Mapping[str, Any]]:
    """The operands of an operation's call, and all its arguments by Keras 3's names.

    Args:
      layer: the operation; `class_name` is a key of OPERATIONS.
      node: its call.

    Raises:
      InputError: an argument that is not known for this operation.
    """
    names = OPERATIONS[layer.class_name]
    function = layer.config.get("function")
    arguments: dict[str, Any] = {}
    if isinstance(function, str):
        theirs = TENSORFLOW[function.rpartition(".")[2]][1] or (*names, "input", "features", "input_tensor")
        renamed = dict(zip(theirs, names, strict=False)) | {
            "input_tensor": "x",
            "features": "x",
            "keep_dims": "keepdims",
        }
        renamed = {"input": "x"} | renamed
        arguments |= _TENSORFLOW_DEFAULTS.get(layer.class_name, {})
        positional = [renamed.get(name, name) for name in theirs]
        keywords = {renamed.get(name, name): value for name, value in node.kwargs.items()}
    else:
        settings = {name: value for name, value in layer.config.items() if name not in ("name", "trainable")}
        positional, keywords = list(names), {**settings, **node.kwargs}
        if layer.class_name == "Einsum":
            keywords["operands"], node = list(node.args), KerasNode(args=(), kwargs={})
    if len(node.args) > len(positional):
        raise layer.error(f"is called with {len(node.args)} arguments; {', '.join(names)} are understood")
    arguments |= dict(zip(positional, node.args, strict=False)) | keywords
    kept = {}
    for name, value in arguments.items():
        if name in names:
            kept[name] = value
        elif name not in _SILENT or (_SILENT[name] and not any(value is s or value == s for s in _SILENT[name])):
            raise layer.error(f"has the argument {name}={shown(value)}; {', '.join(names)} are understood")
    sources: list[Source] = []
    bound = {name: _with_operands(value, sources) for name, value in kept.items()}
    if not sources:
        raise layer.error(
            "the file does not say which tensors it is applied to; replace it with a layer and save again"
        )
    return tuple(sources), bound


def _with_operands(value: Any, sources: list[Source]) -> Any:
    if isinstance(value, Source):
        sources.append(value)
        return Operand(len(sources) - 1)
    if isinstance(value, list):
        return [_with_operands(entry, sources) for entry in value]
    return value
