"""`--model=FILE.pt2`: a network that PyTorch exported."""

from absl import logging

from genomics.models.network import Network
from genomics.models.torch import load


def read_torch(path: str, length: int | None = None) -> Network:
    """Reads the file; warns of what makes its network slower than it need be.

    Args:
      path: of the `.pt2` file.
      length: L, for a network that leaves it open.

    Raises:
      InputError: the file is no exported network that can be read, or the length differs.
    """
    imported = load(path, length=length)
    for note in imported.notes:
        logging.warning("%s: %s", path, note)
    return imported.network
