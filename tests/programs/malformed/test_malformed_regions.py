"""BED files and region strings, for scan.py."""

import gzip

import pytest

RULE = "must be CONTIG, START, END between tabs"
CASES = {
    "empty": (b"", "holds no interval"),
    "comments alone": (b"#a\ntrack name=x\nbrowser position chr1\n\n", "holds no interval"),
    "one column": (b"chr1\t0\t50\nchr1\n", f"line 2: 'chr1': {RULE}"),
    "two columns": (b"chr1\t5\n", f"line 1: .*: {RULE}"),
    "commas": (b"chr1,0,50\n", f"line 1: 'chr1,0,50': {RULE}"),
    "start is no number": (b"chr1\tx\t50\n", f"line 1: .*: {RULE}"),
    "fraction": (b"chr1\t0.5\t50\n", f"line 1: .*: {RULE}"),
    "underscores": (b"chr1\t0\t5_0\n", f"line 1: .*: {RULE}"),
    "other digits": ("chr1\t0\t\u0665\n".encode(), f"line 1: .*: {RULE}"),
    "nan": (b"chr1\t0\tnan\n", f"line 1: .*: {RULE}"),
    "no contig": (b"\t0\t50\n", "line 1: no contig"),
    "negative start": (b"chr1\t-1\t50\n", "line 1: starts before the contig: chr1 has bases 1 to 300"),
    "past the end": (b"chr1\t0\t301\n", "line 1: ends past the contig: chr1 has bases 1 to 300"),
    "beyond 64 bits": (b"chr1\t0\t99999999999999999999\n", "line 1: ends past the contig"),
    "5,000 digits": (b"chr1\t0\t" + b"9" * 5000 + b"\n", f"line 1: .*: {RULE}"),
    "nothing between": (b"chr1\t7\t7\n", "line 1: holds no base: start 7"),
    "end before start": (b"chr1\t9\t7\n", "line 1: holds no base: start 9"),
    "another name": (b"1\t0\t50\n", "line 1: no contig 1 in the FASTA file, which calls it chr1"),
    "unknown contig": (b"chr1\t0\t5\nchrUn\t0\t5\n", "line 2: no contig chrUn in the FASTA file; it has chr1, chr2"),
    "NUL": (b"chr1\0\t0\t50\n", r"line 1: no contig chr1\\x00"),
    "not UTF-8": (b"chr1\t0\t50\tn\xe4me\n", "byte 11: is not text"),
    "utf-16": ("chr1\t0\t50\n".encode("utf-16"), "byte 0: is not text"),
    "byte order mark": (b"\xef\xbb\xbfchr1\t0\t50\n", r"line 1: no contig \\ufeffchr1"),
    "cut gzip": (gzip.compress(b"chr1\t0\t50\n")[:-9], "cannot be read: damaged or truncated gzip file"),
    "gzip of junk": (gzip.compress(b"\xff\xfe\xfd"), "byte 0: is not text"),
}


@pytest.mark.parametrize("name", CASES)
def test_bed(name, finished, scan_refused, tmp_path):
    content, message = CASES[name]
    path = tmp_path / "bad.bed"
    path.write_bytes(content)
    scan_refused(f"{path}: {message}", f"--fasta={finished / 'genome.fa'}", f"--regions={path}")


REGIONS = {
    "": "region : no contig in the FASTA file",
    "absent.bed": "--regions=absent.bed: no such file",
    "chr3": "region chr3: no contig chr3 in the FASTA file; it has chr1, chr2",
    "1:1-10": "region 1:1-10: no contig 1 in the FASTA file, which calls it chr1",
    "chr1:0-10": "region chr1:0-10: starts before the contig",
    "chr1:10-5": "region chr1:10-5: holds no base",
    "chr1:1-301": "region chr1:1-301: ends past the contig",
    "chr1:-5": "region chr1:-5: no contig chr1:-5",
    "chr1:a-b": "region chr1:a-b: no contig chr1:a-b",
    "chr1:1-2-3": "region chr1:1-2-3: no contig",
    "chr1:,": "region chr1:: no contig chr1:",
    "chr1:1e2-200": "region chr1:1e2-200: no contig",
    "chr1:99999999999999999999": "region chr1:99999999999999999999: must be CONTIG:FIRST-LAST",
    "chr1:" + "9" * 5000: "region chr1:9{5000}: must be CONTIG:FIRST-LAST",
    "chr1:1-10,chr9": "region chr9: no contig chr9",
    "chr1:1-10;chr2": "no contig",
    "chr1:5-\x1b[2J": r"region chr1:5-\\x1b",
}


@pytest.mark.parametrize("text", REGIONS, ids=range(len(REGIONS)))
def test_region(text, finished, scan_refused):
    scan_refused(REGIONS[text], f"--fasta={finished / 'genome.fa'}", f"--regions={text}")


@pytest.mark.parametrize(
    "content",
    [
        b"chr2\t0\t130\r\nchr1\t0\t300\r\n",
        b"# c\nchr1 0 200\nchr1 150 300 x 5 +\nchr2 0 130\n",
        gzip.compress(b"chr1\t0\t300\tn\xc3\xa4me\xe2\x80\xa8\nchr2\t0\t130"),
    ],
    ids=["CRLF, not sorted", "blanks, overlaps", "gzip, UTF-8, no last line end"],
)
def test_unusual_and_legal(content, finished, command, model, tmp_path):
    """All bases, as in the scan that is there."""
    path = tmp_path / "all.bed"
    path.write_bytes(content)
    common = (f"--fasta={finished / 'genome.fa'}", f"--output={finished / 'scan'}", "--part_size=200")
    end = command("scan", *model, *common, f"--regions={path}")
    assert (end.status, end.err) == (0, "")
    assert "3 of 3 parts are there already" in end.out
