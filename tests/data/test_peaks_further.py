"""Weak peaks, hard negatives, flanks, and what splits share."""

import json

import h5py
import numpy as np
import pytest
from absl import flags

from genomics.data.dataset import load
from genomics.data.peaks import define_flags, make
from genomics.data.shared_words import WIDTH, shared_with_training
from genomics.errors import InputError
from genomics.sequence.bases import decode, reverse_complement

LENGTH = 60
SUMMITS = (300, 1200, 2100)
WEAK = (600, 900)
HARD = (1500, 1560)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("further")
    rng = np.random.default_rng(0)
    contigs = {name: "".join(rng.choice(list("ACGT"), 2400)) for name in "abc"}
    (folder / "g.fa").write_text("".join(f">{name}\n{text}\n" for name, text in contigs.items()))
    peaks = [f"{name}\t{summit - 20}\t{summit + 20}\n" for name in contigs for summit in SUMMITS]
    (folder / "one.bed").write_text("".join([*peaks, "a\t0\t20\n", "a\t10\t70\n"]))
    (folder / "weak.bed").write_text("".join("{}\t{}\t{}\n".format(name, *WEAK) for name in contigs))
    inside = f"a\t{SUMMITS[0]}\t{SUMMITS[0] + 2}\n"  # where a peak is: no negative
    (folder / "hard.bed").write_text(inside + "".join("{}\t{}\t{}\n".format(name, *HARD) for name in contigs))
    return folder


def run(folder, *words):
    values = flags.FlagValues()
    define_flags(values)
    given = (
        f"--fasta={folder / 'g.fa'}",
        f"--peaks={folder / 'one.bed'}",
        f"--length={LENGTH}",
        "--valid=b",
        "--test=c",
    )
    make(values, values(["peaks", *given, *map(str, words)])[1:])


def negatives(path):
    splits = load(path).splits.values()
    return [
        (contig.decode(), int(start))
        for split in splits
        for contig, start, labels in zip(split.places.chrom, split.places.start, split.labels, strict=True)
        if not labels.any()
    ]


def test_no_negative_overlaps_what_is_ignored(folder, tmp_path):
    def touching(path):
        return [start for _, start in negatives(path) if start < WEAK[1] and start + LENGTH > WEAK[0]]

    run(folder, f"--output={tmp_path / 'without.h5'}", "--negatives_per_positive=6")
    run(folder, f"--output={tmp_path / 'with.h5'}", f"--ignore={folder / 'weak.bed'}", "--negatives_per_positive=6")
    assert touching(tmp_path / "without.h5")
    assert not touching(tmp_path / "with.h5")


def test_hard_negatives_come_before_others(folder, tmp_path, capsys):
    path = tmp_path / "hard.h5"
    run(folder, f"--output={path}", f"--hard_negatives={folder / 'hard.bed'}")
    place = sum(HARD) // 2 - LENGTH // 2
    found = negatives(path)
    assert {(name, place) for name in "abc"} <= set(found)
    assert ("a", SUMMITS[0] + 1 - LENGTH // 2) not in found
    # As many in all as without them.
    run(folder, f"--output={tmp_path / 'easy.h5'}")
    assert len(found) == len(negatives(tmp_path / "easy.h5"))
    assert "of --hard_negatives" in capsys.readouterr().out
    with pytest.raises(InputError, match=r"--hard_negatives=.*: only with --negatives=gc"):
        run(folder, f"--output={path}", f"--hard_negatives={folder / 'hard.bed'}", "--negatives=dinucleotide")


def test_flanks_are_the_genome_s_and_n_beyond_it(folder, tmp_path):
    path = tmp_path / "flank.h5"
    run(folder, f"--output={path}", "--flank=40")
    with h5py.File(path) as file:
        assert file["X_train"].shape[2] == LENGTH + 80
        assert file.attrs["flank"] == 40
    contigs = {}
    for block in (folder / "g.fa").read_text().split(">")[1:]:
        name, text = block.split()
        contigs[name] = "N" * 40 + text + "N" * 40
    beyond = 0
    for split in load(path).splits.values():
        for row, contig, start in zip(split.flanked, split.places.chrom, split.places.start, strict=True):
            expected = contigs[contig.decode()][start : start + LENGTH + 80]
            assert decode(row) == expected
            beyond += "N" in expected
    assert beyond
    run(folder, f"--output={tmp_path / 'plain.h5'}")
    plain = load(tmp_path / "plain.h5").splits["train"].bases
    np.testing.assert_array_equal(load(path).splits["train"].bases, plain)


def test_shared_words_are_found_on_both_strands_and_told(folder, tmp_path, capsys):
    rng = np.random.default_rng(1)
    train, other = rng.integers(0, 4, (2, 8, 90)).astype(np.uint8)
    other[0, 20 : 20 + WIDTH] = train[3, 33 : 33 + WIDTH]
    other[1, :WIDTH] = reverse_complement(train[4, 5 : 5 + WIDTH])
    other[2, 20 : 20 + WIDTH - 1] = train[3, 33 : 33 + WIDTH - 1]  # a base too short
    other[2, 20 + WIDTH - 1] = (train[3, 33 + WIDTH - 1] + 1) % 4
    other[3, :60] = train[5, :60]
    other[3, 10::20] = 4  # no word without N
    assert shared_with_training({"train": train, "valid": other, "test": train[:, ::-1].copy()}) == {
        "valid": 2 / 8,
        "test": 0.0,
    }
    # Of a sample a whole copy is still found, by the words that are left.
    assert shared_with_training({"train": train, "test": train}, most=60)["test"] > 0.5
    assert shared_with_training({"train": train[:, :20], "test": train[:, :20]}) == {}
    run(folder, f"--output={tmp_path / 'a.h5'}")
    assert "valid: 0.0% of windows share 50 bases with a training window, either strand" in capsys.readouterr().out
    with h5py.File(tmp_path / "a.h5") as file:
        assert json.loads(file.attrs["peaks"])["counts"]["shared"] == {"valid": 0.0, "test": 0.0}
