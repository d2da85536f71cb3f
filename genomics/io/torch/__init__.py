"""Networks that PyTorch exported (`.pt2`), read with zipfile, json and numpy alone.

Nothing is unpickled and no code of the file is run: the archive of `torch.export.save` is a zip of a JSON graph and raw
tensors. Format: https://docs.pytorch.org/docs/stable/export/pt2_archive.html ; the JSON's schema:
https://github.com/pytorch/pytorch/blob/main/torch/_export/serde/schema.py .
"""

from genomics.io.torch.read import read
from genomics.io.torch.record import Graph, Node, Ref, TorchProgram

__all__ = ["Graph", "Node", "Ref", "TorchProgram", "read"]
