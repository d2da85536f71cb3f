"""Networks against experiments, as users run it."""

import json
import subprocess
import sys

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from scipy.stats import pearsonr, spearmanr

from genomics.errors import InputError
from genomics.evaluation.pwm import best_scores
from genomics.io.examples import Dataset, Split, write_examples
from genomics.io.meme import read_meme, write_meme
from genomics.models.lab import LabConfig
from genomics.sequence.bases import decode, encode
from genomics.sequence.motif import from_counts
from genomics.training.config import DataConfig, TrainConfig
from genomics.training.loop import train

pytest.importorskip("pysam")

LENGTH = 24
MOTIF = from_counts(
    "M1", "alpha", np.array([[20, 1, 1, 1], [1, 20, 1, 1], [1, 1, 20, 1], [1, 20, 1, 1], [1, 1, 1, 20]])
)


@pytest.fixture
def experiments(load_program, monkeypatch, repository):
    program = load_program("experiments")
    monkeypatch.syspath_prepend(str(repository / "tests" / "programs"))

    def run(*arguments):
        values, own = flags.FLAGS, flags.FlagValues()
        program.define_flags(own)
        # Flags of other programs of this process have the same names.
        taken = {name: values[name] for name in own if name in values}
        for name in taken:
            delattr(values, name)
        program.define_flags()
        try:
            with flagsaver.flagsaver():
                program.main(values(["experiments", *map(str, arguments)]))
        finally:
            for name in own:
                delattr(values, name)
            for name, flag in taken.items():
                values[name] = flag

    return run


@pytest.fixture(scope="module")
def files(tmp_path_factory, two_bit):
    """An element of 60 bases with the motif at 31..36, every substitution of it, and what the matrix says of each."""
    folder = tmp_path_factory.mktemp("experiment")
    bases = np.random.default_rng(4).integers(0, 4, 60).astype(np.uint8)
    bases[30:35] = encode("ACGCT")
    (folder / "part.fa").write_text(f">X:1001-1060\n{decode(bases)}\n")
    (folder / "part.2bit").write_bytes(two_bit({"X:1001-1060": decode(bases)}))
    write_meme(folder / "alpha.meme", [MOTIF])
    (motif,) = read_meme(folder / "alpha.meme")
    rows, effects = [], []
    for position in range(60):
        for alt in range(4):
            if alt == bases[position]:
                continue
            changed = bases.copy()
            changed[position] = alt
            start = position - LENGTH // 2
            window = [np.pad(each, 30, constant_values=4)[start + 30 :][:LENGTH] for each in (bases, changed)]
            one, other = best_scores(np.stack(window), motif)
            effects.append(other - one)
            rows.append([1001 + position, "ACGT"[bases[position]], "ACGT"[alt]])
    head = "Chromosome\tPosition\tRef\tAlt\tTags\tValue\tP-Value\tElement\n"
    lines = [f"chrX\t{p}\t{ref}\t{alt}\t20\t{e:.4f}\t0\te" for (p, ref, alt), e in zip(rows, effects, strict=True)]
    place = f"chrX\t1001\t{'ACGT'[bases[0]]}"
    # A deletion, an allele that two barcodes carry, and one without a value: none of them is graded.
    others = (f"{place}\t-\t20\t1\t0\te", f"{place}\tC\t2\t5\t0\te", f"{place}\tC\t20\tNaN\t1\te")
    (folder / "e.tsv").write_text(head + "\n".join([*lines, *others]) + "\n")
    return folder


def test_a_network_is_graded_beside_the_matrix_on_a_2bit_genome(experiments, files, tmp_path, capsys):
    model = (f"--model={files / 'alpha.meme'}", f"--length={LENGTH}", f"--motif={files / 'alpha.meme'}")
    given = (f"--saturation={files / 'e.tsv'}", f"--fasta={files / 'part.2bit'}", f"--output={tmp_path}")
    experiments(*model, *given, "--draws=20")
    said = capsys.readouterr().out
    assert "180 measured alleles" in said
    reasons = ("1 deletions", "1 of fewer tags than --min_tags", "1 without a finite measured value")
    assert "\n  ".join(("passed over:", *reasons)) in said
    assert "contig chrX is X:1001-1060" in said
    assert max(map(len, said.splitlines()[1:-1])) <= 80
    record = json.loads((tmp_path / "e.json").read_text())
    parts = {part["part"]: part for part in record["parts"]}
    assert parts["in the motif"]["place"].startswith("X:1001-1060:31-35 +")
    assert parts["in the motif"]["alleles"] == 15
    assert parts["outside the motif"]["alleles"] == 165
    assert parts["first 24 nt"]["alleles"] == 72
    # What was measured is what the matrix says, and the network is the matrix.
    for name in ("network", "matrix"):
        grade = parts["whole element"]["grades"][name]["itself"]
        assert grade["pearson"][0] == pytest.approx(1, abs=1e-4)
    assert parts["whole element"]["grades"]["network"]["minus"]["pearson"][0] == pytest.approx(0, abs=1e-4)
    table = (tmp_path / "e.tsv").read_text().splitlines()
    assert table[0].split("\t") == ["element", "contig", "position", "ref", "alt", "measured", "network", "matrix"]
    assert len(table) == 181


def test_noise_beside_known_effects(experiments, files, tmp_path, capsys):
    """Half of what is measured is noise: every measure is the one of another library, in its interval."""
    noise, lines = np.random.default_rng(1), (files / "e.tsv").read_text().splitlines()
    rows = [line.split("\t") for line in lines[1:-3]]
    effects = np.array([float(row[5]) for row in rows])
    values = np.round(effects + noise.normal(size=len(rows)) * effects.std(), 4)
    noisy = ["\t".join((*row[:5], f"{value:.4f}", *row[6:])) for row, value in zip(rows, values, strict=True)]
    (tmp_path / "e.tsv").write_text("\n".join([lines[0], *noisy, *lines[-3:]]) + "\n")
    model = (f"--model={files / 'alpha.meme'}", f"--length={LENGTH}", f"--motif={files / 'alpha.meme'}")
    command = (*model, f"--saturation={tmp_path / 'e.tsv'}", f"--fasta={files / 'part.fa'}", "--strands=forward")
    with pytest.raises(InputError, match=r"would replace .*e\.tsv; give another folder"):
        experiments(*command, f"--output={tmp_path}")
    output = tmp_path / "graded"
    experiments(*command, f"--output={output}", "--draws=200")
    parts = {part["part"]: part for part in json.loads((output / "e.json").read_text())["parts"]}
    inside = (np.arange(180) // 3 >= 30) & (np.arange(180) // 3 < 35)
    for name, own in (("whole element", np.ones(180, bool)), ("outside the motif", ~inside)):
        grade = parts[name]["grades"]["network"]["itself"]
        expected = {
            "pearson": pearsonr(effects[own], values[own]).statistic,
            "spearman": spearmanr(effects[own], values[own]).statistic,
        }
        for measure, known in expected.items():
            estimate, low, high = grade[measure]
            assert estimate == pytest.approx(known, abs=2e-3)
            assert low < estimate < high
    estimate, low, high = parts["whole element"]["grades"]["network"]["itself"]["pearson"]
    # Of 180 alleles Fisher's interval; that of a bootstrap is about as wide.
    fisher = np.tanh(np.arctanh(estimate) + np.array([-1.96, 1.96]) / np.sqrt(177))
    assert 0.5 < (high - low) / np.ptp(fisher) < 2
    # With --min_tags=0 the allele of two barcodes counts; twice at one base, as tables may have it.
    capsys.readouterr()
    experiments(*command, f"--output={output}", "--min_tags=0", "--draws=2")
    assert "181 measured alleles" in capsys.readouterr().out


def test_another_assembly_is_refused_however_bad_rows_are_taken(experiments, files, tmp_path):
    """One base in four agrees by chance: passing over the others would grade what means nothing."""
    name, bases = (files / "part.fa").read_text().split()
    (tmp_path / "moved.fa").write_text(f"{name}\n{bases[7:]}{bases[:7]}\n")
    model = (f"--model={files / 'alpha.meme'}", f"--length={LENGTH}", f"--output={tmp_path}")
    with pytest.raises(InputError, match=r"only \d+ of 180 measured alleles have their REF there.*another assembly"):
        experiments(*model, f"--saturation={files / 'e.tsv'}", f"--fasta={tmp_path / 'moved.fa'}", "--bad_rows=skip")


def test_both_strands_are_averaged_and_a_wrong_reference_is_named(experiments, files, tmp_path, capsys):
    lines = (files / "e.tsv").read_text().splitlines()
    fields = lines[5].split("\t")
    fields[2] = "ACGT"[("ACGT".index(fields[2]) + 1) % 4]
    (tmp_path / "wrong.tsv").write_text("\n".join([*lines[:5], "\t".join(fields), *lines[6:20]]) + "\n")
    model = ("--model=tiny_network:build", f"--length={LENGTH}", "--task_names=alpha,Beta", "--motif=MA0139.1")
    command = (*model, f"--saturation={tmp_path / 'wrong.tsv'}", f"--fasta={files / 'part.fa'}")
    with pytest.raises(InputError, match=r"line 6: chrX:.*REF differs from the FASTA file; --bad_rows=skip"):
        experiments(*command, f"--output={tmp_path / 'none'}")
    effects = {}
    for strands in ("both", "forward"):
        experiments(*command, f"--output={tmp_path / strands}", "--bad_rows=skip", f"--strands={strands}")
        rows = [line.split("\t") for line in (tmp_path / strands / "wrong.tsv").read_text().splitlines()[1:]]
        effects[strands] = np.array([float(row[6]) for row in rows])
    assert "REF differs" in capsys.readouterr().out
    assert len(effects["both"]) == 18
    assert np.abs(effects["both"] - effects["forward"]).max() > 1e-3


@pytest.mark.slow
def test_each_network_of_several_is_graded_by_itself(experiments, files, tmp_path, capsys):
    config = TrainConfig(epochs=1, replicates=3, data=DataConfig(path=str(tmp_path / "d.h5")))
    config.model = LabConfig(filters=(3, 2), widths=(5, 3), pools=(4, 2), hidden=4)
    rng = np.random.default_rng(0)
    labels = (np.arange(20) % 2).astype(np.uint8)[:, None]
    splits = {
        name: Split(bases=rng.integers(0, 4, (20, LENGTH)).astype(np.uint8), labels=labels)
        for name in ("train", "valid", "test")
    }
    write_examples(tmp_path / "d.h5", Dataset(tasks=("alpha",), splits=splits))
    train(config, tmp_path / "run")
    files_of = (f"--saturation={files / 'e.tsv'}", f"--fasta={files / 'part.fa'}", f"--motif={files / 'alpha.meme'}")
    experiments(f"--workdir={tmp_path / 'run'}", "--draws=5", *files_of)
    assert "each of the 3 networks by itself: median (lowest highest)" in capsys.readouterr().out
    record = json.loads((tmp_path / "run" / "experiments" / "e.json").read_text())
    assert len(record["each_network"]["whole element"]) == record["networks"] == 3
    parts = {part["part"]: part for part in record["parts"]}
    assert set(parts["whole element"]["grades"]) == {"network", "matrix", "k-mers"}
    header = (tmp_path / "run" / "experiments" / "e.tsv").read_text().splitlines()[0]
    assert header.endswith("network\tmatrix\tk-mers\tnetwork_std")


def test_what_must_be_given(experiments, files, tmp_path):
    model = (f"--model={files / 'alpha.meme'}", f"--length={LENGTH}", f"--output={tmp_path}")
    with pytest.raises(InputError, match="exactly one of --saturation=TSV and --allelic=VCF"):
        experiments(*model, f"--fasta={files / 'part.fa'}")
    with pytest.raises(InputError, match="give --length"):
        experiments(model[0], f"--fasta={files / 'part.fa'}", "--saturation=x.tsv", model[2])


def test_the_matrix_on_allele_specific_binding(experiments, shared, tmp_path):
    """The figures that were computed independently of this code: .715, .899, and .863 of 117."""
    folder = shared / "data"
    experiments(
        f"--model={shared / 'motifs' / 'motifs.meme'}", "--length=200", "--tasks=0", "--draws=5",
        f"--allelic={folder / 'asb_dev.vcf'}", f"--fasta={folder / 'asb_dev.fa'}", f"--output={tmp_path}",
    )  # fmt: skip
    parts = {part["part"]: part for part in json.loads((tmp_path / "asb_dev.json").read_text())["parts"]}
    for name in ("network", "matrix"):
        grade = parts["all"]["grades"][name]["itself"]
        assert (grade["sign"][0], grade["top_half"][0]) == (pytest.approx(0.7146, abs=1e-4), pytest.approx(89 / 99))
    assert parts["where the matrix differs"]["alleles"] == 117
    assert parts["where the matrix differs"]["grades"]["matrix"]["itself"]["sign"][0] == pytest.approx(101 / 117)


def test_the_command_starts_beside_the_flags_that_programs_share(repository):
    """In a process of its own: here flags of its names are put aside first."""
    command = [sys.executable, "-m", "genomics.evaluation.experiments", "--help"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--allelic" in done.stdout
