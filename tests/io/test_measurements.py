import pytest

from genomics.errors import InputError
from genomics.io.bad_rows import BadRows
from genomics.io.measurements import DELETION, FEW_TAGS, NO_VALUE, read_allelic, read_saturation

HEADER = "Chromosome\tPosition\tRef\tAlt\tTags\tValue\tP-Value\tElement"
ROWS = (
    "X\t101\tA\tC\t12\t-0.25\t0.1\tenhancer",
    "X\t101\tA\t-\t40\t0.5\t0.1\tenhancer",
    "X\t102\tg\tt\t3\t1.5\t0.1\tenhancer",
    "X\t103\tA\tG\t30\tNaN\t0.1\tenhancer",
)


def table(tmp_path, *rows, header=HEADER):
    path = tmp_path / "element.tsv"
    path.write_text("\n".join((header, *rows)) + "\n")
    return path


def test_deletions_few_tags_and_no_values_are_counted(tmp_path):
    found = read_saturation(table(tmp_path, *ROWS), min_tags=10)
    assert [(row.start, row.ref, row.alt, row.value) for row in found.rows] == [(100, "A", "C", -0.25)]
    assert found.rows[0].element == "enhancer"
    assert found.passed_over == {DELETION: 1, FEW_TAGS: 1, NO_VALUE: 1}
    assert len(read_saturation(table(tmp_path, *ROWS)).rows) == 2
    with pytest.raises(
        InputError, match=r"no measured allele: 1 deletions, 1 of fewer tags than --min_tags, 1 without a "
    ):
        read_saturation(table(tmp_path, *ROWS[1:]), min_tags=10)
    with pytest.raises(InputError, match="no measured allele: it has no rows"):
        read_saturation(table(tmp_path))


def test_columns_are_found_by_their_names(tmp_path):
    header = "Alt\tRef\tValue\tTags\tPosition\tChromosome"
    (row,) = read_saturation(table(tmp_path, "C\tA\t2\t10\t7\tchr1", header=header)).rows
    assert (row.contig, row.start, row.ref, row.alt, row.value, row.element) == ("chr1", 6, "A", "C", 2.0, "element")
    with pytest.raises(InputError, match="line 1: has no column Value"):
        read_saturation(table(tmp_path, header=HEADER.replace("Value", "Effect", 1)))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("X\t0\tA\tC\t12\t1\t0\te", "Position is '0'"),
        ("X\t1\tA\tC\tmany\t1\t0\te", "Tags is 'many'"),
        ("X\t1\tA\tC\t12\tlarge\t0\te", "Value is 'large'"),
        ("X\t1\tA\t<DEL>\t12\t1\t0\te", "Alt is '<DEL>'"),
        ("X\t1\tA", "has 3 columns"),
    ],
)
def test_bad_rows_are_named_or_counted(tmp_path, row, message):
    path = table(tmp_path, ROWS[0], row)
    with pytest.raises(InputError, match=f"line 3: {message}.*--bad_rows=skip"):
        read_saturation(path)
    bad_rows = BadRows(mode="skip")
    found = read_saturation(path, bad_rows=bad_rows)
    assert len(found.rows) == 1
    assert found.passed_over.total() == bad_rows.counts.total() == 1


def vcf(tmp_path, *records):
    path = tmp_path / "pairs.vcf"
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    path.write_text(head + "".join(f"c\t{position}\t.\t{rest}\n" for position, rest in records))
    return path


def test_each_allele_has_the_value_of_the_key(tmp_path):
    pytest.importorskip("pysam")
    path = vcf(
        tmp_path, (5, "A\tC\t.\t.\tXASB=9;ASB=-1"), (6, "A\tC,G\t.\t.\tASB=1,nan"), (7, "A\tT\t.\t.\tAF=1"),
        (8, "A\t<DEL>\t.\t.\tASB=1"),
    )  # fmt: skip
    found = read_allelic(path, key="ASB")
    assert [(row.start, row.alt, row.value) for row in found.rows] == [(4, "C", -1), (5, "C", 1)]
    assert found.passed_over == {NO_VALUE: 1, "without the INFO key ASB": 1, "of alleles that are no bases": 1}
    with pytest.raises(InputError, match="no measured allele by INFO key GONE: 4 without the INFO key GONE"):
        read_allelic(path, key="GONE")


def test_a_value_must_belong_to_an_allele(tmp_path):
    pytest.importorskip("pysam")
    path = vcf(tmp_path, (5, "A\tC,G\t.\t.\tASB=1"), (6, "A\tC\t.\t.\tASB=1"))
    with pytest.raises(InputError, match="record 1: ASB has 1 values for 2 alleles"):
        read_allelic(path, key="ASB")
    assert len(read_allelic(path, key="ASB", bad_rows=BadRows(mode="skip")).rows) == 1
