"""The setting of a method that looks at one of the network's layers."""

from typing import Any

from genomics.errors import InputError
from genomics.interpretation.layers import network_layers
from genomics.interpretation.settings import Asked, setting


def _read(text: str | None, given: bool, asked: Asked) -> str | None:
    """The name of the layer that a text names, or gives the index of."""
    del given
    if text is None:
        return None
    found = network_layers(asked.predictor)
    for layer in found:
        if text in (str(layer.index), layer.name):
            return layer.name
    names = ", ".join(f"{layer.index} {layer.name}" for layer in found)
    raise InputError(f"--layer={text}: must be one of {names}")


def layer_setting(what: str) -> Any:
    """A field `layer` of type `str | None`, a layer's name; None = the method's own choice.

    Args:
      what: the method does with it.
    """
    return setting(None, f"an index or name of --list_layers, {what}", read=_read)
