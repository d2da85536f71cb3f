"""`--model=FILE.meme --length=L`: motifs as a network, so that every network can be held against the matrix."""

from genomics.errors import InputError
from genomics.io.meme import read_meme
from genomics.models.network import Network
from genomics.models.pwm import pwm_network


def read_pwm(path: str, length: int | None = None) -> Network:
    """Reads a MEME file; each of its motifs is a task.

    Raises:
      InputError: the file is no MEME file, or the length is not given or shorter than a motif.
    """
    motifs = read_meme(path)
    if length is None:
        raise InputError(f"--model={path}: motifs leave the length of sequences open; give --length")
    return pwm_network(motifs, length, path)
