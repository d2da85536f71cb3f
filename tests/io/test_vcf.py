import gzip

import pytest

from genomics.errors import InputError
from genomics.io.vcf import check_key, open_vcf, write_indexed

pysam = pytest.importorskip("pysam")

HEADER = (
    "##fileformat=VCFv4.2",
    "##contig=<ID=a:1-9,length=100>",
    '##INFO=<ID=AF,Number=A,Type=Float,Description="frequency">',
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
)
LINES = ("a:1-9\t5\trs1\tA\tC,*\t.\t.\tAF=0.10,0.2", "a:1-9\t7\t.\tAC\tA\t30.0\tPASS\t.", "a:1-9\t9\t.\tG\t.\t.\t.\t.")


@pytest.fixture(params=["plain", "gzip", "bgzip", "bcf"])
def vcf(request, tmp_path):
    text = "".join(f"{line}\n" for line in (*HEADER, *LINES))
    path = tmp_path / "x.vcf"
    path.write_text(text)
    if request.param == "gzip":
        path = tmp_path / "x.vcf.gz"
        path.write_bytes(gzip.compress(text.encode()))
    elif request.param == "bgzip":
        pysam.tabix_compress(str(path), f"{path}.gz")
        path = tmp_path / "x.vcf.gz"
    elif request.param == "bcf":
        path = tmp_path / "x.bcf"
        with (
            pysam.VariantFile(str(tmp_path / "x.vcf")) as source,
            pysam.VariantFile(str(path), "wb", header=source.header) as target,
        ):
            for record in source:
                target.write(record)
    return path


def test_records(vcf):
    with open_vcf(vcf) as found:
        records = list(found.records)
        assert found.header[0] == HEADER[0]
        assert found.header[-1] == HEADER[-1]
        if vcf.suffix != ".bcf":
            assert found.header == HEADER
            assert [each.line for each in records] == list(LINES)
    assert [(each.number, each.contig, each.start, each.ref, each.alts) for each in records] == [
        (0, "a:1-9", 4, "A", ("C", "*")),
        (1, "a:1-9", 6, "AC", ("A",)),
        (2, "a:1-9", 8, "G", ()),
    ]


def test_what_is_written_is_indexed(tmp_path):
    path = tmp_path / "out" / "x.vcf.gz"
    for longest, suffix in ((100, ".tbi"), (2**29, ".csi")):
        made = write_indexed(path, [*HEADER, *LINES], longest=longest)
        assert made == [path, path.with_name(f"x.vcf.gz{suffix}")]
        with pysam.VariantFile(str(path), index_filename=str(made[1])) as file:
            assert [record.pos for record in file.fetch("a:1-9", 5, 8)] == [7]
    assert {each.name for each in path.parent.iterdir()} == {"x.vcf.gz", "x.vcf.gz.tbi", "x.vcf.gz.csi"}
    assert gzip.decompress(path.read_bytes()).decode().splitlines() == [*HEADER, *LINES]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chr1\t5\n", "line 1: 'chr1\\\\t5': the header must end with a #CHROM line"),
        ("##fileformat=VCFv4.2\n", "is not VCF"),
        ("", "is not VCF"),
        ("\n".join(HEADER) + "\na\t5\t.\tA\tC\n", "line 5: has 5 columns"),
        ("\n".join(HEADER) + "\na\tx\t.\tA\tC\t.\t.\t.\n", "line 5: POS is 'x'; must be a number"),
    ],
)
def test_faults(tmp_path, text, message):
    path = tmp_path / "bad.vcf"
    path.write_text(text)
    with pytest.raises(InputError, match=message.replace("(", r"\(")) as caught, open_vcf(path) as found:
        list(found.records)
    assert str(caught.value).startswith(str(path))


def test_files_that_cannot_be_read(tmp_path):
    cut = tmp_path / "cut.vcf.gz"
    cut.write_bytes(gzip.compress("\n".join((*HEADER, *LINES * 50)).encode())[:-9])
    with pytest.raises(InputError, match=r"cut.vcf.gz: cannot be read"), open_vcf(cut) as found:
        list(found.records)
    with pytest.raises(InputError, match="no such file"), open_vcf(tmp_path / "absent.vcf"):
        pass


def test_keys(tmp_path):
    check_key("EFFECT", HEADER, tmp_path)
    with pytest.raises(InputError, match="has this key already"):
        check_key("AF", HEADER, tmp_path)
    for key in ("", "1A", "A B", "A;B"):
        with pytest.raises(InputError, match="must be letters"):
            check_key(key, HEADER, tmp_path)
