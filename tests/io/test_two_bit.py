"""2bit through the same door as FASTA."""

import re
import struct

import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.genome import open_genome
from genomics.sequence.bases import decode

pytest.importorskip("py2bit")


def two_bit(contigs, order="<", version=0):
    """The bytes of a file, as the format describes them; lower case is masked, N are blocks."""
    head = struct.pack(f"{order}IIII", 0x1A412743, version, len(contigs), 0)
    place = len(head) + sum(5 + len(name) for name in contigs)
    index, records = b"", b""
    for name, letters in contigs.items():
        index += struct.pack(f"{order}B{len(name)}sI", len(name), name.encode(), place + len(records))
        blocks = []
        for pattern in ("N+", "[a-z]+"):
            found = [match.span() for match in re.finditer(pattern, letters)]
            blocks += [len(found), *(start for start, _ in found), *(end - start for start, end in found)]
        codes = ["TCAG".index(each) if each in "TCAG" else 0 for each in letters.upper()]
        codes += [0] * (-len(codes) % 4)
        packed = bytes(64 * a + 16 * b + 4 * c + d for a, b, c, d in zip(*(codes[i::4] for i in range(4)), strict=True))
        records += struct.pack(f"{order}I{len(blocks)}II", len(letters), *blocks, 0) + packed
    return head + index + records


CONTIGS = {"chr6": "ACGTacgtNNNNTTGACCA", "chr6:1-9": "N", "chrM": "GATTACA" * 9}


@pytest.fixture
def path(tmp_path):
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
    ("data", "message"),
    [
        (two_bit(CONTIGS, order=">"), "big-endian"),
        (two_bit(CONTIGS, version=1), "version 1; must be 0"),
        (two_bit(CONTIGS)[:-1], "contig chrM: its 63 bases reach beyond the file's end"),
        (two_bit(CONTIGS)[:30], "ends within its index"),
        (two_bit({}), "names 0 contigs"),
        (two_bit({"c": ""}), "holds no bases"),
        (two_bit({"c": "ACGT"}).replace(b"\1c", b"\0c"), "has no name"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path, data, message):
    path = tmp_path / "g.2bit"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message) as error, open_genome(path, tmp_path):
        pass
    assert "\n" not in str(error.value)
