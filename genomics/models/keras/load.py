"""A Keras file as a network of JAX."""

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from genomics.errors import InputError
from genomics.io.keras import KerasLayer, KerasModel, LayerCall, Source, read
from genomics.models.keras.activations import fused
from genomics.models.keras.final import final_activation
from genomics.models.keras.masks import check_masks
from genomics.models.keras.step import Shape, Step, fold, unfold
from genomics.models.keras.table import WITHOUT_ACTIVATION, build_step
from genomics.models.network import Input, Network, Output

#: Largest tensor between two layers, in numbers.
_MAXIMUM_TENSOR = 1 << 28

Parameters = Mapping[str, Mapping[str, Float[Array, "..."]]]


class _Task(NamedTuple):
    """One line of the program: under which scope, with whose parameters, from which tensors to which."""

    scope: str
    stored: str
    key: Source
    inputs: tuple[Source, ...]
    function: Callable[..., Any]


def load(path: str | os.PathLike[str], *, length: int | None = None, backend: str | None = None) -> Network:
    """Reads a network saved by Keras 2 or 3 (`.h5` or `.keras`); Keras itself is not needed.

    Args:
      path: the file.
      length: L, for a network that the file leaves open.
      backend: of Keras, for a network whose file does not say it; otherwise it must agree with the file.

    Returns:
      The network. Parameters are float32 arrays by layer and role: kernels are one-dimensional, (W, C, F), whatever
      they were in the file; batch normalisation is `scale` and `shift`. The n-th further use of a shared layer is the
      scope `<name>:<n>`; a layer of a model inside the network is `<model>/<name>`.

    Raises:
      InputError: as `genomics.io.keras.read`; or a layer's field or weight is wrong, the length is missing or in no
        input of the file, or the backend contradicts the file.
    """
    return build(read(path), length=length, backend=backend)


def build(model: KerasModel, *, length: int | None = None, backend: str | None = None) -> Network:
    """As `load`, from the record of a file already read."""
    model = _on_backend(model, backend)
    inputs = _inputs(model, length)
    shapes: dict[Source, Shape] = {Source(each.name, 0): each.shape for each in inputs}
    tasks: list[_Task] = []
    steps: dict[Source, Step] = {}
    parameters: dict[str, dict[str, Array]] = {}
    in_doubt: dict[str, None] = {}
    check_masks(model)
    for call in model.calls:
        layer = model.layers[call.layer]
        if layer.class_name == "InputLayer":
            continue
        missing = next((source for source in call.inputs if source not in shapes), None)
        if missing is not None:
            raise layer.error(f"takes output {missing.tensor} of {missing.layer!r}, which gives no such output")
        step = _checked(layer, build_step(layer, tuple(shapes[source] for source in call.inputs), call.arguments))
        if step.by_backend and layer.backend is None:
            in_doubt[call.layer] = None
        scope = call.layer if call.index == 0 else f"{call.layer}:{call.index}"
        for tensor, shape in enumerate((step.shape, *step.further)):
            shapes[Source(call.layer, call.index, tensor)] = shape
        steps[call.key] = step
        stored = _store(parameters, call.layer, scope, step.parameters)
        tasks.append(_Task(scope, stored, call.key, call.inputs, _activated(step, layer)))
    outputs, sources = [], []
    for output in model.outputs:
        if output.source not in shapes:
            raise InputError(f"{model.file}: output {output.name!r}: its layer gives no output {output.source.tensor}")
        path, removed = final_activation(model, output.source, shapes)
        source = output.source
        if path:
            tasks, source = _without_activation(model, tasks, steps, path, len(sources))
        outputs.append(Output(name=output.name, shape=shapes[output.source], removed=removed))
        sources.append((source, shapes[output.source]))

    def apply(parameters: Parameters, *arrays: Float[Array, "..."]) -> tuple[Array, ...]:
        given = [tuple(x.shape) for x in arrays]
        if given != [each.shape for each in inputs]:
            wanted = ", ".join(str(each.shape) for each in inputs)
            raise InputError(f"{model.file}: the network takes {wanted}, not {', '.join(map(str, given))}")
        dtype = arrays[0].dtype
        cast = jax.tree.map(lambda values: jnp.asarray(values, dtype), parameters)
        values = {Source(each.name, 0): fold(x, each.shape) for each, x in zip(inputs, arrays, strict=True)}
        for task in tasks:
            with jax.named_scope(task.scope):
                y = task.function(cast.get(task.stored, {}), tuple(values[source] for source in task.inputs))
            for tensor, part in enumerate(y if isinstance(y, tuple) else (y,)):
                values[task.key._replace(tensor=tensor)] = part
        return tuple(unfold(values[source], shape) for source, shape in sources)

    # What a layer can say only of the arrays it meets, it says now.
    jax.eval_shape(apply, parameters, *(jax.ShapeDtypeStruct(each.shape, jnp.float32) for each in inputs))
    return Network(
        source=str(model.file),
        written_by=f"Keras {model.keras_version}",
        inputs=inputs,
        outputs=tuple(outputs),
        parameters=parameters,
        apply=apply,
        layer_names=tuple(dict.fromkeys(task.scope for task in tasks)),
        notes=_notes(model),
        in_doubt=tuple(in_doubt),
    )


def _on_backend(model: KerasModel, backend: str | None) -> KerasModel:
    """The network with every layer on this backend; None leaves what the file says."""
    for layer in model.layers.values():
        if backend is not None and layer.backend not in (None, backend):
            raise InputError(f"{model.file}: attribute backend: is {layer.backend}, not the {backend} asked for")
    layers = {name: layer.on_backend(backend or layer.backend) for name, layer in model.layers.items()}
    return replace(model, layers=layers)


def _inputs(model: KerasModel, length: int | None) -> tuple[Input, ...]:
    """The inputs, with the length where the file leaves one open."""
    found = []
    for each in model.inputs:
        place = f"{model.file}: layer {each.name!r}: input shape {each.shape}"
        if each.shape.count(None) > 1:
            raise InputError(f"{place}: leaves more than one axis open; it must say all but the length")
        if None in each.shape and length is None:
            raise InputError(f"{place}: leaves the length open: state it, --length=L")
        shape = tuple(n if n is not None else length or 0 for n in each.shape)
        found.append(Input(name=each.name, shape=shape))
    if length is not None and not any(length in each.shape for each in found):
        shapes = ", ".join(f"{each.name} {each.shape}" for each in found)
        raise InputError(f"{model.file}: the input is {shapes}; the length {length} asked for is not in it")
    return tuple(found)


def _checked(layer: KerasLayer, step: Step) -> Step:
    for shape in (step.shape, *step.further):
        if math.prod(shape) > _MAXIMUM_TENSOR:
            raise layer.error(f"its result has shape {shape}; at most {_MAXIMUM_TENSOR} numbers are computed")
    return step


def _activated(step: Step, layer: KerasLayer) -> Callable[..., Any]:
    activation = None if layer.class_name in WITHOUT_ACTIVATION else fused(layer)[1]
    if activation is None:
        return step.function
    return lambda parameters, arrays: activation(step.function(parameters, arrays), step.shape)


def _without_activation(
    model: KerasModel, tasks: list[_Task], steps: Mapping[Source, Step], path: tuple[LayerCall, ...], number: int
) -> tuple[list[_Task], Source]:
    """The program with an output's final activation left out, and the tensor that is then the output.

    Where what has the activation is used elsewhere too, that use keeps it.
    """
    first = path[0]
    bare = _unactivated(steps[first.key], model.layers[first.layer])
    own = {call.key for call in path}
    ends = [output.source for output in model.outputs]
    shared = any(source in own and call.key not in own for call in model.calls for source in call.inputs)
    if not shared and sum(end in own for end in ends) == 1:
        changed = [task._replace(function=bare) if task.key == first.key else task for task in tasks]
        return changed, path[-1].key
    added = {call.key: Source(f"{call.layer}:logits of output {number}", call.index) for call in path}
    copies = [
        task._replace(
            key=added[task.key],
            inputs=tuple(added.get(source, source) for source in task.inputs),
            function=bare if task.key == first.key else task.function,
        )
        for task in tasks
        if task.key in own
    ]
    return [*tasks, *copies], added[path[-1].key]


def _unactivated(step: Step, layer: KerasLayer) -> Callable[..., Any]:
    own = layer.class_name in ("Softmax", "Sigmoid")
    return (lambda _, arrays: arrays[0]) if own else step.function


def _store(parameters: dict[str, dict[str, Array]], name: str, scope: str, values: Mapping[str, np.ndarray]) -> str:
    """Where the numbers of one use of a layer lie: a shared layer's only once, unless its uses differ in shape."""
    known = parameters.get(name)
    if known is not None and all(np.array_equal(known[role], values[role]) for role in values):
        return name
    if values:
        parameters[scope] = {role: jnp.asarray(array) for role, array in values.items()}
    return scope


def _notes(model: KerasModel) -> tuple[str, ...]:
    """What a user should know of how the file was taken."""
    found: dict[str, list[str]] = {}
    for layer in model.layers.values():
        if layer.class_name.startswith("custom "):
            found.setdefault(layer.class_name, []).append(layer.name)
    return tuple(
        f"{kind.removeprefix('custom ')}, a layer of another package ({', '.join(names[:3])}"
        f"{', ...' if len(names) > 3 else ''}), is computed by its published formula"
        for kind, names in found.items()
    )
