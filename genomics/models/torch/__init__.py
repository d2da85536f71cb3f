"""Networks that PyTorch exported as JAX functions, without PyTorch.

`network = load("model.pt2").network; network.apply(network.parameters, x)` gives the outputs for one sequence.
"""

from genomics.models.torch.load import Imported, build, load

__all__ = ["Imported", "build", "load"]
