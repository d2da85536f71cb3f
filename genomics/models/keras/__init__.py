"""Networks saved by Keras as JAX functions, without Keras.

`network = load("my_model.h5"); network.apply(network.parameters, x)` gives the outputs for one sequence.
"""

from genomics.models.keras.load import build, load

__all__ = ["build", "load"]
