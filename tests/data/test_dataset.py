import numpy as np
import pytest

from genomics.data.dataset import base_frequencies, load, shuffled_labels, with_reverse_complements
from genomics.data.simulate import simulate
from genomics.errors import InputError
from genomics.io.examples import write_examples
from genomics.sequence.bases import decode, encode


def test_loading_what_was_written(tmp_path):
    simulated = simulate(num_sequences=20)
    write_examples(tmp_path / "set.h5", simulated)
    loaded = load(tmp_path / "set.h5")
    assert (loaded.tasks, loaded.factors, loaded.widths) == (simulated.tasks, simulated.factors, simulated.widths)
    assert loaded.provenance == {"recipe": "lab", "seed": 0, "strands": "both"}
    for name, split in simulated.splits.items():
        found = loaded.splits[name]
        for ours, theirs in [
            (found.bases, split.bases),
            (found.labels, split.labels),
            *((getattr(found.truth, part), getattr(split.truth, part)) for part in ("start", "factor", "strand")),
        ]:
            assert ours.dtype == theirs.dtype
            assert np.array_equal(ours, theirs)


def test_copies_on_the_other_strand_follow():
    bases, labels = np.stack([encode("AACGN"), encode("TTTTT")]), np.array([[1], [0]], np.uint8)
    both, twice = with_reverse_complements(bases, labels)
    assert [decode(row) for row in both] == ["AACGN", "TTTTT", "NCGTT", "AAAAA"]
    assert twice.tolist() == [[1], [0], [1], [0]]


def test_shuffled_labels_are_the_same_rows_dealt_anew():
    labels = np.random.default_rng(1).integers(0, 2, (500, 3)).astype(np.uint8)
    shuffled = shuffled_labels(labels, seed=0)
    assert np.array_equal(np.sort(shuffled.view("V3"), 0), np.sort(labels.view("V3"), 0))
    assert 0.08 < (shuffled == labels).all(1).mean() < 0.17  # one in eight by chance
    assert np.array_equal(shuffled, shuffled_labels(labels, seed=0))
    assert not np.array_equal(shuffled, shuffled_labels(labels, seed=1))


def test_frequencies_leave_out_n():
    assert base_frequencies(np.stack([encode("AACN"), encode("NNGA")])).tolist() == [0.6, 0.2, 0.2, 0]
    with pytest.raises(InputError, match="all 6 bases are N"):
        base_frequencies(np.full((2, 3), 4, np.uint8))
