"""Networks saved by Keras as JAX functions, without Keras.

`model = load("my_model.h5"); model.apply(model.parameters, x)` gives the logits of one sequence x (L, 4).
"""

from genomics.models.keras.load import ImportedModel, build, load

__all__ = ["ImportedModel", "build", "load"]
