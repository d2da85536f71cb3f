import gzip

import pytest

from genomics.errors import InputError
from genomics.io.bed import read_bed
from genomics.sequence.intervals import Interval

CONTIGS = {"chr1": 100, "b:1-2": 50}


def test_three_columns_of_any_bed(tmp_path):
    text = "# note\ntrack name=x\nbrowser position\n\nchr1\t5\t10\tA549\t46.9\t120\nb:1-2 0 50\r\nchr1\t0\t3\n"
    expected = [("chr1", 5, 10), ("b:1-2", 0, 50), ("chr1", 0, 3)]
    for name, data in (("x.bed", text.encode()), ("x.bed.gz", gzip.compress(text.encode()))):
        (tmp_path / name).write_bytes(data)
        found = read_bed(tmp_path / name, CONTIGS)
        assert found == [Interval(contig=contig, start=start, end=end) for contig, start, end in expected]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chr1\t0\t5\nchr1\t5\n", "line 2: 'chr1\\t5': must be CONTIG, START, END"),
        ("chr1\ta\t5\n", "line 1"),
        ("chr1\t0\t101\n", "line 1: ends past the contig"),
        ("chr1\t7\t7\n", "line 1: holds no base"),
        ("chr1\t-1\t7\n", "line 1: starts before the contig"),
        ("1\t0\t5\n", "line 1: no contig 1 in the FASTA file, which calls it chr1"),
        ("# nothing\n", "holds no interval"),
        ("\x00\xff", "must be CONTIG"),
    ],
)
def test_faults(tmp_path, text, message):
    path = tmp_path / "x.bed"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_bed(path, CONTIGS)
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_bed(tmp_path / "absent.bed", CONTIGS)
    (tmp_path / "cut.bed.gz").write_bytes(gzip.compress(b"chr1\t0\t5\n")[:-4])
    with pytest.raises(InputError, match=r"cut.bed.gz: cannot be read"):
        read_bed(tmp_path / "cut.bed.gz", CONTIGS)
    (tmp_path / "binary.bed").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="byte 0: is not text"):
        read_bed(tmp_path / "binary.bed", CONTIGS)
