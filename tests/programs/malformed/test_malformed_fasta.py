"""FASTA files of sequences, for interpret.py."""

import gzip

import pytest

SEQ = "ACGT" * 6
RULE = "must be A, C, G, T, N"
CASES = {
    "empty": (b"", "holds no record"),
    "blank": (b"\n\n \n", "holds no record"),
    "no header": (SEQ.encode(), r"line 1: 'ACGTACGTACGTACGTACGT': is not FASTA; the first line must start with '>'"),
    "fastq": (f"@r1\n{SEQ}\n+\n{'I' * 24}\n".encode(), "line 1: '@r1': is not FASTA"),
    "junk": (bytes(range(128, 256)), "line 1: .*: is not FASTA"),
    "byte order mark": (b"\xef\xbb\xbf>a\n" + SEQ.encode(), "line 1: .*: is not FASTA"),
    "utf-16": (f">a\n{SEQ}\n".encode("utf-16"), "line 1: .*: is not FASTA"),
    "no name": (f">\n{SEQ}\n".encode(), "line 1: a record has no name"),
    "name after a blank": (f">a\n{SEQ}\n> \n{SEQ}\n".encode(), "line 3: a record has no name"),
    "name twice": (f">a\n{SEQ}\n>b\n{SEQ}\n>a x\n{SEQ}\n".encode(), "line 5: record a occurs twice; names must be"),
    "no bases": (f">a\n>b\n{SEQ}\n".encode(), "line 1: record a has no bases"),
    "no bases at the end": (f">a\n{SEQ}\n>b\n".encode(), "line 3: record b has no bases"),
    "too short": (f">a\n{SEQ}\n>b\n{SEQ[1:]}\n".encode(), "record b has 23 bases; must have 24"),
    "too long": (f">a\n{SEQ}A\n".encode(), "record a has 25 bases; must have 24"),
    "protein": (b">a\nMKVLAAGIVGLCAKAYERREDEQL\n", f"record a, position 4 .* is 'L'; {RULE}"),
    "gap": (f">a\n{SEQ[:7]}-{SEQ[8:]}\n".encode(), f"record a, position 8 .* is '-'; {RULE}"),
    "NUL": (f">a\n{SEQ[:7]}\0{SEQ[8:]}\n".encode(), rf"record a, position 8 .* is '\\x00'; {RULE}"),
    "not ASCII": (b">a\n" + SEQ[:7].encode() + b"\xe4" + SEQ[8:].encode(), f"record a, position 8 .* is 'ä'; {RULE}"),
    "control characters in a name": (f">a\x1b[2J\n{SEQ[:9]}\n".encode(), r"record a\\x1b\[2J has 9 bases; must"),
    "gzip of nothing": (gzip.compress(b""), "holds no record"),
    "gzip of junk": (gzip.compress(b"\xff\xfe"), "line 1: .*: is not FASTA"),
    "a gzip header alone": (b"\x1f\x8b", "cannot be read: damaged or truncated gzip file"),
}


@pytest.mark.parametrize("name", CASES)
def test_malformed(name, interpret_refused, tmp_path):
    content, message = CASES[name]
    path = tmp_path / "bad.fa"
    path.write_bytes(content)
    assert str(path) in interpret_refused(message, f"--sequences={path}")


@pytest.mark.parametrize("place", range(10))
def test_damaged_gzip(place, good, interpret_refused, tmp_path):
    data = bytearray((good / "few.fa.gz").read_bytes())
    at = len(data) * (place // 2) // 5 + 3
    if place % 2:
        data[at] ^= 0xFF
    else:
        del data[at:]
    path = tmp_path / "bad.fa.gz"
    path.write_bytes(data)
    message = rf"{path}: (cannot be read: damaged or truncated gzip file|line 1: .* is not FASTA)"
    interpret_refused(message, f"--sequences={path}")


@pytest.mark.parametrize(("name", "message"), [("absent", "No such file"), ("", "Is a directory")])
def test_no_file(name, message, interpret_refused, tmp_path):
    interpret_refused(f"{tmp_path / name}: cannot be read: {message}", f"--sequences={tmp_path / name}")


LEGAL = {
    "CRLF": lambda text: text.replace(b"\n", b"\r\n"),
    "CR": lambda text: text.replace(b"\n", b"\r"),
    "lower case": lambda text: b"".join(
        line if line[:1] == b">" else line.lower() for line in text.splitlines(keepends=True)
    ),
    "lines of 7": lambda text: b"".join(
        line if line[:1] == b">" else line[:7] + b"\n" + line[7:] for line in text.splitlines(keepends=True)
    ),
    "blank lines and blanks": lambda text: b"\n\n" + text.replace(b"\n", b" \n\n"),
}


@pytest.mark.parametrize("name", LEGAL)
def test_unusual_and_legal(name, good, command, finished, tmp_path, model):
    """The same sequences: the scores that are there are found to be theirs, and stay."""
    path = tmp_path / "few.fa"
    path.write_bytes(LEGAL[name]((good / "few.fa").read_bytes()))
    before = (finished / "scores" / "scores.h5").read_bytes()
    output = (f"--output={finished / 'scores'}", "--methods=saliency", "--num_figures=0")
    end = command("interpret", *model, f"--sequences={path}", *output)
    assert (end.status, end.err) == (0, "")
    assert (finished / "scores" / "scores.h5").read_bytes() == before


def test_a_changed_base_is_another_sequence(good, interpret_refused, tmp_path):
    text = (good / "few.fa").read_bytes()
    (tmp_path / "few.fa").write_bytes(text[:9] + (b"A" if text[9:10] != b"A" else b"C") + text[10:])
    interpret_refused("holds scores for another question: sequences", f"--sequences={tmp_path / 'few.fa'}")
