"""The table of alleles, its background, and what VCF files hold beside text and records."""

import gzip
import hashlib
import importlib.util

import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.genome import open_genome
from genomics.io.shard import read_shard
from genomics.scan.background import percentiles, random_snvs
from genomics.sequence.bases import encode, one_hot

pysam = pytest.importorskip("pysam")
L = 24
MODEL = ("--model=tiny_network:build", f"--length={L}", "--task_names=a|b,c d")
NOTE = '##INFO=<ID=NOTE,Number=1,Type=String,Description="a">'
HEAD = f"##fileformat=VCFv4.2\n{NOTE}\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    letters = "".join(np.random.default_rng(3).choice(list("ACGT"), 400))
    path = tmp_path_factory.mktemp("alleles") / "g.fa"
    path.write_text(f">c1\n{letters[:150]}NNNNN{letters[150:250]}\n>c2\n{letters[250:]}\n")
    return path


@pytest.fixture(scope="module")
def vcf(genome):
    with open_genome(genome, genome.parent) as opened:
        bases = "".join("ACGTN"[code] for code in opened.fetch("c1", 0, 255))
    others = {"A": "G", "G": "A", "C": "T", "T": "C"}
    rows = [f"c1\t{at}\trs{at}\t{bases[at - 1]}\t{others[bases[at - 1]]},<DEL>\t.\t.\tNOTE=n\xe4me" for at in (40, 90)]
    rows.append(f"c1\t120\t.\t{bases[119:122]}\t{bases[119]}\t.\t.\t.")
    path = genome.with_name("some.vcf")
    path.write_bytes((HEAD + "\n".join(rows) + "\n").encode("latin-1"))
    return path


def table(path):
    header, *lines = path.read_bytes().decode("utf-8", "surrogateescape").rstrip("\n").split("\n")
    return header.split("\t"), [line.split("\t") for line in lines]


def check_parquet(folder, header, rows):
    """The table as parquet, where pyarrow is installed."""
    if importlib.util.find_spec("pyarrow") is None:
        assert not (folder / "variants.parquet").exists()
        return
    import pyarrow.parquet

    found = pyarrow.parquet.read_table(folder / "variants.parquet").to_pydict()
    assert list(found) == header
    for number, name in enumerate(header):
        cells = [row[number] for row in rows]
        if name in ("chrom", "id", "ref", "alt"):
            assert found[name] == cells
        elif name == "pos":
            assert found[name] == [int(cell) for cell in cells]
        else:
            assert [value is None for value in found[name]] == [cell == "" for cell in cells]
            known = [(value, float(cell)) for value, cell in zip(found[name], cells, strict=True) if cell]
            assert known
            np.testing.assert_array_equal(*np.array(known, np.float32).T)


def test_the_table_tells_both_alleles_effects_and_percentiles(scan, genome, vcf, tmp_path, capsys):
    import tiny_network

    common = (*MODEL, f"--fasta={genome}", f"--vcf={vcf}", "--seed=4")
    scan(*common, f"--output={tmp_path}", "--background=60", "--sort=effect")
    told = capsys.readouterr().out
    assert f"table: {tmp_path / 'variants.tsv'}" in told
    assert "percentiles: of |effect| among those of 60 random SNVs, seed 4" in told
    header, rows = table(tmp_path / "variants.tsv")
    check_parquet(tmp_path, header, rows)
    assert header[:6] == ["chrom", "pos", "id", "ref", "alt", "output_ref_a|b"]
    assert [row[:3] for row in rows] == [
        *[["c1", str(at), f"rs{at}"] for at in (40, 40, 90, 90)],
        ["c1", "120", "."],
    ]
    assert rows[1][4:] == ["<DEL>", *[""] * 8]
    with open_genome(genome, tmp_path) as opened:
        codes = opened.fetch("c1", 40 - 1 - L // 2, 40 - 1 + L // 2)
        draws = [line.split("\t") for line in random_snvs(opened, 60, 4)[2:]]
    predict = tiny_network.build()
    changed = codes.copy()
    changed[L // 2] = encode(rows[0][4])[0]
    outputs = [np.asarray(predict(one_hot(each))) for each in (codes, changed)]
    column = {name: place for place, name in enumerate(header)}
    for task, name in enumerate(("a|b", "c d")):
        found = [float(rows[0][column[f"{kind}_{name}"]]) for kind in ("output_ref", "output_alt", "effect")]
        np.testing.assert_allclose(
            found, [*(each[task] for each in outputs), outputs[1][task] - outputs[0][task]], atol=2e-5
        )
        assert 0 <= float(rows[0][column[f"percentile_{name}"]]) <= 100
    assert len(draws) == 60
    assert (tmp_path / "background" / "random.vcf").read_text().splitlines()[2:] == ["\t".join(draw) for draw in draws]

    ranked = table(tmp_path / "variants.by_effect.tsv")[1]
    assert sorted(map(tuple, ranked)) == sorted(map(tuple, rows))
    sizes = [
        max(abs(float(row[column[f"effect_{name}"]] or -1)) for name in ("a|b", "c d")) for row in ranked if row[5]
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert [bool(row[5]) for row in ranked] == [True, True, True, False, False]

    text = gzip.decompress((tmp_path / "variants.vcf.gz").read_bytes())
    assert text.count(b"NOTE=n\xe4me;EFFECT=") == 2
    assert b'##INFO=<ID=EFFECT_a_b,Number=A,Type=Float,Description="EFFECT of task a|b: ' in text
    with pysam.VariantFile(str(tmp_path / "variants.vcf.gz")) as file:
        last = list(file)[-1]
    np.testing.assert_allclose(last.info["EFFECT_c_d"][0], float(rows[4][column["effect_c d"]]), rtol=1e-4)

    before = hashlib.sha256((tmp_path / "variants.tsv").read_bytes()).hexdigest()
    again = tmp_path / "again"
    scan(*common, f"--output={again}", "--background=60")
    assert hashlib.sha256((again / "variants.tsv").read_bytes()).hexdigest() == before
    with pytest.raises(InputError, match="background"):
        scan(*common, f"--output={again}", "--background=61")


def test_an_empty_file_gives_an_empty_one(scan, genome, tmp_path):
    path = tmp_path / "none.vcf"
    path.write_text(HEAD)
    scan(*MODEL, f"--fasta={genome}", f"--vcf={path}", f"--output={tmp_path / 'out'}", "--sort=effect")
    text = gzip.decompress((tmp_path / "out" / "variants.vcf.gz").read_bytes()).decode()
    assert text.splitlines()[-1].startswith("#CHROM")
    assert "ID=EFFECT," in text
    assert (tmp_path / "out" / "variants.vcf.gz.tbi").exists()
    assert table(tmp_path / "out" / "variants.tsv")[1] == []


@pytest.mark.parametrize("what", ["bases", "alleles"])
def test_a_2bit_genome_gives_what_the_same_fasta_gives(scan, genome, vcf, two_bit, tmp_path, what):
    pytest.importorskip("py2bit")
    lines = genome.read_text().split()
    (tmp_path / "g.2bit").write_bytes(two_bit(dict(zip((name[1:] for name in lines[::2]), lines[1::2], strict=True))))
    asked = ["--regions=c1:140-170"] if what == "bases" else [f"--vcf={vcf}"]
    for name, fasta in (("one", genome), ("other", tmp_path / "g.2bit")):
        scan(*MODEL, *asked, f"--fasta={fasta}", f"--output={tmp_path / name}")
    one, other = (read_shard(tmp_path / name / "part-00000.h5").arrays for name in ("one", "other"))
    assert len(one["effects"]) == (31 if what == "bases" else 3)
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])
    if what == "alleles":
        assert table(tmp_path / "one" / "variants.tsv") == table(tmp_path / "other" / "variants.tsv")


def test_percentiles_on_paper():
    background = np.array([[0.0, 1], [1, 2], [1, 3], [4, 4]], np.float32)
    effects = np.array([[-1.0, 5.0], [0.5, np.nan], [0.0, 0.5]], np.float32)
    np.testing.assert_array_equal(percentiles(effects, background), [[50, 100], [25, np.nan], [12.5, 0]])
    assert np.isnan(percentiles(effects, None)).all()


def test_random_snvs_are_of_known_bases_and_of_every_contig(genome, tmp_path):
    with open_genome(genome, tmp_path) as opened:
        lines = random_snvs(opened, 500, 0)
        assert lines != random_snvs(opened, 500, 1)
        rows = [line.split("\t") for line in lines[2:]]
        assert {row[0] for row in rows} == {"c1", "c2"}
        for contig, position, _, ref, alt, *_ in rows:
            assert encode(ref)[0] == opened.fetch(contig, int(position) - 1, int(position))[0] < 4
            assert alt != ref
    assert rows == sorted(rows, key=lambda row: (row[0], int(row[1]), row[3], row[4]))
    assert abs(sum(row[0] == "c1" for row in rows) / 500 - 250 / 400) < 0.1
