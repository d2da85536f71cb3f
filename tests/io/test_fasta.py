import gzip
import os

import numpy as np
import pysam
import pytest

from genomics.errors import InputError
from genomics.io.fasta import read_fasta
from genomics.sequence.bases import decode


@pytest.fixture
def fasta(tmp_path):
    """Writes a FASTA file of the given text, and gives its path."""

    def write(text):
        path = tmp_path / "seqs.fa"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_records_in_order(fasta):
    records = read_fasta(fasta(">b first one\nACG\nT\n\n>a\nacgt\n"), 4)
    assert records.names == ("b", "a")
    assert records.bases.tolist() == [[0, 1, 2, 3], [0, 1, 2, 3]]
    assert records.bases.dtype == np.uint8


@pytest.mark.parametrize("text", [b">a\r\nAC\r\nGT\r\n", b">a\rACGT", b"\n\n>a\n  ACGT  \n", b"> a\nACGT"])
def test_line_ends_and_blanks(fasta, text):
    records = read_fasta(fasta(text))
    assert (records.names, [decode(row) for row in records.bases]) == (("a",), ["ACGT"])


def test_without_a_length_the_first_record_sets_it(fasta):
    assert read_fasta(fasta(">a\nACGTA\n>b\nTTTTT\n")).bases.shape == (2, 5)
    with pytest.raises(InputError, match=r"seqs\.fa: record b has 4 bases; must have 5, as in record a"):
        read_fasta(fasta(">a\nACGTA\n>b\nTTTT\n"))


def test_gzip_and_bgzip(fasta, tmp_path):
    path = fasta(">a\nACGT\n>b\nTTTT\n")
    expected = read_fasta(path).bases
    (tmp_path / "plain.fa.gz").write_bytes(gzip.compress(path.read_bytes()))
    pysam.tabix_compress(str(path), str(tmp_path / "blocked.fa.gz"))
    # Two members, as `cat a.gz b.gz` makes them; and a name without the usual ending.
    parts = path.read_bytes().split(b">b")
    (tmp_path / "joined").write_bytes(gzip.compress(parts[0]) + gzip.compress(b">b" + parts[1]))
    for name in ("plain.fa.gz", "blocked.fa.gz", "joined"):
        assert np.array_equal(read_fasta(tmp_path / name).bases, expected)


def test_ambiguous_letters_are_n_with_one_warning(fasta, caplog):
    records = read_fasta(fasta(">a\nACNN\n>b\nACGT\n>c\nryKG\n"))
    assert [decode(row) for row in records.bases] == ["ACNN", "ACGT", "NNNG"]
    (warning,) = caplog.records
    assert warning.levelname == "WARNING"
    assert "5 of 12 bases are N or another ambiguous letter, in 2 of 3 records" in warning.getMessage()


def test_no_warning_without_ambiguous_letters(fasta, caplog):
    read_fasta(fasta(">a\nACGT\n"))
    assert not caplog.records


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no record"),
        ("\n \n", "holds no record"),
        ("ACGT\n", "line 1: 'ACGT': is not FASTA; the first line must start with '>'"),
        (b"\x89HDF\r\n\x1a\n\0\0", "line 1: .*is not FASTA"),
        (">a\nACGT\n>\nACGT\n", "line 3: a record has no name"),
        (">a\nACGT\n>b\n>c\nACGT\n", "line 3: record b has no bases"),
        (">a\nACGT\n>b", "line 3: record b has no bases"),
        (">a one\nACGT\n>a two\nACGT\n", "line 3: record a occurs twice"),
        (">a\nACGT\n>b\nAC\nGU\n", r"record b, position 4 \(from 1\) is 'U'; must be"),
        (">a\nAC-T\n", r"record a, position 3 \(from 1\) is '-'"),
        (">a\nAC GT\n", r"record a, position 3 \(from 1\) is ' '"),
        (">a\nACé\n", r"record a, position 3 \(from 1\)"),
        (">a\nACGTA\n", "record a has 5 bases; must have 4$"),
        (">a\nACGT\n>b\nACG\n", "record b has 3 bases; must have 4, as in record a"),
    ],
)
def test_faults_name_file_record_and_rule(fasta, text, message):
    with pytest.raises(InputError, match=rf"seqs\.fa: {message}") as error:
        read_fasta(fasta(text), 4)
    assert "\n" not in str(error.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match=r"absent\.fa: cannot be read: No such file"):
        read_fasta(tmp_path / "absent.fa")
    with pytest.raises(InputError, match=r"cannot be read: Is a directory"):
        read_fasta(tmp_path)


def test_damaged_gzip(tmp_path):
    whole = gzip.compress(b">a\n" + os.urandom(300).hex().encode())
    for data in (whole[:-6], whole[:40], whole[:2], whole[:60] + b"\0\0\0\0" + whole[64:]):
        (tmp_path / "cut.fa.gz").write_bytes(data)
        with pytest.raises(InputError, match=r"cut\.fa\.gz: cannot be read: damaged or truncated gzip file"):
            read_fasta(tmp_path / "cut.fa.gz")


def test_a_megabase(shared, caplog):
    records = read_fasta(shared / "data" / "chr22_20-21M.fa")
    assert records.bases.shape == (1, 1_000_000)
    assert records.names == ("22:20000001-21000000",)
    assert "100000 of 1000000 bases are N" in caplog.text
