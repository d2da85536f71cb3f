"""Records in blocks are the records of `open_vcf`, whatever the lines look like and wherever blocks end."""

import gzip

import numpy as np
import pysam
import pytest

from genomics.errors import InputError
from genomics.io import vcf_blocks
from genomics.io.bad_rows import BadRows
from genomics.io.vcf import open_vcf
from genomics.io.vcf_blocks import open_blocks

HEADER = "##fileformat=VCFv4.2\n##contig=<ID=a:1-9>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
LINES = [
    *(f"a:1-9\t{10 + 3 * n}\trs{n}\tA\tC\t.\tPASS\tX={n}" for n in range(50)),
    "a:1-9\t500\t.\tAC\tA,ACC\t30.0\t.\t.",
    "a:1-9\t501\t.\tG\t.\t.\t.\t.\tGT\t0/1",
    "b\t7\t.\tg\tt\t.\t.\tAF=0.1;",
    "b\t7\t.\tN\tT\t.\t.\tY\tGT",
    "c\t1\t.\tA\t*\t.\t.\t.",
]
PLAIN = HEADER + "\n".join(LINES) + "\n"


def _texts():
    yield "plain", PLAIN
    yield "no newline at the end", PLAIN[:-1]
    yield "lines of Windows", PLAIN.replace("\n", "\r\n")
    yield "an empty line", PLAIN.replace("rs20\t", "rs20\t", 1).replace("\nb\t7", "\n\nb\t7", 1)
    yield "not ASCII", PLAIN.replace("X=40", "X=\N{GREEK SMALL LETTER BETA}")
    yield "a long position", PLAIN + "d\t12345678901\t.\tA\tC\t.\t.\t.\n"


@pytest.mark.parametrize(("name", "text"), list(_texts()), ids=lambda value: value if len(value) < 40 else "")
@pytest.mark.parametrize("size", [100, 1 << 21])
@pytest.mark.parametrize("compressed", [False, True])
def test_the_same_records(tmp_path, monkeypatch, name, text, size, compressed):
    monkeypatch.setattr(vcf_blocks, "_BLOCK_BYTES", size)
    path = tmp_path / "x.vcf"
    path.write_bytes(gzip.compress(text.encode()) if compressed else text.encode())
    with open_vcf(path) as vcf:
        expected = list(vcf.records)
    with open_blocks(path) as (vcf, blocks):
        made = list(blocks)
    assert [block.record(index) for block in made for index in range(len(block))] == expected
    assert [line.decode() for block in made for line in block.lines()] == [record.line for record in expected]
    assert [count for block in made for count in block.allele_counts()] == [len(each.alts) for each in expected]
    contigs = [name for block in made for name, low, high in block.contigs() for _ in range(low, high)]
    assert contigs == [record.contig for record in expected]
    for block in made:
        single, ref, alt = block.substitutions()
        for index, found in enumerate(single):
            record = block.record(index)
            bases = [record.ref.upper(), *(each.upper() for each in record.alts)]
            assert found == (len(bases) == 2 and all(base in "ACGT" and len(base) == 1 for base in bases))
            assert not found or ["ACGT"[ref[index]], "ACGT"[alt[index]]] == bases
        part = block.rows(len(block) // 3, len(block))
        assert part.lines() == block.lines()[len(block) // 3 :]
        assert not len(part) or part.record(0) == block.record(len(block) // 3)


def test_bad_lines_are_told_and_passed_over_as_line_by_line(tmp_path, monkeypatch):
    monkeypatch.setattr(vcf_blocks, "_BLOCK_BYTES", 300)
    path = tmp_path / "x.vcf"
    path.write_text(PLAIN.replace("a:1-9\t100\t", "a:1-9\tten\t").replace("\t.\tPASS\tX=33", ""))
    told = [BadRows(mode="skip") for _ in range(2)]
    with open_vcf(path, bad_rows=told[0]) as vcf:
        expected = list(vcf.records)
    with open_blocks(path, bad_rows=told[1]) as (_, blocks):
        assert [block.record(index) for block in blocks for index in range(len(block))] == expected
    assert len(expected) == len(LINES) - 2
    assert list(told[0].lines()) == list(told[1].lines())
    with pytest.raises(InputError, match=r"line 34: POS is 'ten'"), open_blocks(path) as (_, blocks):
        list(blocks)


def test_a_file_that_breaks_off(tmp_path):
    path = tmp_path / "x.vcf.gz"
    with pysam.BGZFile(str(path), "w") as file:
        file.write((HEADER + "\n".join(LINES * 300) + "\n").encode())
    path.write_bytes(path.read_bytes()[:-2000])
    with open_vcf(path, allow_truncated=True) as vcf:
        expected = [record.line for record in vcf.records]
    with open_blocks(path, allow_truncated=True) as (vcf, blocks):
        assert [line.decode() for block in blocks for line in block.lines()] == expected
    assert vcf.breaks_off


def test_only_info_changes(tmp_path):
    path = tmp_path / "x.vcf"
    path.write_text(HEADER + "\n".join(LINES[-5:]) + "\n")
    with open_blocks(path) as (_, blocks):
        (block,) = blocks
        added = [b";E=1,.", b";E=1", b";E=1", b"", b";E=2"]
        found = block.with_info(b"".join(added), np.cumsum([0, *map(len, added)])).decode().split("\n")
    assert found == [
        "a:1-9\t500\t.\tAC\tA,ACC\t30.0\t.\tE=1,.",
        "a:1-9\t501\t.\tG\t.\t.\t.\tE=1\tGT\t0/1",
        "b\t7\t.\tg\tt\t.\t.\tAF=0.1;E=1",
        LINES[-2],
        "c\t1\t.\tA\t*\t.\t.\tE=2",
        "",
    ]
