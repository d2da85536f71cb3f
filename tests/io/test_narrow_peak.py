import gzip

import pytest

from genomics.errors import InputError
from genomics.io.narrow_peak import is_narrow_peak, read_peaks

CONTIGS = {"chr1": 100, "b:1-2": 50}
NARROW = "chr1\t10\t30\tp\t0\t.\t5.5\t-1\t-1\t"


def peaks_of(folder, name, text, **options):
    (folder / name).write_text(text)
    found = read_peaks(folder / name, CONTIGS, **options)
    parts = (found.contig, found.start, found.end, found.summit)
    return list(zip(*(part.tolist() for part in parts), strict=True))


@pytest.mark.parametrize("name", ["a.narrowPeak", "a.bed", "a.NARROWPEAK"])
def test_narrow_peak_has_its_summit_in_column_ten(tmp_path, name):
    text = f"track type=narrowPeak\n#note\n{NARROW}4\n\n{NARROW}-1\n{NARROW}0\n{NARROW}19\n"
    assert peaks_of(tmp_path, name, text) == [(0, 10, 30, 14), (0, 10, 30, 20), (0, 10, 30, 10), (0, 10, 30, 29)]
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    assert read_peaks(tmp_path / f"{name}.gz", CONTIGS).summit.tolist() == [14, 20, 10, 29]


def test_bed_has_centres_or_summits_in_a_given_column(tmp_path):
    text = "b:1-2\t3\t8\tA549\t46.9\t4\nchr1\t0\t100\tK562\t1\t0\n"
    assert peaks_of(tmp_path, "a.bed", text) == [(1, 3, 8, 5), (0, 0, 100, 50)]
    assert peaks_of(tmp_path, "a.bed", text, summit_column=6) == [(1, 3, 8, 7), (0, 0, 100, 0)]
    assert peaks_of(tmp_path, "a.bed", f"{NARROW}4\n", summit_column=0) == [(0, 10, 30, 20)]
    assert peaks_of(tmp_path, "a.bed", "chr1 5 6\r\n") == [(0, 5, 6, 5)]


def test_unknown_contigs_are_counted_where_that_is_asked_for(tmp_path):
    text = "chrUn_1\t5\t8\nchr1\t5\t8\nEBV\t5\t8\n"
    with pytest.raises(InputError, match=r"line 1: no contig chrUn_1 .*--skip_unknown_contigs leaves such peaks out"):
        peaks_of(tmp_path, "a.bed", text)
    (tmp_path / "a.bed").write_text(text)
    found = read_peaks(tmp_path / "a.bed", CONTIGS, skip_unknown_contigs=True)
    assert (found.start.tolist(), found.skipped) == ([5], 2)
    with pytest.raises(InputError, match="holds no peak on the genome's contigs; 1 on others"):
        peaks_of(tmp_path, "a.bed", "EBV\t5\t8\n", skip_unknown_contigs=True)
    for skip in (False, True):
        with pytest.raises(InputError, match=r"line 1: no contig 1 .* calls it chr1: the prefix chr must agree$"):
            peaks_of(tmp_path, "a.bed", "1\t5\t8\n", skip_unknown_contigs=skip)


@pytest.mark.parametrize(
    ("name", "text", "column", "message"),
    [
        ("a.bed", "chr1\t0\t5\nchr1\t5\t9\tx\n", None, "line 2: has 4 columns; must have 3, as the first line"),
        ("a.bed", "chr1\t5\n", None, r"line 1: 'chr1\\t5': must be CONTIG, START, END"),
        ("a.bed", "chr1\tx\t5\n", None, "line 1: .* must be CONTIG, START, END"),
        ("a.bed", "chr1\t1_0\t50\n", None, "line 1: .* must be CONTIG, START, END"),
        ("a.bed", "chr1\t٣\t50\n", None, "line 1: .* must be CONTIG, START, END"),
        ("a.bed", "chr1\t9\t9\n", None, "line 1: holds no base: start 9"),
        ("a.bed", "chr1\t9\t8\n", None, "line 1: holds no base"),
        ("a.bed", "chr1\t-1\t8\n", None, "line 1: starts before the contig"),
        ("a.bed", "chr1\t0\t101\n", None, "line 1: ends past the contig: chr1 has bases 1 to 100"),
        ("a.bed", "chr1\t0\t9\n", 6, "line 1: has 3 columns, but summits were said to be in column 6"),
        ("a.bed", "chr1\t0\t9\t9\n", 4, "line 1: column 4 is '9'; .* from 0 to 8 in this peak of 9, or -1 for none"),
        ("a.bed", "chr1\t0\t9\t-2\n", 4, "line 1: column 4 is '-2'"),
        ("a.bed", "chr1\t0\t9\t4.0\n", 4, "line 1: column 4 is '4.0'"),
        ("a.narrowPeak", f"{NARROW}20\n", None, "line 1: column 10 is '20'; .* from 0 to 19 in this peak of 20"),
        ("a.narrowPeak", "chr1\t0\t9\n", None, "line 1: has 3 columns; narrowPeak has 10"),
        ("a.bed", "#\n", None, "holds no peak$"),
    ],
)
def test_faults_name_file_and_line(tmp_path, name, text, column, message):
    with pytest.raises(InputError, match=message) as caught:
        peaks_of(tmp_path, name, text, summit_column=column)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert "\n" not in str(caught.value)


def test_names_of_narrow_peak():
    assert is_narrow_peak("x/a.narrowPeak")
    assert is_narrow_peak("a.NarrowPeak.GZ")
    assert not is_narrow_peak("narrowPeak.bed")


def test_damaged_gzip_is_an_error_of_one_line(tmp_path):
    data = bytearray(gzip.compress(b"chr1\t0\t9\n" * 1000))
    data[15] ^= 255
    (tmp_path / "a.bed.gz").write_bytes(data)
    with pytest.raises(InputError, match=r"a.bed.gz: cannot be read"):
        read_peaks(tmp_path / "a.bed.gz", CONTIGS)
