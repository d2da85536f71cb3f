"""Windows of a genome: every coordinate read back from the files that are written."""

import shlex

import h5py
import numpy as np
import pytest
from absl import flags

from genomics.data.peaks import define_flags, make
from genomics.errors import InputError
from genomics.io.genome import open_genome
from genomics.io.meme import read_meme
from genomics.io.scores import read_questions
from genomics.sequence.bases import decode, reverse_complement

pytest.importorskip("pysam")
L = 24
COMMON = (f"--length={L}", "--task_names=a,b", "--num_figures=0", "--methods=gradient_x_input")
MODEL = "--model=tiny_network:build"


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    codes = np.random.default_rng(5).integers(0, 4, 300).astype(np.uint8)
    codes[150:153] = 4
    path = tmp_path_factory.mktemp("genome") / "g.fa"
    path.write_text(f">chr6:alt\n{decode(codes[:60])}\n>chr6\n{decode(codes)}\n")
    return path


@pytest.fixture
def peaks(tmp_path):
    path = tmp_path / "peaks.narrowPeak"
    rows = [(20, 90, "+", 30), (40, 61, "-", -1), (200, 300, "-", 61), (200, 300, ".", 60), (0, 40, "+", 12)]
    lines = [f"chr6\t{start}\t{end}\tp\t0\t{strand}\t1\t1\t1\t{summit}" for start, end, strand, summit in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


def stored(path):
    with h5py.File(path) as file:
        return {key: file[key][()] for key in ("chrom", "start", "end", "strand", "sequences", "names")}


def check_tracks(folder, questions):
    """Every base of every track is the mean of its numbers in the windows that hold it."""
    pyBigWig = pytest.importorskip("pyBigWig")
    known = questions.sequences < 4
    with h5py.File(folder / "scores.h5") as file:
        keys = ("ism/scores", "deeplift/scores", "deeplift/hypothetical")
        ism, deeplift, hypothetical = (file[key][()] for key in keys)
    for task, name in enumerate("ab"):
        expected = {f"ism/{name}.bw": -ism[:, task].sum(2) / 3, f"deeplift/{name}.bw": deeplift[:, task].sum(2)}
        for base, letter in enumerate("ACGT"):
            expected[f"ism/{name}.{letter}.bw"] = ism[:, task, :, base]
            expected[f"deeplift/{name}.{letter}.bw"] = hypothetical[:, task, :, base]
        for track, values in expected.items():
            numbers = [[] for _ in range(300)]
            for row, start in enumerate(questions.loci.start.tolist()):
                for at in np.flatnonzero(known[row]).tolist():
                    numbers[start + at].append(values[row, at])
            means = [np.mean(each) if each else np.nan for each in numbers]
            with pyBigWig.open(str(folder / "tracks" / track)) as opened:
                assert opened.chroms() == {"chr6": 300, "chr6:alt": 60}
                np.testing.assert_allclose(opened.values("chr6", 0, 300, numpy=True), means, rtol=1e-5, atol=1e-6)


def check_modisco(folder, told):
    motifs, report, rest = (line for line in told.splitlines() if "modisco" in line)
    inputs = f"-s {folder / 'sequences.npz'} -a {folder / 'deeplift_a.npz'}"
    assert motifs.startswith(f"modisco motifs {inputs} -n 2000 -w 24")
    database = shlex.split(report)[shlex.split(report).index("-m") + 1]
    assert len(read_meme(database)) > 800
    assert rest == f"and for 1 more: sh {folder / 'all.sh'}"
    assert (folder / "all.sh").read_text().splitlines()[:2] == [motifs, report]
    rows = [line.split("\t") for line in (folder / "regions.narrowPeak").read_text().splitlines()]
    assert [len(row) for row in rows] == [10] * 5
    assert [row[:4] for row in rows[:2]] == [["chr6", "38", "62", "chr6:39-62"]] * 2
    assert [row[5] for row in rows] == ["+", "-", "-", "+", "+"]
    assert [int(row[1]) + int(row[9]) for row in rows] == [50, 50, 261, 260, 12]


def test_the_four_keys_give_the_genome_s_bases_and_scores_are_those_of_the_plus_strand(
    interpret, genome, peaks, tmp_path, capsys
):
    methods = "--methods=ism,deeplift"
    place = (f"--fasta={genome}", f"--regions={peaks}", f"--output={tmp_path / 'out'}")
    interpret(MODEL, *COMMON, methods, *place, "--tracks=bases", "--modisco")
    told = capsys.readouterr().out
    check_modisco(tmp_path / "out" / "modisco", told)
    assert f"regions: {peaks}: 5 peaks, cut to 24 bases at their summits (base 13), 2 of them read on the minus" in told
    found = stored(tmp_path / "out" / "scores.h5")
    assert found["chrom"].tolist() == [b"chr6"] * 5
    assert found["start"].tolist() == [50 - 12, 50 - 12, 261 - 12, 260 - 12, 0]
    assert (found["end"] - found["start"] == L).all()
    assert found["strand"].tolist() == [b"+", b"-", b"-", b"+", b"+"]
    assert found["names"].tolist()[:2] == [b"chr6:39-62"] * 2
    with open_genome(genome, tmp_path) as opened:
        for row, start in enumerate(found["start"].tolist()):
            np.testing.assert_array_equal(found["sequences"][row], opened.fetch("chr6", start, start + L))

    # The same windows as a FASTA file, those of the minus strand turned by hand.
    turned = [reverse_complement(codes) if row in (1, 2) else codes for row, codes in enumerate(found["sequences"])]
    by_hand = tmp_path / "by_hand.fa"
    by_hand.write_text("".join(f">s{row}\n{decode(codes)}\n" for row, codes in enumerate(turned)))
    interpret(MODEL, *COMMON, methods, f"--sequences={by_hand}", f"--output={tmp_path / 'hand'}")
    with h5py.File(tmp_path / "out" / "scores.h5") as own, h5py.File(tmp_path / "hand" / "scores.h5") as other:
        np.testing.assert_array_equal(own["logits"], other["logits"])
        for name in ("ism/scores", "deeplift/scores", "deeplift/hypothetical"):
            expected = other[name][()]
            expected[[1, 2]] = expected[[1, 2], :, ::-1, ::-1]
            np.testing.assert_array_equal(own[name], expected)
        assert not np.array_equal(own["ism/scores"][0], own["ism/scores"][1])
    check_tracks(tmp_path / "out", questions := read_questions(tmp_path / "out" / "scores.h5"))
    assert questions.loci.reverse.tolist() == [False, True, True, False, False]


def test_windows_beyond_the_contig_are_an_error_or_passed_over_or_filled_up(interpret, genome, peaks, tmp_path, capsys):
    with peaks.open("a") as file:
        file.write("chr6\t280\t300\tp\t0\t+\t1\t1\t1\t19\n")
    arguments = (MODEL, *COMMON, f"--fasta={genome}", f"--regions={peaks}")
    with pytest.raises(InputError, match=r"line 6: its window, bases 288 to 311 of chr6, reaches beyond .* 300 bases"):
        interpret(*arguments, f"--output={tmp_path / 'error'}")
    interpret(*arguments, f"--output={tmp_path / 'skip'}", "--bad_rows=skip")
    assert "bad rows passed over: 1: 1 with a window beyond the contig" in capsys.readouterr().out
    assert len(stored(tmp_path / "skip" / "scores.h5")["start"]) == 5
    interpret(*arguments, f"--output={tmp_path / 'pad'}", "--pad")
    assert "1 reach beyond their contig: N there" in capsys.readouterr().out
    found = stored(tmp_path / "pad" / "scores.h5")
    assert found["start"][5] == 287
    assert (found["sequences"][5][13:] == 4).all()
    assert (found["sequences"][5][:13] < 4).all()


def test_a_data_set_of_peaks_brings_its_places_to_every_run(interpret, genome, peaks, tmp_path):
    """A second command, which adds a method, is about the same sequences."""
    values = flags.FlagValues()
    define_flags(values)
    sizes = (f"--length={L}", "--split_by=block", "--block_size=40", "--negatives=dinucleotide")
    asked = ["peaks", f"--fasta={genome}", f"--peaks={peaks}", f"--output={tmp_path / 'd.h5'}", *sizes]
    make(values, values(asked)[1:])
    common = (MODEL, *COMMON[:-1], f"--data={tmp_path / 'd.h5'}", "--split=train", f"--output={tmp_path}")
    for method in ("saliency", "gradient_x_input"):
        interpret(*common, f"--methods={method}")
    found = stored(tmp_path / "scores.h5")
    lie = found["chrom"] == b"chr6"
    assert lie.any()
    assert (found["chrom"][~lie] == b"").all()  # shuffles
    with open_genome(genome, tmp_path) as opened, h5py.File(tmp_path / "scores.h5") as file:
        assert {"saliency", "gradient_x_input"} <= set(file)
        for row in np.flatnonzero(lie):
            expected = opened.fetch("chr6", int(found["start"][row]), int(found["end"][row]))
            np.testing.assert_array_equal(found["sequences"][row], expected)


def test_stretches_of_a_2bit_genome_are_tiled_and_short_ones_widened(interpret, genome, two_bit, tmp_path, capsys):
    pytest.importorskip("py2bit")
    lines = genome.read_text().split()
    same = tmp_path / "g.2bit"
    same.write_bytes(two_bit(dict(zip((name[1:] for name in lines[::2]), lines[1::2], strict=True))))
    regions = ("--regions=chr6:alt:11-20", "--regions=chr6:1-60,chr6:101-124")
    interpret(MODEL, *COMMON, f"--fasta={genome}", *regions, "--num_sequences=1", f"--output={tmp_path}")
    told = capsys.readouterr().out
    assert "chr6:alt:11-20: 10 bases: window chr6:alt:4-27" in told
    assert "chr6:1-60: 60 bases: 4 windows of 24, 12 bases apart" in told
    assert len(stored(tmp_path / "scores.h5")["start"]) == 1  # as asked
    interpret(MODEL, *COMMON, f"--fasta={same}", *regions, f"--output={tmp_path / 'all'}")
    found = stored(tmp_path / "all" / "scores.h5")
    assert found["start"].tolist() == [3, 0, 12, 24, 36, 100]
    assert found["chrom"].tolist() == [b"chr6:alt", *[b"chr6"] * 5]
    with open_genome(genome, tmp_path) as plain:
        for codes, chrom, start in zip(found["sequences"], found["chrom"], found["start"], strict=True):
            np.testing.assert_array_equal(codes, plain.fetch(chrom.decode(), int(start), int(start) + L))


@pytest.mark.slow
def test_mutations_of_the_minus_strand_are_verified_and_evaluated(interpret, genome, peaks, tmp_path, capsys):
    interpret(
        *(MODEL, *COMMON, "--methods=ism", f"--fasta={genome}", f"--regions={peaks}", f"--output={tmp_path}"),
        *("--verify=200", "--evaluate", "--evaluate_draws=0"),
    )
    assert "random mutations recomputed in full" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--regions=chr6",), "--fasta=FILE must give the genome"),
        (("--regions=chr6", "--fasta={genome}", "--sequences=x.fa"), "give one of them"),
        (("--regions=none.bed", "--fasta={genome}"), "none.bed: no such file"),
        (("--regions=chr7:1-9", "--fasta={genome}"), "no contig chr7"),
        (("--sequences=x.fa", "--bad_rows=skip"), "--bad_rows: is for --regions"),
        (("--data=x.h5", "--pad"), "--pad: is for"),
    ],
)
def test_flags_that_do_not_go_together(interpret, genome, tmp_path, arguments, message):
    with pytest.raises(InputError, match=message):
        interpret(MODEL, *COMMON, *(each.format(genome=genome) for each in arguments), f"--output={tmp_path}")


def test_short_records_are_filled_up_on_request(interpret, tmp_path, caplog):
    path = tmp_path / "short.fa"
    path.write_text(f">a\n{'ACGT' * 6}\n>b\n{'ACGTA' * 3}\n")
    with pytest.raises(InputError, match=r"record b has 15 bases; must have 24, as in record a"):
        interpret(MODEL, *COMMON, f"--sequences={path}", f"--output={tmp_path}")
    interpret(MODEL, *COMMON, f"--sequences={path}", f"--output={tmp_path}", "--pad")
    assert caplog.text.count("1 of 2 records are filled up to 24 bases with N") == 1
    assert decode(read_questions(tmp_path / "scores.h5").sequences[1]) == "NNNN" + "ACGTA" * 3 + "NNNNN"
