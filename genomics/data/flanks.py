"""The bases beside windows: what training shifts them into."""

import numpy as np
from jaxtyping import Int64, UInt8

from genomics.data.axis import Axis, contig_of
from genomics.io.genome import Genome


def with_flanks(
    genome: Genome, axis: Axis, start: Int64[np.ndarray, " N"], bases: UInt8[np.ndarray, "N L"], flank: int
) -> UInt8[np.ndarray, "N V"]:
    """Windows with `flank` further bases on each side (V = L + 2 flank), N beyond their contigs.

    Args:
      genome: where the bases are.
      axis: of its contigs.
      start: of the windows.
      bases: of the windows.
      flank: at least 1.
    """
    length = bases.shape[1]
    found = np.empty((len(start), length + 2 * flank), np.uint8)
    found[:, flank : flank + length] = bases
    contig = contig_of(axis, start)
    for row in np.argsort(start, kind="stable"):
        own = int(contig[row])
        first = int(start[row] - axis.offset[own])
        found[row, :flank] = genome.fetch(axis.names[own], first - flank, first)
        found[row, flank + length :] = genome.fetch(axis.names[own], first + length, first + length + flank)
    return found
