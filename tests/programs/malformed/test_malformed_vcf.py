"""VCF and BCF files, for scan.py."""

import gzip

import pytest

pysam = pytest.importorskip("pysam")
bcftools = pytest.importorskip("pysam.bcftools")

START = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
RECORD = "chr1\t5\t.\tA\tC\t.\t.\t.\n"
CASES = {
    "empty": ("", "is not VCF; it must start with ##fileformat=VCF"),
    "text": ("chr1\t5\n", r"line 1: 'chr1\\t5': the header must end with a #CHROM line"),
    "no format": ("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n" + RECORD, "is not VCF; it must start with ##file"),
    "header alone": ("##fileformat=VCFv4.2\n", "is not VCF; .* and hold a #CHROM line"),
    "no #CHROM": ("##fileformat=VCFv4.2\n" + RECORD, r"line 2: 'chr1.*: the header must end with a #CHROM line"),
    "#CHROM between blanks": (START.replace("\t", " ") + RECORD, "line 2: .*: the header must end with a #CHROM"),
    "columns missing": (START + RECORD + "chr1\t9\t.\tA\tC\n", "line 4: has 5 columns; a record has at least 8"),
    "blanks for tabs": (START + RECORD.replace("\t", " "), "line 3: has 1 columns; a record has at least 8"),
    "cut in a record": (START + RECORD + RECORD[:10], "line 4: has . columns; a record has at least 8"),
    "POS is no number": (START + RECORD.replace("5", "five"), "line 3: POS is 'five'; must be a number"),
    "POS is negative": (START + RECORD.replace("5", "-5"), "line 3: POS is '-5'; must be a number"),
    "POS is a fraction": (START + RECORD.replace("5", "5.0"), "line 3: POS is '5.0'; must be a number"),
    "POS is empty": (START + RECORD.replace("5", ""), "line 3: POS is ''; must be a number"),
    "POS of other digits": (START + RECORD.replace("5", "\u0665"), "line 3: POS is '\u0665'; must be a number"),
    "POS of 5,000 digits": (START + RECORD.replace("5", "5" * 5000), "line 3: POS is '5{40}'; must be a number"),
    "not sorted": (
        START + RECORD.replace("5", "9") + RECORD,
        "record 2: position 5 of chr1 comes after 9; records",
    ),
    "a contig in two places": (
        START + RECORD + RECORD.replace("chr1", "chr2") + RECORD,
        "record 3: chr1 is in two places: sort it",
    ),
    "other names": (START + RECORD.replace("chr1", "1"), "no contig 1 in the FASTA file, which calls it chr1"),
    "key taken": (
        START.replace("#CHROM", '##INFO=<ID=EFFECT,Number=A,Type=String,Description="x">\n#CHROM') + RECORD,
        "--info_key=EFFECT: .* has this key already; give another",
    ),
    "unknown contig": (START + RECORD.replace("chr1", "x"), "no contig x in the FASTA file; it has chr1, chr2"),
}
BYTES = {
    "junk": (bytes(range(128, 256)), "is not text: line 1 has bytes"),
    "contig that is not UTF-8": (
        START.encode() + b"chr\xe41\t5\t.\tA\tC\t.\t.\t.\n",
        "line 3: CHROM, REF or ALT is not text",
    ),
    "NUL": (START.encode() + bytes(64), "line 3: has 1 columns"),
    "utf-16": ((START + RECORD).encode("utf-16"), "is not text"),
    "cut gzip": (gzip.compress((START + RECORD * 9).encode())[:-9], "cannot be read: Compressed file ended before"),
    "a gzip header alone": (b"\x1f\x8b\x08", "cannot be read: "),
    "gzip of nothing": (gzip.compress(b""), "is not VCF"),
    "BCF that is none": (b"BCF\2\2junk", "cannot be read: "),
}


def refused(scan_refused, finished, message, content, path):
    path.write_bytes(content)
    return scan_refused(message, f"--fasta={finished / 'genome.fa'}", f"--vcf={path}")


@pytest.mark.parametrize("name", CASES)
def test_text(name, finished, scan_refused, tmp_path):
    text, message = CASES[name]
    line = refused(scan_refused, finished, message, text.encode(), tmp_path / "bad.vcf")
    assert str(tmp_path / "bad.vcf") in line


@pytest.mark.parametrize("name", BYTES)
def test_bytes(name, finished, scan_refused, tmp_path):
    content, message = BYTES[name]
    path = tmp_path / "bad.vcf.gz"
    refused(scan_refused, finished, f"{path}: {message}", content, path)


@pytest.fixture(scope="module")
def packed(finished, tmp_path_factory):
    """The file of the finished scan with many records, as bgzip and as BCF."""
    folder = tmp_path_factory.mktemp("vcf")
    text = (finished / "some.vcf").read_text()
    chr1, chr2 = text.rsplit("chr2", 1)
    (folder / "many.vcf").write_text(chr1 + f"chr2{chr2}" * 3000)
    pysam.tabix_compress(str(folder / "many.vcf"), str(folder / "many.vcf.gz"))
    bcftools.view("-Ob", "-o", str(folder / "many.bcf"), str(folder / "many.vcf"), catch_stdout=False)
    return folder


@pytest.mark.parametrize("name", ["many.vcf.gz", "many.bcf"])
@pytest.mark.parametrize("place", range(6))
def test_damage(name, place, finished, packed, scan_refused, tmp_path):
    data = bytearray((packed / name).read_bytes())
    if place == 0:
        del data[-28:]
    elif place % 2:
        del data[len(data) * place // 6 :]
    else:
        at = len(data) * place // 6 + 30  # not within a block's header
        data[at : at + 4] = bytes(value ^ 0xFF for value in data[at : at + 4])
    message = rf"{tmp_path / name}: (is truncated: it must end with|cannot be read: |line \d+: |is not text)"
    refused(scan_refused, finished, message, data, tmp_path / name)


@pytest.mark.parametrize(("name", "message"), [("absent", "no such file"), ("", "is not a file")])
def test_no_file(name, message, finished, scan_refused, tmp_path):
    path = tmp_path / name
    scan_refused(f"{path}: {message}", f"--fasta={finished / 'genome.fa'}", f"--vcf={path}")


@pytest.mark.parametrize("kind", ["CRLF", "gzip", "blank lines"])
def test_unusual_and_legal(kind, finished, command, model, tmp_path):
    """The same records: the parts that are there are found to be theirs."""
    data = (finished / "some.vcf").read_bytes()
    changed = {
        "CRLF": data.replace(b"\n", b"\r\n"),
        "gzip": gzip.compress(data),
        "blank lines": data.replace(b"\nchr1", b"\n\nchr1"),
    }
    path = tmp_path / "some.vcf"
    path.write_bytes(changed[kind])
    common = (f"--fasta={finished / 'genome.fa'}", f"--output={finished / 'annotated'}", "--part_size=3")
    end = command("scan", *model, *common, f"--vcf={path}")
    assert (end.status, end.err) == (0, "")
    assert "2 of 2 parts are there already" in end.out
