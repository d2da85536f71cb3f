"""What a Keras file holds, as plain records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from genomics.errors import InputError


def shown(value: Any) -> str:
    """A value of a file as messages print it: on one line, cut when long."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


@dataclass(frozen=True, kw_only=True)
class KerasLayer:
    """One layer: what it is, and its numbers.

    Attributes:
      file: the file it came from, for messages.
      generation: 2 or 3, the major version of the Keras that wrote it.
      name: unique in the model.
      class_name: `Conv1D`, `Dense`, ...; the binary operators of a functional model (`x + y`) are `Add`, ...
      config: the fields as they stand in the file.
      weights: float32 arrays by role (`kernel`, `bias`, `gamma`, ...), in Keras's own layout.
      backend: what Keras computed with, `tensorflow`, `jax`, `torch`, ...; None where the file does not say.
    """

    file: Path
    generation: int
    name: str
    class_name: str
    config: Mapping[str, Any]
    weights: Mapping[str, np.ndarray] = field(default_factory=dict)
    backend: str | None = None

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
      inputs: (layer, index) of the calls that feed it, in order; empty for the input layer.
    """

    layer: str
    index: int
    inputs: tuple[tuple[str, int], ...]

    @property
    def key(self) -> tuple[str, int]:
        """How other calls refer to this one."""
        return (self.layer, self.index)


@dataclass(frozen=True, kw_only=True)
class KerasModel:
    """A network with one input and one output.

    Attributes:
      file: where it came from.
      keras_version: of the Keras that wrote it.
      input_shape: without the batch axis; None where the file leaves a length open.
      layers: by name, in order of first use; only those between input and output.
      calls: every use of a layer, each after those that feed it; the first is the input, the last the output.
    """

    file: Path
    keras_version: str
    input_shape: tuple[int | None, ...]
    layers: Mapping[str, KerasLayer]
    calls: tuple[LayerCall, ...]
