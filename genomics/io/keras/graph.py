"""From a model's configuration to its layers and the calls between them, models inside it written out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from genomics.errors import InputError
from genomics.io.keras.models import Described, describe
from genomics.io.keras.operands import operands
from genomics.io.keras.record import (
    KerasInput,
    KerasLayer,
    KerasOutput,
    LayerCall,
    Source,
    shown,
)

_MAXIMUM_CALLS = 100_000


@dataclass(frozen=True, kw_only=True)
class KerasGraph:
    """A network without its weights.

    Attributes:
      inputs: in Keras's order.
      outputs: in Keras's order.
      layers: by full name, in order of first use; only those between inputs and outputs.
      calls: in topological order.
      model: as it is described, for finding the weights.
    """

    inputs: tuple[KerasInput, ...]
    outputs: tuple[KerasOutput, ...]
    layers: dict[str, KerasLayer]
    calls: tuple[LayerCall, ...]
    model: Described


class _Frame(NamedTuple):
    """One use of a model: in which frame it stands; None for the network itself."""

    model: Described
    outer: int | None = None
    name: str = ""
    index: int = 0


class _Key(NamedTuple):
    """One use of a layer in one use of a model. Frames are told apart by their place in `_Writer.frames`."""

    frame: int
    name: str
    index: int


def parse(file: Path, generation: int, root: Any) -> KerasGraph:
    """The graph of a model's configuration (the JSON object with `class_name` and `config`).

    Raises:
      InputError: it is not a Sequential or functional model, is inconsistent, or holds a layer that is code.
    """
    return _Writer(describe(file, generation, root)).graph()


class _Writer:
    """Writes the calls of one network out, those of models inside it in their place."""

    def __init__(self, model: Described):
        self.file, self.model = model.file, model
        self.frames: list[_Frame] = [_Frame(model)]
        self.places: dict[tuple[int, str, int], int] = {}
        self.layers: dict[str, KerasLayer] = {}
        self.fed: dict[_Key, tuple[tuple[_Key, int], ...]] = {}
        self.called: dict[_Key, LayerCall] = {}
        self.counts: dict[str, int] = {}
        self.offsets: dict[tuple[str, ...], dict[str, int]] = {}

    def graph(self) -> KerasGraph:
        for name, source in self.model.inputs:
            if self.model.entries.get(source.layer, {}).get("class_name") != "InputLayer":
                raise InputError(f"{self.file}: model configuration: input {name!r} is no input layer")
        inputs = [_Key(0, source.layer, 0) for _, source in self.model.inputs]
        outputs = [(name, *self.resolve(0, source)) for name, source in self.model.outputs]
        order = self.ordered([*(key for _, key, _ in outputs)])
        missing = [key for key in inputs if key not in order]
        if missing and len(inputs) == 1:
            raise InputError(
                f"{self.file}: model configuration: the output does not depend on the input {inputs[0].name!r}"
            )
        for key in order:
            layer = self.layers[self.full_name(key)]
            if (layer.class_name == "InputLayer") != (not self.fed[key]) or (key not in inputs and not self.fed[key]):
                raise layer.error("is fed by no other layer, or is fed though an input, or is no input of the model")
        for key in missing:
            self.open(key)
            order = [key, *order]
        calls = tuple(self.call(key) for key in order)
        return KerasGraph(
            inputs=tuple(
                KerasInput(name=key.name, shape=input_shape(self.layers[self.full_name(key)])) for key in inputs
            ),
            outputs=tuple(
                KerasOutput(name=name, source=self.called[key].key._replace(tensor=tensor))
                for name, key, tensor in outputs
            ),
            layers={call.layer: self.layers[call.layer] for call in calls},
            calls=calls,
            model=self.model,
        )

    def ordered(self, targets: list[_Key]) -> list[_Key]:
        """Every call that the targets need, each after those that feed it, depth first."""
        done: dict[_Key, None] = {}
        opened: set[_Key] = set()
        stack = list(reversed(targets))
        while stack:
            key = stack[-1]
            if key in done:
                stack.pop()
            elif key not in opened:
                opened.add(key)
                stack += [fed for fed, _ in reversed(self.open(key)) if fed not in done]
            elif any(fed not in done for fed, _ in self.fed[key]):
                raise InputError(
                    f"{self.file}: layer {self.full_name(key)!r}: feeds itself; a network must have no loops"
                )
            else:
                done[key] = None
                stack.pop()
            if len(opened) > _MAXIMUM_CALLS:
                raise InputError(f"{self.file}: model configuration: holds over {_MAXIMUM_CALLS} calls of layers")
        return list(done)

    def open(self, key: _Key) -> tuple[tuple[_Key, int], ...]:
        """The tensors that feed a call."""
        model = self.frames[key.frame].model
        node = model.node(key.name, key.index)
        full = self.full_name(key)
        if full not in self.layers:
            self.layers[full] = model.layer(key.name)
        self.fed[key] = tuple(self.resolve(key.frame, source) for source in operands(self.layers[full], node)[0])
        return self.fed[key]

    def call(self, key: _Key) -> LayerCall:
        """The record of a call, those that feed it being recorded."""
        full = self.full_name(key)
        _, arguments = operands(self.layers[full], self.frames[key.frame].model.node(key.name, key.index))
        # The calls of the network itself keep the numbers of the file.
        index = self.counts.get(full, 0) if key.frame else key.index
        self.counts[full] = index + 1
        sources = tuple(self.called[fed].key._replace(tensor=tensor) for fed, tensor in self.fed[key])
        self.called[key] = LayerCall(layer=full, index=index, inputs=sources, arguments=arguments)
        return self.called[key]

    def resolve(self, frame: int, source: Source) -> tuple[_Key, int]:
        """The call of a layer that a tensor comes from, through models and their inputs."""
        for _ in range(_MAXIMUM_CALLS):
            model = self.frames[frame].model
            if source.layer in model.models:
                inner = model.models[source.layer]
                frame = self.enter(frame, source.layer, source.index - self.offset(model, source.layer))
                if source.tensor >= len(inner.outputs):
                    raise InputError(f"{self.file}: model {source.layer!r}: has {len(inner.outputs)} outputs")
                source = inner.outputs[source.tensor][1]
                continue
            outer = self.frames[frame].outer
            places = [own.layer for _, own in model.inputs]
            if outer is None or source.layer not in places:
                return _Key(frame, source.layer, source.index), source.tensor
            own = self.frames[frame]
            given = self.frames[outer].model.node(own.name, own.index).sources
            if len(given) != len(places):
                raise InputError(f"{self.file}: model {own.name!r}: is given {len(given)} tensors, takes {len(places)}")
            frame, source = outer, given[places.index(source.layer)]
        raise InputError(f"{self.file}: model configuration: models feed each other in a circle")

    def enter(self, frame: int, name: str, index: int) -> int:
        """The frame of one use of a model."""
        known = self.places.get((frame, name, index))
        if known is None:
            if len(self.frames) > _MAXIMUM_CALLS:
                raise InputError(f"{self.file}: model configuration: uses models over {_MAXIMUM_CALLS} times")
            known = self.places[frame, name, index] = len(self.frames)
            self.frames.append(_Frame(self.frames[frame].model.models[name], frame, name, index))
        return known

    def offset(self, model: Described, name: str) -> int:
        """What Keras 2 counts a model's calls from: 1 where it counts the model's making as its first call."""
        if model.generation != 2 or model.chain is not None:
            return 0
        if model.path not in self.offsets:
            used: dict[str, set[int]] = {}
            for entry in model.entries:
                nodes = model.entries[entry].get("inbound_nodes")
                for place in range(len(nodes) if isinstance(nodes, list) else 0):
                    for source in model.node(entry, place).sources:
                        used.setdefault(source.layer, set()).add(source.index)
            for _, source in model.outputs:
                used.setdefault(source.layer, set()).add(source.index)
            self.offsets[model.path] = {each: 0 if 0 in used.get(each, {0}) else 1 for each in model.models}
        return self.offsets[model.path][name]

    def full_name(self, key: _Key) -> str:
        return self.frames[key.frame].model.full_name(key.name)


def input_shape(layer: KerasLayer) -> tuple[int | None, ...]:
    """The shape that an input layer states, without the batch axis."""
    shape = layer.config.get("batch_shape", layer.config.get("batch_input_shape"))
    shape = shape if isinstance(shape, list) else [shape]
    if len(shape) < 2 or not all(n is None or (type(n) is int and n > 0) for n in shape[1:]):
        raise layer.error(f"input shape {shown(shape)}: must be a list of whole numbers with the batch axis first")
    return tuple(shape[1:])
