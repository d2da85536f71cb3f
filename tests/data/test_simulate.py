import hashlib
import itertools
import subprocess
import sys
import time
from collections import Counter

import h5py
import numpy as np
import pytest
from scipy import stats

from genomics.data.dataset import load
from genomics.data.motifs import packaged_motifs
from genomics.data.recipes import RECIPES
from genomics.data.simulate import place, sample_sites, simulate
from genomics.errors import InputError
from genomics.io.examples import write_examples
from genomics.sequence.bases import reverse_complement


@pytest.fixture(scope="module")
def lab():
    return simulate(num_sequences=25_000, seed=0)


def whole(dataset, name):
    """An array of all splits together; `name` is `bases`, `labels` or a part of the truth."""
    splits = dataset.splits.values()
    return np.concatenate([getattr(split if name in ("bases", "labels") else split.truth, name) for split in splits])


def planted_words(dataset, factor):
    """Every planted word of a factor, read on the strand it was planted on."""
    start, width = whole(dataset, "start"), dataset.widths[factor]
    rows, columns = np.nonzero(whole(dataset, "factor") == factor)
    words = whole(dataset, "bases")[rows[:, None], start[rows, columns, None] + np.arange(width)]
    reverse = whole(dataset, "strand")[rows, columns] == -1
    words[reverse] = reverse_complement(words[reverse])
    return words


def test_splits_and_names(lab):
    assert {name: len(split.bases) for name, split in lab.splits.items()} == {
        "train": 17_500,
        "valid": 2_500,
        "test": 5_000,
    }
    assert lab.tasks == lab.factors == ("CTCF", "Arid3a", "MAFK")
    assert lab.widths == (19, 6, 15)
    assert lab.provenance == {"recipe": "lab", "seed": 0, "strands": "both"}


def test_odd_numbers_are_split_without_loss():
    sizes = [len(split.bases) for split in simulate(num_sequences=17, length=95).splits.values()]
    assert sizes == [11, 1, 5]


def test_motifs_stand_in_order_without_overlap(lab):
    start, factor, strand = (whole(lab, part) for part in ("start", "factor", "strand"))
    used = factor >= 0
    assert np.array_equal(used, start >= 0)
    assert np.array_equal(used, strand != 0)
    assert np.array_equal(np.sort(~used, axis=1), ~used)  # used places come first
    ends = start + np.array([*lab.widths, 0])[factor]
    assert ends.max() <= lab.length
    both = used[:, 1:]
    assert np.all(start[:, 1:][both] >= ends[:, :-1][both])
    # Motifs reach both edges of the sequence.
    assert start[used].min() == 0
    assert ends.max() == lab.length


def test_numbers_factors_and_strands_follow_the_recipe(lab):
    counts = (whole(lab, "factor") >= 0).sum(1)
    expected = 25_000 * np.array(RECIPES["lab"].count_probabilities)
    assert stats.chisquare(np.bincount(counts, minlength=6)[1:], expected).pvalue > 1e-3
    factors = np.bincount(whole(lab, "factor")[whole(lab, "factor") >= 0])
    assert stats.chisquare(factors).pvalue > 1e-3
    strands = whole(lab, "strand")
    assert stats.chisquare([(strands == 1).sum(), (strands == -1).sum()]).pvalue > 1e-3
    pairs = strands[counts >= 2, :2].astype(int)
    assert stats.chisquare(np.bincount(pairs[:, 0] + 1 + (pairs[:, 1] + 1) // 2, minlength=4)).pvalue > 1e-3


def test_labels_say_which_factors_are_planted(lab):
    factor = whole(lab, "factor")
    expected = np.stack([(factor == task).any(1) for task in range(3)], axis=1)
    assert np.array_equal(whole(lab, "labels"), expected)
    # P(task) = sum_k P(k) (1 - (2/3)^k) = .495
    shares = np.dot(RECIPES["lab"].count_probabilities, 1 - (2 / 3) ** np.arange(1, 6))
    assert np.allclose(whole(lab, "labels").mean(0), shares, atol=4 * 0.5 / np.sqrt(25_000))


@pytest.mark.parametrize("factor", range(3))
def test_planted_words_are_drawn_from_the_matrix(lab, factor):
    """Counts of bases at each position, on the planted strand, against the position probability matrix."""
    probabilities = packaged_motifs()[RECIPES["lab"].motifs[factor]].probabilities
    words = planted_words(lab, factor)
    for position, expected in enumerate(probabilities):
        observed = np.bincount(words[:, position], minlength=4)
        assert np.all(observed[expected == 0] == 0)
        possible = expected > 0
        if possible.sum() > 1:
            assert stats.chisquare(observed[possible], len(words) * expected[possible]).pvalue > 1e-5


def test_neighbouring_positions_are_drawn_by_themselves(lab):
    words = planted_words(lab, 2)
    table = np.bincount(words[:, 0] * 4 + words[:, 1], minlength=16).reshape(4, 4)
    assert stats.chi2_contingency(table).pvalue > 1e-3


def test_the_background_is_uniform(lab):
    start, factor = whole(lab, "start"), whole(lab, "factor")
    ends = start + np.array([*lab.widths, 0])[factor]
    positions = np.arange(lab.length)
    planted = ((positions >= start[..., None]) & (positions < ends[..., None])).any(1)
    counts = np.bincount(whole(lab, "bases")[~planted])
    assert len(counts) == 4
    assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize(("widths", "length"), [((1, 2), 6), ((2, 1, 1), 7), ((3,), 8), ((2, 2), 4)])
def test_every_placement_is_equally_likely(widths, length):
    """Against all placements by brute force."""
    possible = [
        starts
        for starts in itertools.product(range(length), repeat=len(widths))
        if all(end <= after for end, after in zip(np.add(starts, widths), (*starts[1:], length), strict=True))
    ]
    drawn = place(np.tile(widths, (400 * len(possible), 1)), length, np.random.default_rng(5))
    counts = Counter(map(tuple, drawn.tolist()))
    assert set(counts) == set(possible)
    assert len(possible) == 1 or stats.chisquare(list(counts.values())).pvalue > 1e-3


def test_impossible_bases_are_never_drawn():
    """Even where the draw is exactly a limit between two bases."""

    class Limits(np.random.Generator):
        """Draws that fall on the limits 0 and 1/2."""

        def random(self, size):
            return np.broadcast_to([[0.0], [0.5]], size)

    words = sample_sites(np.array([[0.0, 0.5, 0.0, 0.5]]), 2, Limits(np.random.PCG64()))
    assert words.tolist() == [[1], [3]]


def test_forward_only():
    dataset = simulate(num_sequences=200, seed=1, forward_only=True)
    assert set(np.unique(whole(dataset, "strand"))) == {0, 1}
    assert dataset.provenance["strands"] == "forward"


def test_twelve_factors():
    dataset = simulate("koo_eddy", num_sequences=500, seed=2, length=120)
    assert len(dataset.tasks) == 12
    assert whole(dataset, "labels").any(0).all()
    assert np.array_equal(whole(dataset, "labels").sum(1), [len(set(row) - {-1}) for row in whole(dataset, "factor")])


def test_seeds():
    first, again, other = (simulate(num_sequences=50, seed=seed) for seed in (4, 4, 5))
    assert np.array_equal(whole(first, "bases"), whole(again, "bases"))
    assert not np.array_equal(whole(first, "bases"), whole(other, "bases"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_sequences": 9}, "num_sequences = 9: must be from 10"),
        ({"num_sequences": 10**12}, "num_sequences = 1000000000000: must be from 10"),
        ({"length": 94}, r"length = 94: must be from 95 \(5 motifs of 19\)"),
        ({"length": 40_000}, "length = 40000: must be from 95 .* to 32767 bases"),
        ({"seed": -1}, "seed = -1: must be from 0"),
        ({"recipe": "lap"}, "recipe 'lap' is unknown; must be one of lab, koo_eddy"),
    ],
)
def test_arguments_out_of_range(options, message):
    with pytest.raises(InputError, match=message):
        simulate(**options)


def test_simulating_and_writing_is_fast(tmp_path):
    start = time.perf_counter()
    write_examples(tmp_path / "lab5.h5", simulate(num_sequences=25_000))
    assert time.perf_counter() - start < 5


class TestCommand:
    def command(self, *flags):
        return subprocess.run(
            [sys.executable, "-m", "genomics.data.simulate", *flags], capture_output=True, text=True, check=False
        )

    def test_equal_seeds_give_equal_files(self, tmp_path):
        paths = [tmp_path / "first.h5", tmp_path / "again.h5"]
        for path in paths:
            done = self.command(f"--output={path}", "--num_sequences=200", "--seed=7", "--forward_only")
            assert done.returncode == 0, done.stderr
            assert "train 140, valid 20, test 40 sequences of 200 bases; share of positives: CTCF 0." in done.stdout
        assert len({hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}) == 1
        with h5py.File(paths[0]) as file:
            assert file["truth_test_start"].shape == (40, 5)
            assert file["truth_test_start"].dtype == np.int16
            assert (file.attrs["seed"], file.attrs["recipe"]) == (7, b"lab")
            assert file.attrs["widths"].tolist() == [19, 6, 15]
        assert np.array_equal(
            load(paths[0]).splits["test"].bases,
            whole(simulate(num_sequences=200, seed=7, forward_only=True), "bases")[160:],
        )

    def test_help(self):
        done = self.command("--help")
        assert done.returncode == 0
        for flag in ("--output", "--recipe", "--num_sequences", "--length", "--seed", "--forward_only"):
            assert flag in done.stdout

    @pytest.mark.parametrize(
        ("flags", "message"),
        [
            (["--output={folder}/a.h5", "--num_sequences=3"], "num_sequences = 3: must be from 10"),
            (["--output={folder}/file/a.h5", "--num_sequences=20"], "a.h5: cannot be written: Not a directory"),
            (["--output={folder}/a.h5", "surplus"], "'surplus': arguments are given as --flag=value"),
        ],
    )
    def test_faults_are_one_line_and_status_2(self, tmp_path, flags, message):
        (tmp_path / "file").touch()
        done = self.command(*(flag.format(folder=tmp_path) for flag in flags))
        assert done.returncode == 2
        assert message in done.stderr
        assert done.stderr.count("\n") == 1
        assert not (tmp_path / "a.h5").exists()
