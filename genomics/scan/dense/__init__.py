"""Dense (a trous) evaluation: a network at every offset of a long sequence, with what windows share computed once."""

from genomics.scan.dense.program import dense as dense
