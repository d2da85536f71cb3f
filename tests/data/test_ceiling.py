"""The exact posterior against all ways to draw a sequence, and against the simulator."""

import itertools
import math
import subprocess
import sys

import h5py
import numpy as np
import pytest

from genomics.data.ceiling import ceiling, table
from genomics.data.motifs import packaged_motifs
from genomics.data.posterior import presence_logits
from genomics.data.recipes import RECIPES
from genomics.data.simulate import simulate
from genomics.errors import InputError
from genomics.io.examples import Dataset, Split, write_examples

_RNG = np.random.default_rng(0)
#: Of widths 1, 2 and 2; the second cannot start with T.
MOTIFS = [_RNG.dirichlet(np.ones(4), width) for width in (1, 2, 2)]
MOTIFS[1][0] = [0.7, 0.2, 0.1, 0]
LENGTH = 6
COUNTS = (0.5, 0.3, 0.2)


def enumerated(motifs, counts, both_strands):
    """All sequences of LENGTH, and P(sequence, factors present) by going through everything that may be drawn."""
    sequences = np.array(list(itertools.product(range(4), repeat=LENGTH)), np.uint8)
    joint = np.zeros((len(sequences), 2 ** len(motifs)))
    for count, probability in enumerate(counts, start=1):
        for factors in itertools.product(range(len(motifs)), repeat=count):
            widths = [len(motifs[factor]) for factor in factors]
            placements = [
                starts
                for starts in itertools.product(range(LENGTH), repeat=count)
                if all(e <= s for e, s in zip(np.add(starts, widths), (*starts[1:], LENGTH), strict=True))
            ]
            strands = list(itertools.product((1, -1) if both_strands else (1,), repeat=count))
            each = probability / len(motifs) ** count / len(placements) / len(strands)
            present = sum(1 << factor for factor in set(factors))
            for starts, signs in itertools.product(placements, strands):
                columns = np.full((LENGTH, 4), 0.25)
                for start, factor, sign in zip(starts, factors, signs, strict=True):
                    motif = motifs[factor] if sign == 1 else motifs[factor][::-1, ::-1]
                    columns[start : start + len(motif)] = motif
                joint[:, present] += each * columns[np.arange(LENGTH), sequences].prod(1)
    return sequences, joint


@pytest.mark.parametrize("both_strands", [True, False])
def test_every_sequence_of_a_small_world(both_strands):
    sequences, joint = enumerated(MOTIFS, COUNTS, both_strands)
    assert np.isclose(joint.sum(), 1)
    found = presence_logits(sequences, MOTIFS, COUNTS, both_strands=both_strands)
    for factor in range(3):
        having = joint[:, [present for present in range(8) if present >> factor & 1]].sum(1)
        np.testing.assert_allclose(1 / (1 + np.exp(-found[:, factor])), having / joint.sum(1), rtol=1e-9, atol=1e-15)


def test_a_single_factor_is_always_present():
    sequences, _ = enumerated(MOTIFS[:1], COUNTS, True)
    assert (presence_logits(sequences, MOTIFS[:1], COUNTS, both_strands=True) > 30).all()


def test_nothing_is_lost_when_motifs_barely_fit():
    """Three motifs of two bases in six leave one placement."""
    motifs = [np.eye(4)[[0, 1]], np.eye(4)[[2, 2]]]
    logits = presence_logits(np.array([[0, 1, 2, 2, 0, 1]], np.uint8), motifs, (0.0, 0.0, 1.0), both_strands=False)
    assert (logits > 30).all()


@pytest.mark.parametrize(("recipe", "forward_only", "number"), [("lab", False, 8000), ("koo_eddy", True, 400)])
def test_posteriors_are_calibrated(recipe, forward_only, number):
    """Of the sequences that are given p, a share of p is positive, whatever p."""
    dataset = simulate(recipe, num_sequences=number, seed=11, forward_only=forward_only)
    split, chosen = dataset.splits["test"], RECIPES[recipe]
    motifs = [packaged_motifs()[identifier].probabilities for identifier in chosen.motifs]
    logits = presence_logits(split.bases, motifs, chosen.count_probabilities, both_strands=not forward_only)
    p, labels = 1 / (1 + np.exp(-logits.ravel())), split.labels.ravel().astype(float)
    for low, high in itertools.pairwise((0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0001)):
        inside = (p >= low) & (p < high)
        deviation = (labels - p)[inside].sum() / np.sqrt((p * (1 - p))[inside].sum())
        assert abs(deviation) < 3.5, f"{low} to {high}: {deviation}"
    # Expected loss and accuracy follow from the posterior alone.
    expected, spread = np.maximum(p, 1 - p).mean(), np.sqrt((p * (1 - p)).sum()) / p.size
    assert abs(((p > 0.5) == labels).mean() - expected) < 3.5 * spread


def test_the_wrong_strands_are_worse():
    split = simulate(num_sequences=2000, seed=3).splits["test"]
    motifs = [packaged_motifs()[identifier].probabilities for identifier in RECIPES["lab"].motifs]
    right, wrong = (
        presence_logits(split.bases, motifs, RECIPES["lab"].count_probabilities, both_strands=both)
        for both in (True, False)
    )
    losses = [np.logaddexp(0, np.where(split.labels == 1, -each, each)).mean() for each in (right, wrong)]
    assert losses[0] < 0.2 < 0.5 < losses[1]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("ceiling") / "lab.h5"
    write_examples(path, simulate(num_sequences=10_000, seed=1))
    return path


def test_the_lab(path):
    """Known of 5,000 sequences: .934 and .154; 2,000 others lie within three standard errors."""
    found = ceiling(path)
    assert found is not None
    assert list(found) == ["mean", "CTCF", "Arid3a", "MAFK"]
    assert found["mean"]["accuracy"] == pytest.approx(0.934, abs=0.012)
    assert found["mean"]["loss"] == pytest.approx(0.154, abs=0.02)
    assert found["CTCF"]["auroc"] > found["MAFK"]["auroc"] > found["Arid3a"]["auroc"] > 0.93
    lines = table(found).splitlines()
    assert [line.split()[0] for line in lines] == ["accuracy", "CTCF", "Arid3a", "MAFK", "mean"]
    assert math.isclose(float(lines[1].split()[2]), found["CTCF"]["loss"], abs_tol=1e-4)


def edited(path, folder, change):
    """A copy of the file that was changed."""
    copy = folder / "copy.h5"
    copy.write_bytes(path.read_bytes())
    with h5py.File(copy, "r+") as file:
        change(file)
    return copy


def _setting(name, value):
    return lambda file: file.attrs.create(name, value)


def _flip(file):
    file["Y_test"][7, 1] = 1 - file["Y_test"][7, 1]


def _base(file):
    file["X_test"][3, :, 50] = 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_setting("recipe", "mine"), "attribute recipe is 'mine'; must be one of lab, koo_eddy"),
        (_setting("strands", "sideways"), "attribute strands is 'sideways'"),
        (_setting("recipe", "koo_eddy"), "tasks are ('CTCF', 'Arid3a', 'MAFK'); those of"),
        (_setting("widths", [19, 6, 14]), "widths are (19, 6, 14); those of the recipe lab are"),
        (_flip, "row 7 (from 0): label Arid3a is not whether one is planted"),
        (_base, "sequence 3 (from 0) holds an N"),
    ],
)
def test_sets_that_are_not_as_simulated_have_no_ceiling(path, tmp_path, change, message):
    copy = edited(path, tmp_path, change)
    with pytest.raises(InputError) as caught:
        ceiling(copy)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{copy}: test: ")


def test_impossible_sequences_are_refused():
    with pytest.raises(InputError, match=r"sequence 1 \(from 0\) is impossible"):
        presence_logits(np.array([[1, 0], [2, 3]], np.uint8), [np.eye(4)[[1]]], (1.0,), both_strands=False)


def test_real_sets_have_none(tmp_path):
    split = Split(bases=np.zeros((4, 30), np.uint8), labels=np.zeros((4, 1), np.uint8))
    write_examples(tmp_path / "real.h5", Dataset(tasks=("a",), splits={"test": split}))
    assert ceiling(tmp_path / "real.h5") is None


def test_command(path):
    def command(*arguments):
        run = [sys.executable, "-m", "genomics.data.ceiling", *arguments]
        return subprocess.run(run, capture_output=True, text=True, check=False)

    done = command(f"--data={path}", "--split=valid")
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip("\n") == table(ceiling(path, split="valid"))
    fault = command(f"--data={path}.absent")
    assert (fault.returncode, fault.stderr.count("\n")) == (2, 1)
    assert "no such file" in fault.stderr
