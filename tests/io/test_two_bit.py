"""2bit through the same door as FASTA."""

import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.genome import open_genome
from genomics.sequence.bases import decode

pytest.importorskip("py2bit")
CONTIGS = {"chr6": "ACGTacgtNNNNTTGACCA", "chr6:1-9": "N", "chrM": "GATTACA" * 9}


@pytest.fixture
def path(tmp_path, two_bit):
    path = tmp_path / "g.2bit"
    path.write_bytes(two_bit(CONTIGS))
    return path


def test_every_stretch_equals_that_of_fasta(path, tmp_path):
    pytest.importorskip("pysam")
    fasta = tmp_path / "g.fa"
    fasta.write_text("".join(f">{name}\n{letters}\n" for name, letters in CONTIGS.items()))
    with open_genome(path, tmp_path) as genome, open_genome(fasta, tmp_path) as plain:
        assert genome.contigs == plain.contigs
        assert genome.made == ()
        for name, length in genome.contigs.items():
            for start in range(-2, length + 2):
                for end in range(start, length + 3):
                    np.testing.assert_array_equal(genome.fetch(name, start, end), plain.fetch(name, start, end))
        assert decode(genome.fetch("chr6", -1, 21)) == "NACGTACGTNNNNTTGACCANN"


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        (lambda two_bit: two_bit(CONTIGS, order=">"), "big-endian"),
        (lambda two_bit: two_bit(CONTIGS, version=1), "version 1; must be 0"),
        (lambda two_bit: two_bit(CONTIGS)[:-1], "contig chrM: its 63 bases reach beyond the file's end"),
        (lambda two_bit: two_bit(CONTIGS)[:30], "ends within its index"),
        (lambda two_bit: two_bit({}), "names 0 contigs"),
        (lambda two_bit: two_bit({"c": ""}), "holds no bases"),
        (lambda two_bit: two_bit({"c": "ACGT"}).replace(b"\1c", b"\0c"), "has no name"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path, two_bit, damaged, message):
    path = tmp_path / "g.2bit"
    path.write_bytes(damaged(two_bit))
    with pytest.raises(InputError, match=message) as error, open_genome(path, tmp_path):
        pass
    assert "\n" not in str(error.value)
