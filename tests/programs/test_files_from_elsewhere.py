"""Files as other tools leave them, through the doors of the programs."""

import gzip

import h5py
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.meme import read_meme
from genomics.io.vcf import open_vcf

pysam = pytest.importorskip("pysam")

MODEL = ("--model=tiny_network:build", "--length=24", "--task_names=alpha,Beta")
HEADER = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
END_BLOCK = 28


@pytest.fixture
def genome(tmp_path):
    """Contigs `a` and `a:1-5`, whose name is also a region of the first, and one of the HLA."""
    codes = np.random.default_rng(0).integers(0, 4, (3, 60))
    texts = ["".join("ACGT"[code] for code in row) for row in codes]
    path = tmp_path / "genome.fa"
    names = ("a", "a:1-5", "HLA-A*01:01:01:01")
    path.write_text("".join(f">{name}\n{text}\n" for name, text in zip(names, texts, strict=True)))
    return path, dict(zip(names, texts, strict=True))


def vcf_text(genome, count):
    """Records along every contig, A and C exchanged for another base."""
    rows = []
    for name, text in genome.items():
        for place in range(0, count):
            reference = text[place]
            rows.append(f"{name}\t{place + 1}\t.\t{reference}\t{'A' if reference != 'A' else 'C'}\t.\t.\t.\n")
    return HEADER + "".join(rows)


def without_end_block(path, text):
    """As concatenated or cut between blocks: bgzip blocks, and no empty one last."""
    (path.parent / "whole").write_text(text)
    pysam.tabix_compress(str(path.parent / "whole"), str(path), force=True)
    path.write_bytes(path.read_bytes()[:-END_BLOCK])


def annotated(path):
    with gzip.open(path, "rt") as file:
        return [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]


def test_a_vcf_without_its_end_block(scan, genome, tmp_path, capsys):
    fasta, contigs = genome
    text = vcf_text(contigs, 20)
    path = tmp_path / "cut.vcf.gz"
    without_end_block(path, text)
    with pytest.raises(OSError, match="no BGZF EOF marker"), pysam.VariantFile(str(path)) as file:  # htslib's own word
        list(file)
    arguments = (*MODEL, f"--fasta={fasta}", f"--vcf={path}", f"--output={tmp_path / 'out'}")
    with pytest.raises(InputError) as caught:
        scan(*arguments)
    assert str(caught.value).startswith(
        f"{path}: is truncated: it must end with the empty block that bgzip writes last"
    )
    assert "bgzip > NEW" in str(caught.value)
    assert str(caught.value).endswith("--allow_truncated reads the records that are there")
    assert not (tmp_path / "out").exists()
    scan(*arguments, "--allow_truncated")
    out = capsys.readouterr().out
    assert f"{path}: has no end block; only the records before are read" in out
    assert f"{path}: 60 records, 60 alternative alleles" in out
    (tmp_path / "whole.vcf").write_text(text)
    scan(*MODEL, f"--fasta={fasta}", f"--vcf={tmp_path / 'whole.vcf'}", f"--output={tmp_path / 'whole_out'}")
    assert annotated(tmp_path / "out" / "variants.vcf.gz") == annotated(tmp_path / "whole_out" / "variants.vcf.gz")


def test_a_cut_vcf_is_read_as_far_as_its_lines_are_whole(tmp_path):
    text = HEADER + "".join(f"c\t{place}\t.\tA\tC\t.\t.\t.\n" for place in range(1, 10_001))
    path = tmp_path / "cut.vcf.gz"
    without_end_block(path, text[:-5])
    with open_vcf(path, allow_truncated=True) as vcf:
        assert [record.start for record in vcf.records] == list(range(9_999))
        assert vcf.breaks_off == ["ends within a line"]
    # Within a block, as of a file that was not copied to its end; of plain gzip too.
    for data in (path.read_bytes()[:-700], gzip.compress(text.encode())[:-700]):
        path.write_bytes(data)
        with open_vcf(path, allow_truncated=True) as vcf:
            found = [record.start for record in vcf.records]
            assert 0 < len(found) < 9_999
            assert found == list(range(len(found)))
            assert vcf.breaks_off == ["ends within a compressed block"]
        with pytest.raises(InputError, match=r"is truncated|cannot be read"), open_vcf(path) as vcf:
            list(vcf.records)
    # A whole file loses nothing by the flag, its last line without an end included.
    path.write_bytes(gzip.compress(text[:-1].encode()))
    with open_vcf(path, allow_truncated=True) as vcf:
        assert len(list(vcf.records)) == 10_000
        assert vcf.breaks_off == []


def test_allow_truncated_is_for_vcf(scan, genome, tmp_path):
    with pytest.raises(InputError, match="--allow_truncated: is for --vcf"):
        scan(*MODEL, f"--fasta={genome[0]}", f"--output={tmp_path / 'out'}", "--allow_truncated")


def scanned(folder):
    with h5py.File(folder / "part-00000.h5") as file:
        names = [name.decode() for name in file["chrom"][()]]
        return list(zip(names, file["start"][()], file["end"][()], strict=True)), file["effects"][()]


def test_contigs_with_colons_through_every_door_of_a_scan(scan, genome, tmp_path):
    fasta, contigs = genome
    every = tmp_path / "every"
    scan(*MODEL, f"--fasta={fasta}", f"--output={every}")
    places, effects = scanned(every)
    assert places == [(name, 0, 60) for name in contigs]
    of_contig = dict(zip(contigs, effects.reshape(3, 60, 4, 2), strict=True))
    bed = tmp_path / "regions.bed"
    bed.write_text("HLA-A*01:01:01:01\t5\t9\na:1-5\t0\t3\n")
    doors = {
        "a:1-5": [("a:1-5", 0, 60)],  # the contig of that name, not bases 1 to 5 of a
        "a:6-9": [("a", 5, 9)],
        "a:1-5:2-4": [("a:1-5", 1, 4)],
        "HLA-A*01:01:01:01": [("HLA-A*01:01:01:01", 0, 60)],
        "HLA-A*01:01:01:01:7": [("HLA-A*01:01:01:01", 6, 7)],
        str(bed): [("a:1-5", 0, 3), ("HLA-A*01:01:01:01", 5, 9)],
    }
    for number, (region, expected) in enumerate(doors.items()):
        folder = tmp_path / f"out{number}"
        scan(*MODEL, f"--fasta={fasta}", f"--output={folder}", f"--regions={region}")
        places, effects = scanned(folder)
        assert places == expected
        whole = np.concatenate([of_contig[name][start:end] for name, start, end in expected])
        np.testing.assert_allclose(effects.astype(np.float32), whole.astype(np.float32), atol=2e-3)
    tracks = pytest.importorskip("pyBigWig")
    with tracks.open(str(every / "alpha.mean.bw")) as file:
        assert dict(file.chroms()) == dict.fromkeys(contigs, 60)
        largest = file.values("a:1-5", 0, 60, numpy=True)
    assert np.isfinite(largest).all()
    vcf = tmp_path / "x.vcf"
    vcf.write_text(vcf_text(contigs, 20))
    scan(*MODEL, f"--fasta={fasta}", f"--vcf={vcf}", f"--output={tmp_path / 'vcf'}")
    with pysam.TabixFile(str(tmp_path / "vcf" / "variants.vcf.gz")) as file:
        for name in contigs:  # by contig and numbers; as one text htslib refuses the ambiguous ones
            assert len(list(file.fetch(name, 2, 7))) == 5
    for row in annotated(tmp_path / "vcf" / "variants.vcf.gz"):
        value = float(row[7].partition("EFFECT=")[2].split("|")[0])
        expected = of_contig[row[0]][int(row[1]) - 1, "ACGT".index(row[4]), 0]
        assert abs(value - float(expected)) < 2e-3


@pytest.mark.slow
def test_soft_masked_bases_are_bases(scan, interpret, genome, tmp_path):
    """Lower case marks repeats in genomes; in the alleles of a VCF it is as good as upper case (VCF 4.5, 1.6.1)."""
    fasta, contigs = genome
    masked = tmp_path / "masked.fa"
    lines = fasta.read_text().splitlines()
    masked.write_text("".join(f"{line if line[0] == '>' else line[:20] + line[20:].lower()}\n" for line in lines))
    text = vcf_text(contigs, 30)
    for name, lower in (("upper.vcf", False), ("lower.vcf", True)):
        rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
        if lower:
            rows = [[*row[:3], row[3].lower(), row[4].lower(), *row[5:]] for row in rows]
        (tmp_path / name).write_text(HEADER + "".join("\t".join(row) + "\n" for row in rows))
    found = []
    for number, (path, vcf) in enumerate(((fasta, "upper.vcf"), (masked, "upper.vcf"), (masked, "lower.vcf"))):
        scan(*MODEL, f"--fasta={path}", f"--vcf={tmp_path / vcf}", f"--output={tmp_path / f'v{number}'}")
        found.append([row[7] for row in annotated(tmp_path / f"v{number}" / "variants.vcf.gz")])
        assert all("EFFECT=" in value for value in found[-1])
    assert found[0] == found[1] == found[2]
    results = []
    for name, path in (("u", fasta), ("m", masked)):
        (tmp_path / f"{name}.fa").write_text("".join(line[:24] + "\n" for line in path.read_text().splitlines()))
        interpret(*MODEL, f"--sequences={tmp_path / f'{name}.fa'}", f"--output={tmp_path / name}", "--methods=ism")
        with h5py.File(tmp_path / name / "scores.h5") as file:
            results.append((file["sequences"][()], file["ism/scores"][()]))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])


MATRIX = "MEME version 4\n\nMOTIF M1 one\nletter-probability matrix: alength= 4 w= 2 nsites= 1\n{}\n0 0 1 0\n"


def test_one_site_is_a_placeholder_unless_one_site_could_say_it(tmp_path):
    """Tools that have no number of sites write 1; taken at its word, no position would tell anything."""
    for row, sites in (("0.7 0.1 0.1 0.1", 20), ("1 0 0 0", 1)):
        (tmp_path / "x.meme").write_text(MATRIX.format(row))
        (motif,) = read_meme(tmp_path / "x.meme")
        assert motif.nsites == sites
        np.testing.assert_allclose(motif.probabilities[0], [float(word) for word in row.split()])


def test_a_motif_found_by_its_name_is_told_with_identifier_and_taxon(interpret, fasta, tmp_path, capsys):
    arguments = (*MODEL, f"--sequences={fasta}", f"--output={tmp_path}", "--methods=marginalize")
    interpret(*arguments, "--motif=ctcf,MA0139.2,ACGT", "--backgrounds=dinucleotide:3")
    out = capsys.readouterr().out
    told = (
        "--motif=ctcf: MA0139.1 CTCF, 19 bases, JASPAR CORE vertebrates; so named are also MA0139.2, MA1929.2, MA1930.2"
    )
    assert told in out
    assert "--motif=MA0139.2: MA0139.2 CTCF, 15 bases, JASPAR CORE vertebrates\n" in out
    assert "--motif=ACGT: the sequence ACGT\n" in out
