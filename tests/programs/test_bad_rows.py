"""One bad row among many good ones: an error, or counted, named and passed over; reasons are the true ones."""

import gzip

import h5py
import numpy as np
import pytest
from absl import flags

from genomics.data import peaks
from genomics.errors import InputError
from genomics.sequence.bases import decode

pytest.importorskip("pysam")

MODULE = """
import jax.numpy as jnp

def build():
    return lambda x: jnp.stack([x[3, 0] + x[:, 2].sum()])
"""
HEADER = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


@pytest.fixture
def genome(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    contigs = {name: decode(rng.integers(0, 4, 4000).astype(np.uint8)) for name in ("chr1", "chr2", "chr3")}
    (tmp_path / "g.fa").write_text("".join(f">{name}\n{bases}\n" for name, bases in contigs.items()))
    (tmp_path / "rows_network.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    return contigs


def record(genome, contig, position, ref=None):
    ref = ref or genome[contig][position - 1]
    return f"{contig}\t{position}\t.\t{ref}\t{'C' if ref != 'C' else 'T'}\t.\t.\t.\n"


@pytest.fixture
def scanned(scan, tmp_path, capfd):
    def run(vcf, *arguments):
        path = tmp_path / "in.vcf"
        path.write_text(HEADER + vcf)
        flags = (f"--fasta={tmp_path}/g.fa", f"--vcf={path}", f"--output={tmp_path}/o")
        scan("--model=rows_network:build", "--length=20", *flags, *arguments)
        lines = gzip.decompress((tmp_path / "o" / "variants.vcf.gz").read_bytes()).decode().splitlines()
        end = capfd.readouterr()
        assert end.err.replace("\n", "") == "" or "variants" in end.err  # progress alone
        return end.out, [line for line in lines if not line.startswith("#")]

    return run


def test_positions_beyond_the_contig(scanned, genome):
    beyond = record(genome, "chr1", 4001, "A") + record(genome, "chr1", 9_999_999, "A")
    across = f"chr1\t3999\t.\t{genome['chr1'][3998:]}GG\tA\t.\t.\t.\n"
    out, lines = scanned(record(genome, "chr1", 0, "N") + record(genome, "chr1", 50) + across + beyond)
    assert "skipped: 4 alleles: REF lies beyond the contig's ends" in out
    assert ["EFFECT" in line for line in lines] == [False, True, False, False, False]


def test_contigs_are_named_with_the_likely_prefix(scanned, genome):
    good = record(genome, "chr1", 50)
    others = "".join(f"{name}\t600\t.\tA\tG,C\t.\t.\t.\n" for name in ["1", "2", *"abcde"])
    out, _ = scanned(good + others)
    assert "skipped: 2 alleles: contig not in the FASTA file: 1, which it calls chr1: the prefix chr must agree" in out
    assert "skipped: 2 alleles: contig not in the FASTA file: c\n" in out
    assert "skipped: 4 alleles: contig not in the FASTA file: others\n" in out


BAD = "chr1\tsixty\t.\tA\tC\t.\t.\t.\nchr1 70\n"


def test_lines_that_cannot_be_read(scanned, genome, tmp_path):
    vcf = record(genome, "chr1", 50) + BAD + record(genome, "chr1", 80)
    with pytest.raises(InputError, match=r"line 4: POS is 'sixty'; must be a number; --bad_rows=skip passes over such"):
        scanned(vcf)
    out, lines = scanned(vcf, "--bad_rows=skip", "--part_size=1")
    assert "in.vcf: bad rows passed over: 2: 1 without a number as POS, 1 of too few columns\n" in out
    assert f"  {tmp_path}/in.vcf: line 5: has 1 columns; a record has at least 8, between tabs\n" in out
    assert ["EFFECT" in line for line in lines] == [True, True]
    assert [line.split("\t")[1] for line in lines] == ["50", "80"]


def make(tmp_path, rows, *arguments, name="p.bed"):
    (tmp_path / name).write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    values = flags.FlagValues()
    peaks.define_flags(values)
    chosen = ["--valid=chr2", "--test=chr3", "--length=50", "--negatives=dinucleotide"]
    values(
        [
            "peaks",
            f"--fasta={tmp_path}/g.fa",
            f"--peaks={tmp_path}/{name}",
            f"--output={tmp_path}/o.h5",
            *chosen,
            *arguments,
        ]
    )
    peaks.make(values, [])
    with h5py.File(tmp_path / "o.h5") as file:
        return {split: file[f"Y_{split}"][()].sum() for split in ("train", "valid", "test")}


GOOD = [(f"chr{contig}", start, start + 100) for contig in (1, 2, 3) for start in range(100, 3800, 200)]
BAD_PEAKS = [
    ("chr1", 3950, 4050),
    ("chr1", "x", 9),
    ("chr1", 20, 10),
    ("chr1", 20),
    ("alt", 5, 90),
]


def test_peaks(genome, tmp_path, capsys):
    alone = make(tmp_path, GOOD)
    for bad in BAD_PEAKS:
        with pytest.raises(InputError, match=r"line 4: .*--bad_rows=skip passes over such rows"):
            make(tmp_path, [*GOOD[:3], bad, *GOOD[3:]])
    capsys.readouterr()
    assert make(tmp_path, [*GOOD[:3], *BAD_PEAKS, *GOOD[3:]], "--bad_rows=skip") == alone
    out = capsys.readouterr().out
    reasons = "2 beyond the contig, or empty, 1 no interval, 1 of other columns, 1 on contigs not in the FASTA file"
    assert f"{tmp_path}/p.bed: bad rows passed over: 5: {reasons}\n" in out
    assert f"  {tmp_path}/p.bed: line 4: ends past the contig: chr1 has bases 1 to 4000\n" in out
    assert out.count("p.bed: line") == 5
    assert make(tmp_path, [*GOOD, ("alt", 5, 90)], "--skip_unknown_contigs") == alone
    with pytest.raises(InputError, match=r"the prefix chr must agree$"):  # all could be lost for a matter of spelling
        make(tmp_path, [*GOOD, ("1", 5, 90)], "--bad_rows=skip")


def test_nothing_good_is_an_error_still(genome, tmp_path):
    with pytest.raises(InputError, match="holds no peak"):
        make(tmp_path, BAD_PEAKS[:1], "--bad_rows=skip")


def test_further_columns_of_narrow_peak(genome, tmp_path, capsys):
    ten = [(*row, "p", 9, ".", 1.5, 2.5, 3.5, 20) for row in GOOD]
    alone = make(tmp_path, ten, name="p.narrowPeak")
    assert "columns beyond" not in capsys.readouterr().out
    assert make(tmp_path, [(*row, *"abcdefghij") for row in ten], name="p.narrowPeak") == alone
    out = capsys.readouterr().out
    assert out.count(f"{tmp_path}/p.narrowPeak: 10 columns beyond the ten of narrowPeak are ignored\n") == 1
    with pytest.raises(InputError, match="has 9 columns; narrowPeak has 10"):
        make(tmp_path, [row[:9] for row in ten], name="p.narrowPeak")
