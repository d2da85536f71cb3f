"""The program, as its user runs it; flags are parsed in this process, and a few runs are processes of their own."""

import gzip
import hashlib
import json
import os
import subprocess
import sys

import h5py
import numpy as np
import pytest
from absl import flags

from genomics.data.dataset import SPLITS, load
from genomics.data.peaks import define_flags, make
from genomics.errors import InputError
from genomics.io.places import KINDS
from genomics.sequence.bases import decode


def run(*words):
    values = flags.FlagValues()
    define_flags(values)
    make(values, values(["peaks", *map(str, words)])[1:])


def contents(path):
    """Of each split: (contig, start, kind, labels) -> sequence."""
    found = {}
    for name, split in load(path).splits.items():
        rows = zip(split.places.chrom, split.places.start, split.places.kind, split.labels, split.bases, strict=True)
        found[name] = {
            (contig.decode(), int(start), KINDS[kind], *map(int, labels)): decode(bases)
            for contig, start, kind, labels, bases in rows
        }
    return found


@pytest.fixture(scope="module")
def texts():
    rng = np.random.default_rng(0)
    return {name: "".join(rng.choice(list("ACGT"), 40)) for name in ("a", "b", "b:1-2")}


@pytest.fixture
def folder(tmp_path, texts, two_bit):
    """Three contigs of 40 bases; windows of 10 at the summits are worked out on paper in the tests."""
    (tmp_path / "g.fa").write_text("".join(f">{name} note\n{text.lower()}\n" for name, text in texts.items()))
    (tmp_path / "g.2bit").write_bytes(two_bit({name: text.lower() for name, text in texts.items()}))
    narrow = "{}\t{}\t{}\t.\t0\t.\t0\t-1\t-1\t{}\n".format
    (tmp_path / "one.narrowPeak").write_text(
        narrow("a", 10, 20, 5) + narrow("b", 5, 15, -1) + narrow("b:1-2", 20, 30, 9) + narrow("b:1-2", 0, 6, 2)
    )
    (tmp_path / "two.bed.gz").write_bytes(gzip.compress(b"a\t16\t26\nb\t8\t16\n"))
    return tmp_path


PAPER = ("--length=10", "--valid=b", "--test=b:1-2", "--negatives=none")


@pytest.mark.parametrize(
    "spelling",
    [
        ["--peaks={0}/one.narrowPeak,{0}/two.bed.gz", "--fasta={0}/g.fa"],
        ["--peaks", "{0}/one.narrowPeak", "{0}/two.bed.gz", "--fasta", "{0}/g.fa"],
        ["--fasta={0}/g.2bit", "--peaks={0}/one.narrowPeak", "--peaks", "{0}/two.bed.gz"],
    ],
)
def test_a_set_on_paper(folder, texts, spelling, capsys):
    run(*(word.format(folder) for word in spelling), f"--output={folder}/out/a.h5", *PAPER)
    a, b, c = texts.values()
    assert contents(folder / "out" / "a.h5") == {
        # Summits 15 (10 + 5) and 21 (the centre of 16 to 26) are 6 apart: two windows, and 4 shared bases are no label.
        "train": {("a", 10, "peak", 1, 0): a[10:20], ("a", 16, "peak", 0, 1): a[16:26]},
        # Summits 10 and 12 share a window, at the left one.
        "valid": {("b", 5, "peak", 1, 1): b[5:15]},
        # Summit 29 is at index 5; the window at summit 2 would start at -3.
        "test": {("b:1-2", 24, "peak", 1, 0): c[24:34]},
    }
    assert load(folder / "out" / "a.h5").tasks == ("one", "two")
    printed = capsys.readouterr().out
    assert "6 different summits of 6 peaks\n  1 summits dropped, window reaches beyond the contig\n" in printed
    assert "  1 summits merged into a neighbour's window\n" in printed
    assert "windows with a label                          2          1          1          4\n" in printed
    (genome,) = (line for line in printed.splitlines() if "contigs: 3" in line)
    assert genome.endswith((".fa: contigs: 3, bases: 120", ".2bit: contigs: 3, bases: 120"))
    told = [line for line in printed.splitlines() if str(folder) not in line]  # whose names may be long
    assert max(map(len, told)) <= 80


def test_flags_change_the_set_as_they_say(folder, texts):
    common = (
        f"--fasta={folder}/g.fa",
        f"--output={folder}/a.h5",
        f"--peaks={folder}/one.narrowPeak,{folder}/two.bed.gz",
    )

    def train(*words):
        run(*common, *PAPER, *words)
        return set(contents(folder / "a.h5")["train"])

    assert train("--min_overlap=.4") == {("a", 10, "peak", 1, 1), ("a", 16, "peak", 1, 1)}
    assert train("--merge_distance=0", "--task_names=X,Y") == {("a", 10, "peak", 1, 0), ("a", 16, "peak", 0, 1)}
    assert load(folder / "a.h5").tasks == ("X", "Y")
    assert len(load(folder / "a.h5").splits["valid"].bases) == 2
    # Two files of one task.
    assert train("--task_names=X,X") == {("a", 10, "peak", 1), ("a", 16, "peak", 1)}
    # A region that holds the first base of the second window.
    (folder / "bad.bed").write_text("a\t25\t26\n")
    assert train(f"--exclude={folder}/bad.bed") == {("a", 10, "peak", 1, 0)}


def test_summits_of_bed_files_and_unknown_bases(folder, texts):
    text = texts["a"]
    (folder / "g.fa").write_text(
        ">a\n" + text[:24] + "N" + text[25:] + "".join(f"\n>{n}\n{texts[n]}" for n in ("b", "b:1-2"))
    )
    (folder / "x.bed").write_text("a\t16\t26\tz\t0\na\t16\t26\tz\t4\nb\t8\t16\tz\t-1\nb:1-2\t8\t16\tz\t0\n")
    common = (
        f"--fasta={folder}/g.fa",
        f"--output={folder}/a.h5",
        f"--peaks={folder}/x.bed",
        "--summit_column=5",
        *PAPER,
    )
    run(*common, "--merge_distance=0")  # the window at 20 would be bases 15 to 25, with the N
    found = contents(folder / "a.h5")
    assert {name: set(rows) for name, rows in found.items()} == {
        "train": {("a", 11, "peak", 1)},
        "valid": {("b", 7, "peak", 1)},
        "test": {("b:1-2", 3, "peak", 1)},
    }
    run(*common, "--merge_distance=0", "--max_unknown=.1")
    assert set(contents(folder / "a.h5")["train"]) == {("a", 11, "peak", 1), ("a", 15, "peak", 1)}


def test_what_the_file_says_of_itself(folder):
    peaks = (folder / "one.narrowPeak", folder / "two.bed.gz")
    run("--peaks", *peaks, f"--fasta={folder}/g.fa", f"--output={folder}/a.h5", *PAPER, "--seed=3")
    found = load(folder / "a.h5")
    assert found.provenance["seed"] == 3
    stored = json.loads(str(found.provenance["peaks"]))
    assert stored["fasta"] == "g.fa"
    assert stored["files"] == [["one", "one.narrowPeak"], ["two", "two.bed.gz"]]
    assert stored["settings"]["merge_distance"] == 4
    assert stored["counts"]["splits"]["test"]["positives"] == {"one": 1, "two": 0}
    with h5py.File(folder / "a.h5") as file:
        assert {key.rsplit("_", 1)[0] for key in file} == {"X", "Y", "chrom", "start", "kind"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--valid=b"], "--valid and --test must be given both"),
        (["--valid=b", "--test=c"], "--test=c: no contig c"),
        (["--valid=b", "--test=b"], "--test=b: is named twice"),
        (["--valid=b", "--test=b:1-2", "--split_by=block"], "--valid and --test name whole contigs"),
        (["--block_size=20"], "--block_size=20: only with --split_by=block"),
        (["--block_size=5", "--split_by=block"], "--block_size=5: must be at least --length=10"),
        (["--negatives=none", "--negatives_per_positive=1"], "--negatives_per_positive does not go with"),
        (["--merge_distance=5"], "--merge_distance=5: must be at most 4"),
        (["--min_overlap=nan"], "--min_overlap=nan: must be a number"),
        (["--task_names=A"], "--task_names=A: 1 names for 2 files"),
        (["--task_names=A,a"], "its task a is also that of another file; names must differ in more than case"),
        (["--task_names=A,"], "two.bed.gz: has no name for its task"),
        (["{0}/sub/one.bed"], r"sub/one.bed: its task one is also that of another file; give --task_names"),
        (["{0}/absent.bed"], "absent.bed: cannot be read: No such file"),
        (["--summit_column=4"], "two.bed.gz: line 1: has 3 columns, but summits were said to be in column 4"),
        (["--valid=b,a,b:1-2", "--test=a"], "--test=a: is named twice"),
        (["--exclude={0}/absent.bed"], "absent.bed: cannot be read"),
        (["--length=30"], "windows lie on 1 of the 3 contigs"),
        (["--length=50"], "no window of 50 bases is left of 6 summits: beyond_contig 6, excluded 0, unknown 0"),
        (["--negatives=gc", "--length=19"], "split .*: no negative can be made by --negatives=gc; use dinucleotide"),
        (["--fasta={0}/absent.fa"], "absent.fa: no such file"),
    ],
)
def test_faults_are_one_line(folder, words, message):
    common = [f"--fasta={folder}/g.fa", f"--output={folder}/a.h5", "--length=10"]
    common.append(f"--peaks={folder}/one.narrowPeak,{folder}/two.bed.gz")
    with pytest.raises(InputError, match=message) as caught:
        run(*common, *(word.format(folder) for word in words))
    assert "\n" not in str(caught.value)
    assert not (folder / "a.h5").exists()


def test_a_split_without_windows(folder):
    (folder / "x.bed").write_text("a\t10\t20\nb\t10\t20\n")
    with pytest.raises(InputError, match=r"split test: no window with a label lies in it; name contigs .* by --test"):
        run(f"--fasta={folder}/g.fa", f"--output={folder}/a.h5", f"--peaks={folder}/x.bed", *PAPER)


def test_a_column_that_no_file_has(folder):
    with pytest.raises(InputError, match="--summit_column=6: all files are narrowPeak"):
        run(
            f"--fasta={folder}/g.fa", f"--output={folder}/a.h5", f"--peaks={folder}/one.narrowPeak", "--summit_column=6"
        )


class TestCommand:
    def command(self, *words):
        return subprocess.run(
            [sys.executable, "-m", "genomics.data.peaks", *map(str, words)], capture_output=True, text=True, check=False
        )

    def test_equal_seeds_give_equal_files(self, tmp_path):
        rng = np.random.default_rng(1)
        text = "".join(rng.choice(list("ACGT"), 30_000))
        (tmp_path / "g.fa").write_text(f">c\n{text}\n")
        rows = [f"c\t{start}\t{start + 40}\n" for start in rng.integers(0, 29_000, 60)]
        for name, part in (("one.bed", rows[:40]), ("two.bed", rows[40:])):
            (tmp_path / name).write_text("".join(part))
        digests = []
        for number, seed in enumerate((5, 5, 6)):
            path = tmp_path / f"{number}.h5"
            files = (tmp_path / "one.bed", tmp_path / "two.bed")
            words = ("--fasta", tmp_path / "g.fa", "--peaks", *files, "--length", 40, "--split_by=block")
            done = self.command(*words, "--output", path, f"--seed={seed}")
            assert done.returncode == 0, done.stderr
            assert done.stderr == ""
            digests.append(hashlib.sha256(path.read_bytes()).hexdigest())
        assert digests[0] == digests[1] != digests[2]

    def test_help_and_faults(self, folder):
        done = self.command("--help")
        assert done.returncode == 0
        assert "--summit_column" in done.stdout
        done = self.command(f"--fasta={folder}/g.fa", f"--output={folder}/a.h5", f"--peaks={folder}/absent.bed")
        assert done.returncode == 2
        assert done.stderr.endswith("absent.bed: cannot be read: No such file or directory\n")
        assert done.stderr.count("\n") == 1


def real(shared, *words):
    data = shared / "data"
    return (
        *(
            "--fasta",
            data / "chr22_20-21M.fa",
            "--peaks",
            data / "chr22_20-21M.CTCF.bed",
            data / "chr22_20-21M.MAFK.bed",
        ),
        *("--task_names=CTCF,MAFK", "--summit_column=6", "--length=200", "--split_by=block", *words),
    )


def test_real_peaks(shared, tmp_path, capsys):
    run(*real(shared, f"--output={tmp_path}/a.h5"))
    assert "258 different summits of 281 peaks" in capsys.readouterr().out
    found = load(tmp_path / "a.h5")
    labels = np.concatenate([found.splits[name].labels for name in SPLITS])
    assert len(labels) == 206
    assert labels.sum(0).tolist() == [92, 11]
    assert set(found.splits["test"].places.chrom) == {b"22:20000001-21000000"}
    for split in found.splits.values():
        assert split.labels[split.places.kind == 0].any(1).all()
        assert not split.labels[split.places.kind == 1].any()


@pytest.mark.slow
def test_training_on_real_peaks(shared, tmp_path, repository):
    run(*real(shared, f"--output={tmp_path}/a.h5", "--negatives=dinucleotide", "--negatives_per_positive=2"))
    words = ["--config=configs/chipseq.py", f"--workdir={tmp_path}/run", f"--config.data.path={tmp_path}/a.h5"]
    command = [sys.executable, "train.py", *words, "--config.epochs=1"]
    done = subprocess.run(command, cwd=repository, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "run" / "test_metrics.json").read_text())
    assert set(metrics) == {"mean", "CTCF", "MAFK"}
    assert np.isfinite(metrics["mean"]["loss"])
