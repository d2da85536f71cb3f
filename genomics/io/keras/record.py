"""What a Keras file holds, as plain records."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from genomics.errors import InputError


def shown(value: Any) -> str:
    """A value of a file as messages print it: on one line, cut when long."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


class Source(NamedTuple):
    """One tensor: which output of which use of which layer."""

    layer: str
    index: int
    tensor: int = 0


@dataclass(frozen=True)
class Operand:
    """Stands among the arguments of a call for its n-th input."""

    place: int


@dataclass(frozen=True, kw_only=True)
class KerasLayer:
    """One layer: what it is, and its numbers.

    Attributes:
      file: the file it came from, for messages.
      generation: 2 or 3, the major version of the Keras that wrote it.
      name: unique in the network; of a layer in a model inside it, `model/layer`.
      class_name: `Conv1D`, `Dense`, ...; the operations of a functional model (`x + y`, `x[:, 1:]`) are `Add`,
        `GetItem`, ...
      config: the fields as they stand in the file.
      weights: float32 arrays by role (`kernel`, `bias`, `gamma`, ...; `forward/kernel` for a layer inside this one), in
        Keras's own layout.
      inner: the layers that a wrapper or a recurrent layer is made of, by their part in it.
      backend: what Keras computed with, `tensorflow`, `jax`, `torch`, ...; None where the file does not say.
    """

    file: Path
    generation: int
    name: str
    class_name: str
    config: Mapping[str, Any]
    weights: Mapping[str, np.ndarray] = field(default_factory=dict)
    inner: Mapping[str, "KerasLayer"] = field(default_factory=dict)
    backend: str | None = None

    def with_weights(self, weights: Mapping[str, np.ndarray]) -> "KerasLayer":
        """The layer with its numbers, those of the layers inside it handed on to them."""
        inner = {
            part: layer.with_weights(
                {role.removeprefix(f"{part}/"): a for role, a in weights.items() if role.startswith(f"{part}/")}
            )
            for part, layer in self.inner.items()
        }
        return replace(self, weights=weights, inner=inner)

    def on_backend(self, backend: str | None) -> "KerasLayer":
        """The layer, and those inside it, as this backend of Keras computes them."""
        inner = {part: layer.on_backend(backend) for part, layer in self.inner.items()}
        return replace(self, backend=backend, inner=inner)

    def error(self, problem: str) -> InputError:
        """The error for something wrong with this layer, with its file and name."""
        message = f"layer {shown(self.name)} ({self.class_name}): {problem}"
        # Names come from the file: line breaks and broken characters in them must not reach a terminal.
        plain = "".join(c if c.isprintable() else "?" for c in " ".join(message.split()))
        return InputError(f"{self.file}: {plain}")


@dataclass(frozen=True, kw_only=True)
class LayerCall:
    """One use of a layer; a shared layer has several.

    Attributes:
      layer: the layer's name.
      index: 0 for its first use, then 1, ...
      inputs: the tensors that feed it, in order; empty for an input layer.
      arguments: of an operation, and of a layer whose inputs have names, everything that it is called with by name;
        each of `inputs` stands there as an `Operand`.
    """

    layer: str
    index: int
    inputs: tuple[Source, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Source:
        """How other calls refer to its first tensor."""
        return Source(self.layer, self.index)


@dataclass(frozen=True, kw_only=True)
class KerasInput:
    """An input of a network: its layer, and its shape without the batch axis; None where the file leaves it open."""

    name: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True, kw_only=True)
class KerasOutput:
    """An output of a network: its name, and the tensor that it is."""

    name: str
    source: Source


@dataclass(frozen=True, kw_only=True)
class KerasModel:
    """A network, models inside it written out.

    Attributes:
      file: where it came from.
      keras_version: of the Keras that wrote it.
      inputs: in Keras's order.
      outputs: in Keras's order.
      layers: by name, in order of first use; only those between inputs and outputs.
      calls: every use of a layer, each after those that feed it, the input layers among them.
    """

    file: Path
    keras_version: str
    inputs: tuple[KerasInput, ...]
    outputs: tuple[KerasOutput, ...]
    layers: Mapping[str, KerasLayer]
    calls: tuple[LayerCall, ...]
