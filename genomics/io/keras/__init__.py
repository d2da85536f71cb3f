"""Networks saved by Keras 2 and 3 (`.h5`, `.keras`), read with h5py and zipfile alone.

Nothing is unpickled and no code of the file is run: a layer that is code (Lambda, custom classes) is refused by name.
Formats: https://keras.io/guides/serialization_and_saving/ , https://keras.io/api/models/model_saving_apis/ .
"""

from genomics.io.keras.read import read
from genomics.io.keras.record import KerasInput, KerasLayer, KerasModel, KerasOutput, LayerCall, Operand, Source

__all__ = ["KerasInput", "KerasLayer", "KerasModel", "KerasOutput", "LayerCall", "Operand", "Source", "read"]
