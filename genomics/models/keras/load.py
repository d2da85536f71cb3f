"""A Keras file as a JAX function of one sequence."""

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from genomics.errors import InputError
from genomics.io.keras import KerasLayer, KerasModel, read
from genomics.models.keras.activations import Activation, fused
from genomics.models.keras.final import final_activation
from genomics.models.keras.step import Shape, Step
from genomics.models.keras.table import BUILDERS, MERGING
from genomics.models.predictor import Apply

#: Largest tensor between two layers, in numbers.
_MAXIMUM_TENSOR = 1 << 28


@dataclass(frozen=True, kw_only=True)
class ImportedModel:
    """A network saved by Keras.

    Attributes:
      apply: (parameters, (L, 4) one-hot bases in the order of training) -> (T,) logits, in the dtype of the sequence.
      parameters: float32 arrays by layer and role. Kernels are one-dimensional, (W, C, F), whatever they were in the
        file; batch normalisation is `scale` and `shift`.
      length: L.
      num_tasks: T.
      removed_activation: `sigmoid` or `softmax` where the network ends in one, which `apply` leaves out; else None.
      layer_names: as in the file, in order of computation; each is the `jax.named_scope` of what it computes. The n-th
        further use of a shared layer is `<name>:<n>`.
      keras_version: of the Keras that wrote the file.
      in_doubt: names of the layers that Keras's backends compute differently, where the file does not say its backend:
        they are read as on TensorFlow and JAX.
    """

    apply: Apply
    parameters: Mapping[str, Mapping[str, Float[Array, "..."]]]
    length: int
    num_tasks: int
    removed_activation: str | None
    layer_names: tuple[str, ...]
    keras_version: str
    in_doubt: tuple[str, ...] = ()


def load(path: str | os.PathLike[str], *, length: int | None = None, backend: str | None = None) -> ImportedModel:
    """Reads a network saved by Keras 2 or 3 (`.h5` or `.keras`); Keras itself is not needed.

    Args:
      path: the file.
      length: L, for a network that the file leaves open; otherwise it must agree with the file.
      backend: of Keras, for a network whose file does not say it; otherwise it must agree with the file.

    Raises:
      InputError: as `genomics.io.keras.read`; or a layer's field or weight is wrong, the network does not map (L, 4) to
        (T,), or the length or the backend contradicts the file, or the length is missing.
    """
    return build(read(path), length=length, backend=backend)


def build(model: KerasModel, *, length: int | None = None, backend: str | None = None) -> ImportedModel:
    """As `load`, from the record of a file already read."""
    model = _on_backend(model, backend)
    length, shape, transposed = _input(model, length)
    final, removed = final_activation(model)
    shapes: dict[tuple[str, int], Shape] = {model.calls[0].key: shape}
    steps: list[tuple[str, str, tuple[str, int], tuple[tuple[str, int], ...], Callable]] = []
    parameters: dict[str, dict[str, Array]] = {}
    in_doubt: list[str] = []
    for call in model.calls[1:]:
        layer = model.layers[call.layer]
        step = _step(layer, tuple(shapes[key] for key in call.inputs))
        if step.by_backend and layer.backend is None and call.layer not in in_doubt:
            in_doubt.append(call.layer)
        scope = call.layer if call.index == 0 else f"{call.layer}:{call.index}"
        shapes[call.key] = step.shape
        stored = _store(parameters, call.layer, scope, step.parameters)
        function = _unactivated(step, layer) if call.key == final else _activated(step, layer)
        steps.append((scope, stored, call.key, call.inputs, function))
    result = shapes[model.calls[-1].key]
    if len(result) != 1:
        raise InputError(
            f"{model.file}: layer {model.calls[-1].layer!r}: the network maps ({length}, 4) to {result}; "
            "it must map to (T,), one number for each task"
        )

    def apply(
        parameters: Mapping[str, Mapping[str, Float[Array, "..."]]], x: Float[Array, "L 4"]
    ) -> Float[Array, " T"]:
        if x.shape != (length, 4):
            raise InputError(f"{model.file}: the network takes ({length}, 4), not {x.shape=}")
        cast = jax.tree.map(lambda values: jnp.asarray(values, x.dtype), parameters)
        values = {model.calls[0].key: x.T if transposed else x}
        for scope, stored, key, inputs, function in steps:
            with jax.named_scope(scope):
                values[key] = function(cast.get(stored, {}), tuple(values[k] for k in inputs))
        return values[model.calls[-1].key]

    # What a layer can say only of the arrays it meets, it says now.
    jax.eval_shape(apply, parameters, jax.ShapeDtypeStruct((length, 4), jnp.float32))
    return ImportedModel(
        apply=apply,
        parameters=parameters,
        length=length,
        num_tasks=result[0],
        removed_activation=removed,
        layer_names=tuple(scope for scope, *_ in steps),
        keras_version=model.keras_version,
        in_doubt=tuple(in_doubt),
    )


def _on_backend(model: KerasModel, backend: str | None) -> KerasModel:
    """The network with every layer on this backend; None leaves what the file says."""
    for layer in model.layers.values():
        if backend is not None and layer.backend not in (None, backend):
            raise InputError(f"{model.file}: attribute backend: is {layer.backend}, not the {backend} asked for")
    layers = {name: replace(layer, backend=backend or layer.backend) for name, layer in model.layers.items()}
    return replace(model, layers=layers)


def _input(model: KerasModel, length: int | None) -> tuple[int, Shape, bool]:
    """(L, the input's shape in Keras, whether the array held for it is the transposed sequence)."""
    given = model.input_shape
    place = f"{model.file}: layer {model.calls[0].layer!r}: input shape {given}"
    # Keras's shape, None in the place of L. All but (4, L) are held as (L, 4), folded as in `step`.
    layouts = [(None, 4), (4, None), (None, 1, 4), (1, None, 4), (None, 4, 1), (4, None, 1)]
    fitting = [
        layout
        for layout in layouts
        if len(layout) == len(given) and all(w in (None, g) for w, g in zip(layout, given, strict=True))
    ]
    if not fitting:
        raise InputError(f"{place}: must be (L, 4), (4, L), (L, 1, 4), (1, L, 4), (L, 4, 1) or (4, L, 1)")
    layout = fitting[0]
    stated = given[layout.index(None)]
    if stated is None and length is None:
        raise InputError(f"{place}: leaves the length open: state it, --length=L")
    if stated is not None and length not in (None, stated):
        raise InputError(f"{place}: the length is {stated}, not the {length} asked for")
    found = length if stated is None else stated
    assert found is not None
    if found < 4 and layout in ((None, 4, 1), (4, None, 1)):
        raise InputError(f"{place}: the length is {found}; must be at least 4")
    return found, tuple(found if n is None else n for n in layout), layout == (4, None)


def _step(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    if layer.class_name not in MERGING and len(shapes) != 1:
        raise layer.error(f"has {len(shapes)} inputs; it must have one")
    step = BUILDERS[layer.class_name](layer, shapes)
    if math.prod(step.shape) > _MAXIMUM_TENSOR:
        raise layer.error(f"its result has shape {step.shape}; at most {_MAXIMUM_TENSOR} numbers are computed")
    return step


def _activated(step: Step, layer: KerasLayer) -> Callable:
    activation: Activation | None = fused(layer)[1]
    if activation is None:
        return step.function
    return lambda parameters, arrays: activation(step.function(parameters, arrays), step.shape)


def _unactivated(step: Step, layer: KerasLayer) -> Callable:
    return (lambda _, arrays: arrays[0]) if layer.class_name == "Softmax" else step.function


def _store(parameters: dict[str, dict[str, Array]], name: str, scope: str, values: Mapping[str, np.ndarray]) -> str:
    """Where the numbers of one use of a layer lie: a shared layer's only once, unless its uses differ in shape."""
    known = parameters.get(name)
    if known is not None and all(np.array_equal(known[role], values[role]) for role in values):
        return name
    if values:
        parameters[scope] = {role: jnp.asarray(array) for role, array in values.items()}
    return scope
