"""narrowPeak and BED files, for `python -m genomics.data.peaks`."""

import gzip

import numpy as np
import pytest

PEAKS = "genomics.data.peaks"
LINE = "chr1\t50\t90\t.\t100\t.\t5.0\t-1\t-1\t20\n"


@pytest.fixture
def make(refused, finished, tmp_path):
    """The command, asked to write over a file that is there."""
    output = tmp_path / "out" / "data.h5"
    output.parent.mkdir()
    output.write_bytes(b"another file")

    def check(message, *arguments):
        fasta = (
            () if any(str(each).startswith("--fasta") for each in arguments) else (f"--fasta={finished / 'genome.fa'}",)
        )
        return refused(message, PEAKS, *fasta, f"--output={output}", "--length=24", *arguments, keeps=output.parent)

    return check


def fields(**changes):
    values = LINE.rstrip("\n").split("\t")
    for column, value in changes.items():
        values[int(column[1:]) - 1] = value
    return "\t".join(values) + "\n"


SUMMIT = "a summit must be a number of bases from the peak's start, from 0 to 39"
CASES = {
    "empty": ("", "holds no peak"),
    "comments alone": ("# nothing\ntrack name=x\n", "holds no peak"),
    "three columns": ("chr1\t50\t90\n", "line 1: has 3 columns; narrowPeak has 10"),
    "a column missing later": (LINE + "chr1\t100\t120\n", "line 2: has 3 columns; must have 10, as the first line"),
    "cut in a line": (LINE + LINE[:12], "line 2: has 4 columns; must have 10"),
    "commas": (LINE.replace("\t", ","), "line 1: has 1 columns; narrowPeak has 10"),
    "start is no number": (fields(_2="x"), "line 1: .*: must be CONTIG, START, END between tabs"),
    "start is a fraction": (fields(_2="50.0"), "line 1: .*: must be CONTIG, START, END"),
    "start of other digits": (fields(_2="\u0665"), "line 1: .*: must be CONTIG, START, END"),
    "start of 5,000 digits": (fields(_2="5" * 5000), "line 1: .*: must be CONTIG, START, END"),
    "negative start": (fields(_2="-50"), "line 1: starts before the contig: chr1 has bases 1 to 300"),
    "end past the contig": (fields(_3="301"), "line 1: ends past the contig: chr1 has bases 1 to 300"),
    "end before start": (fields(_3="40"), "line 1: holds no base: start 50"),
    "unknown contig": (fields(_1="chrUn"), "line 1: no contig chrUn .*; --skip_unknown_contigs leaves such peaks out"),
    "another prefix": (fields(_1="1"), "line 1: no contig 1 in the FASTA file, which calls it chr1"),
    "summit past the end": (fields(_10="40"), f"line 1: column 10 is '40'; {SUMMIT}"),
    "summit before the start": (fields(_10="-2"), f"line 1: column 10 is '-2'; {SUMMIT}"),
    "summit is no number": (fields(_10="nan"), f"line 1: column 10 is 'nan'; {SUMMIT}"),
    "summit is empty": (fields(_10=""), f"line 1: column 10 is ''; {SUMMIT}"),
}


@pytest.mark.parametrize("name", CASES)
def test_text(name, make, tmp_path):
    text, message = CASES[name]
    path = tmp_path / "bad.narrowPeak"
    path.write_text(text, encoding="utf-8")
    make(f"{path}: {message}", f"--peaks={path}")


BYTES = {
    "junk": (bytes(range(128, 256)), "byte 0: is not text"),
    "utf-16": (LINE.encode("utf-16"), "byte 0: is not text"),
    "NUL": (LINE.encode().replace(b"chr1", b"chr1\0"), r"line 1: no contig chr1\\x00"),
    "cut gzip": (gzip.compress(LINE.encode())[:-4], "cannot be read: damaged or truncated gzip file"),
    "gzip of nothing": (gzip.compress(b""), "holds no peak"),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes(name, make, tmp_path):
    content, message = BYTES[name]
    path = tmp_path / "bad.narrowPeak.gz"
    path.write_bytes(content)
    make(f"{path}: {message}", f"--peaks={path}")


FLAGS = {
    "no such column": (("--summit_column=7",), "line 1: has 3 columns, but summits were said to be in column 7"),
    "length 0": (("--length=0",), "--length=0"),
    "overlap nan": (("--min_overlap=nan",), "--min_overlap=nan: must be a number"),
    "valid alone": (("--valid=chr1",), "--valid and --test must be given both"),
    "a contig in two splits": (("--valid=chr1", "--test=chr1"), "chr1"),
    "an unknown split": (("--valid=chr1", "--test=chrX"), "chrX"),
    "names for fewer files": (("--task_names=a,b",), "2 names for 1 files of peaks"),
    "no file": (("--peaks=absent.bed",), "absent.bed: cannot be read: No such file"),
    "a FASTA file that is none": (("--fasta={bed}",), "is not FASTA; the first line must start with '>'"),
    "a FASTA file of peaks": (("--peaks={fasta}",), "line 1: .*: must be CONTIG, START, END"),
    "all windows beyond the contigs": (("--length=1000",), "."),
}


@pytest.mark.parametrize("name", FLAGS)
def test_flags(name, make, finished, tmp_path):
    arguments, message = FLAGS[name]
    bed = tmp_path / "some.bed"
    bed.write_text("chr1\t50\t90\nchr2\t40\t80\n")
    places = {"bed": bed, "fasta": finished / "genome.fa"}
    make(message, f"--peaks={bed}", *(each.format(**places) for each in arguments))


@pytest.mark.parametrize("kind", ["CRLF", "gzip", "blank lines, comments"])
def test_unusual_and_legal(kind, command, finished, tmp_path):
    """The same peaks: the same file."""
    rng = np.random.default_rng(0)
    starts = {"chr1": rng.choice(250, 20, replace=False), "chr2": rng.choice(90, 12, replace=False)}
    text = "".join(f"{name}\t{at}\t{at + 30}\n" for name, found in starts.items() for at in found).encode()
    changed = {
        "CRLF": text.replace(b"\n", b"\r\n"),
        "gzip": gzip.compress(text),
        "blank lines, comments": b"# c\n\n" + text.replace(b"\n", b"\n\n"),
    }
    common = (
        f"--fasta={finished / 'genome.fa'}",
        "--length=24",
        "--split_by=block",
        "--block_size=40",
        "--negatives=none",
    )
    written = []
    for folder, data in (("one", text), ("two", changed[kind])):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.bed").write_bytes(data)
        output = tmp_path / folder / "data.h5"
        end = command(PEAKS, *common, f"--peaks={tmp_path / folder / 'a.bed'}", f"--output={output}")
        assert (end.status, end.err) == (0, "")
        written.append(output.read_bytes())
    assert written[0] == written[1]
