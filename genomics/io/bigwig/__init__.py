"""bigWig: https://genome.ucsc.edu/goldenPath/help/bigWig.html , written by numpy.

`write_bigwig` writes values as they come. A scan finishes pieces of a track where its values are (`piece.py`) and
copies them (`writer.py`).
"""

from genomics.io.bigwig.values import Stretch as Stretch
from genomics.io.bigwig.values import write_bigwig as write_bigwig
