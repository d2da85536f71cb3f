import os

import pytest

from genomics.errors import InputError
from genomics.io.genome import open_genome
from genomics.sequence.bases import decode

pysam = pytest.importorskip("pysam")

TEXT = ">first:1-9 described\nACGTacgtNN\nRYAC\n>second\nTTTT\n"


@pytest.fixture
def fasta(tmp_path):
    path = tmp_path / "genome.fa"
    path.write_text(TEXT)
    return path


@pytest.mark.parametrize("compressed", [False, True])
def test_bases_with_n_beyond_the_ends(fasta, compressed):
    if compressed:
        pysam.tabix_compress(str(fasta), f"{fasta}.gz")
        fasta = fasta.with_name("genome.fa.gz")
    for _ in range(2):  # indexed, then with the index that is there
        with open_genome(fasta, fasta.parent / "elsewhere") as genome:
            assert genome.contigs == {"first:1-9": 14, "second": 4}
            assert decode(genome.fetch("first:1-9", 0, 14)) == "ACGTACGTNNNNAC"
            assert decode(genome.fetch("first:1-9", -2, 3)) == "NNACG"
            assert decode(genome.fetch("second", 2, 7)) == "TTNNN"
            assert decode(genome.fetch("second", -5, -1)) == "NNNN"
            assert decode(genome.fetch("second", 9, 12)) == "NNN"
    assert fasta.with_name(f"{fasta.name}.fai").exists()
    assert not (fasta.parent / "elsewhere").exists()


def test_an_index_older_than_the_file_is_made_again(fasta):
    with open_genome(fasta, fasta.parent) as genome:
        assert len(genome.contigs) == 2
    fasta.write_text(">other\nAC\n")
    os.utime(f"{fasta}.fai", (1, 1))
    with open_genome(fasta, fasta.parent) as genome:
        assert genome.contigs == {"other": 2}


def test_the_index_goes_elsewhere_when_it_cannot_stand_beside_the_file(fasta, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != str(tmp_path))
    for _ in range(2):
        with open_genome(fasta, tmp_path / "output") as genome:
            assert decode(genome.fetch("second", 0, 4)) == "TTTT"
    assert not fasta.with_name("genome.fa.fai").exists()
    assert (tmp_path / "output" / "genome.fa.fai").exists()


def test_faults(fasta, tmp_path):
    import gzip

    def message(path, content=None):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(InputError) as caught, open_genome(path, tmp_path) as genome:
            genome.fetch(next(iter(genome.contigs)), 0, 4)
        assert str(caught.value).startswith(str(tmp_path))
        return str(caught.value)

    assert "no such file" in message(tmp_path / "absent.fa")
    assert "is not a file" in message(tmp_path)
    assert "is empty" in message(tmp_path / "empty.fa", b"")
    assert "is not FASTA" in message(tmp_path / "text.fa", b"ACGT\n")
    assert "use bgzip" in message(tmp_path / "plain.fa.gz", gzip.compress(TEXT.encode()))
    assert "position 3 (from 1) is no base" in message(tmp_path / "bad.fa", b">a\nACXT\n")
    assert "holds no bases" in message(tmp_path / "none.fa", b">a\n")
    assert "line 3: has 4 bases, the first line of contig a has 2" in message(
        tmp_path / "lines.fa", b">a\nAC\nACGT\nA\n"
    )


def test_another_files_index(fasta):
    fasta.with_name("genome.fa.fai").write_text("first:1-9\t400\t20\t10\t11\n")
    with pytest.raises(InputError, match=r"the index .*genome\.fa\.fai is of another file"):
        open_genome(fasta, fasta.parent).__enter__()


def test_htslib_prints_nothing(fasta, capfd):
    fasta.write_text(TEXT + ">first:1-9\nACGT\n")
    with pytest.raises(InputError, match="line 6: contig first:1-9 is there already, in line 1"):
        open_genome(fasta, fasta.parent).__enter__()
    assert capfd.readouterr().err == ""
