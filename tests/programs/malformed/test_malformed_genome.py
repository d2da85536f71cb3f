"""Genomes and their indices, for scan.py."""

import gzip
import os

import pytest

pysam = pytest.importorskip("pysam")

CASES = {
    "empty": (b"", "is empty"),
    "junk": (bytes(range(128, 256)) * 3, "is not FASTA; the first line must start with '>'"),
    "no header": (b"ACGT\n" * 9, "is not FASTA"),
    "gzip": (
        gzip.compress(b">chr1\nACGT\n"),
        "is compressed by gzip, which cannot be indexed",
    ),
    "cut gzip header": (b"\x1f\x8b\x08", "is compressed by gzip"),
    "header alone": (b">chr1\n", "holds no bases"),
    "lines of different lengths": (
        b">chr1\nACGT\nAC\nACGT\n",
        "line 4: contig chr1 goes on after line 3, which is shorter",
    ),
    "a blank line within": (b">chr1\nACGT\n\nACGT\n", "line 4: contig chr1 goes on after line 3, which is empty"),
    "name twice": (
        b">chr1\nACGT\n>chr2\nAC\n>chr1\nACGTT\n",
        "line 5: contig chr1 is there already, in line 1",
    ),
    "no base of any contig": (b">chr1\n>chr2\n", "holds no bases"),
}
LETTERS = {
    "a letter that is no base": b"!",
    "NUL": b"\0",
    "not ASCII": b"\xe4",
    "a gap": b"-",
    "protein": b"L",
}


@pytest.mark.parametrize("name", CASES)
def test_malformed(name, scan_refused, tmp_path):
    content, message = CASES[name]
    path = tmp_path / "bad.fa"
    path.write_bytes(content)
    scan_refused(f"{path}: .*({message})", f"--fasta={path}")


@pytest.mark.parametrize("name", LETTERS)
def test_letters(name, good, refused, scan_refused, model, tmp_path):
    data = bytearray((good / "genome.fa").read_bytes())
    place = data.index(b"\n") + 1 + 61 + 5  # the second line
    data[place : place + 1] = LETTERS[name]
    path = tmp_path / "bad.fa"
    path.write_bytes(data)
    skipped = "line 3: contig chr1: column 6 is .*; must be a letter"  # by htslib's index
    scan_refused(rf"{path}: (chr1: position 66 \(from 1\) is no base|{skipped})", f"--fasta={path}")


def test_a_changed_base_is_another_genome(good, scan_refused, tmp_path):
    data = bytearray((good / "genome.fa").read_bytes())
    place = data.index(b"\n") + 10
    data[place] = ord("A") if data[place] != ord("A") else ord("C")
    (tmp_path / "genome.fa").write_bytes(data)
    scan_refused("was computed from other bases: the input has changed", f"--fasta={tmp_path / 'genome.fa'}")


def lines_of(fai):
    return [line.split(b"\t") for line in fai.splitlines()]


def joined(lines):
    return b"".join(b"\t".join(line) + b"\n" for line in lines)


def changed(row, column, value):
    def change(fai):
        lines = lines_of(fai)
        lines[row][column] = value
        return joined(lines)

    return change


OTHER = r": the index \S+\.fai is of another file; delete it"
FAI = {
    "empty": (lambda fai: b"", "is empty or cut; delete it"),
    "cut in a line": (lambda fai: fai[:-9], OTHER),
    "junk": (lambda fai: b"\xff\xfe\0\n", r"line 1: .* must be NAME, BASES, PLACE, BASES A LINE, BYTES A LINE"),
    "negative": (changed(0, 1, b"-300"), "line 1: .* must be NAME, BASES"),
    "huge": (changed(0, 1, b"99999999999999999999"), "line 1: .* must be NAME, BASES"),
    "no number": (changed(1, 2, b"nan"), "line 2: .* must be NAME, BASES"),
    "columns missing": (lambda fai: joined(line[:3] for line in lines_of(fai)), "line 1: .* must be NAME, BASES"),
    "name twice": (lambda fai: fai + fai, "line 3: .* must be NAME, BASES"),
    "too many bases": (changed(0, 1, b"3000000"), OTHER),
    "too few bases": (changed(1, 1, b"100"), OTHER),
    "another place": (changed(1, 2, b"300"), OTHER),
    "another name": (changed(0, 0, b"chrX"), OTHER),
    "other lines": (changed(0, 3, b"59"), OTHER),
    "no width": (changed(0, 3, b"0"), "line 1: .* must be NAME, BASES"),
    "a contig missing": (lambda fai: joined(lines_of(fai)[1:]), OTHER),
}


@pytest.mark.parametrize("name", FAI)
def test_index(name, finished, scan_refused, tmp_path):
    change, message = FAI[name]
    path, fai = tmp_path / "genome.fa", tmp_path / "genome.fa.fai"
    path.write_bytes((finished / "genome.fa").read_bytes())
    fai.write_bytes(change((finished / "genome.fa.fai").read_bytes()))
    os.utime(path, (1, 1))  # the index counts as up to date
    scan_refused(message, f"--fasta={path}")
    assert fai.read_bytes() == change((finished / "genome.fa.fai").read_bytes())


@pytest.fixture(scope="module")
def packed(good, tmp_path_factory):
    """The genome compressed by bgzip."""
    path = tmp_path_factory.mktemp("packed") / "genome.fa.gz"
    pysam.tabix_compress(str(good / "genome.fa"), str(path))
    pysam.faidx(str(path))
    return path


END = "is truncated: it must end with the empty block that bgzip writes last"
BGZIP = {
    "the end is missing": (lambda data: data[:-28], END),
    "cut": (lambda data: data[: len(data) // 2], END),
    "almost nothing": (lambda data: data[:18], END),
    "damage within": (lambda data: data[:60] + b"\0\0\0\0" + data[64:], "cannot be (indexed|read|opened)|damaged or"),
    "the end twice cut": (lambda data: data[:-28] + data[-28:-1], END),
}


@pytest.mark.parametrize("name", BGZIP)
def test_bgzip(name, packed, scan_refused, tmp_path):
    change, message = BGZIP[name]
    path = tmp_path / "genome.fa.gz"
    path.write_bytes(change(packed.read_bytes()))
    scan_refused(f"{path}: .*({message})", f"--fasta={path}")


@pytest.mark.parametrize("content", [b"", b"\xff" * 24, b"\1" + bytes(23)])
def test_index_of_blocks(content, packed, scan_refused, tmp_path):
    path = tmp_path / "genome.fa.gz"
    for suffix in ("", ".fai"):
        path.with_name(path.name + suffix).write_bytes(packed.with_name(packed.name + suffix).read_bytes())
    path.with_name("genome.fa.gz.gzi").write_bytes(content)
    os.utime(path, (1, 1))
    scan_refused(r"genome\.fa\.gz\.gzi: is not the index of the blocks of .*; delete it", f"--fasta={path}")


@pytest.mark.parametrize(("name", "message"), [("absent", "no such file"), ("", "is not a file")])
def test_no_file(name, message, scan_refused, tmp_path):
    scan_refused(f"{tmp_path / name}: {message}", f"--fasta={tmp_path / name}")


@pytest.mark.parametrize("kind", ["CRLF", "lower case", "bgzip"])
def test_unusual_and_legal(kind, finished, packed, command, model, tmp_path):
    """The same bases: all parts that are there are found to be theirs."""
    path = tmp_path / "genome.fa"
    text = (finished / "genome.fa").read_bytes()
    header, upper = text.split(b"\n", 1)
    data = {
        "CRLF": text.replace(b"\n", b"\r\n"),
        "lower case": header + b"\n" + upper.lower().replace(b"described", b"x"),
    }
    path.write_bytes(packed.read_bytes() if kind == "bgzip" else data[kind])
    end = command("scan", *model, f"--fasta={path}", f"--output={finished / 'scan'}", "--part_size=200")
    assert (end.status, end.err) == (0, "")
    assert "3 of 3 parts are there already" in end.out
