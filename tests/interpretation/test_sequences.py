import dataclasses

import numpy as np
import pytest

from genomics.errors import InputError
from genomics.interpretation.sequences import from_examples, from_fasta, select
from genomics.io.examples import Dataset, Split, write_examples
from genomics.io.truth import Truth


@pytest.fixture(scope="module")
def split():
    rng = np.random.default_rng(0)
    labels = np.array([[0, 1, 0], [0, 0, 0], [1, 1, 0], [0, 0, 1]], np.uint8)
    truth = Truth(
        start=np.array([[4, -1], [-1, -1], [0, 6], [2, -1]], np.int16),
        factor=np.array([[1, -1], [-1, -1], [0, 1], [1, -1]], np.int16),
        strand=np.array([[1, 0], [0, 0], [-1, 1], [1, 0]], np.int16),
    )
    return Split(bases=rng.integers(0, 4, (4, 10)).astype(np.uint8), labels=labels, truth=truth)


@pytest.fixture(scope="module")
def path(split, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "few.h5"
    dataset = Dataset(tasks=("CTCF", "Mafk", "Z"), splits={"valid": split}, factors=("CTCF", "MAFK"), widths=(3, 4))
    write_examples(path, dataset)
    return path


def test_labels_follow_the_network_s_names(path, split):
    found = from_examples(path, "valid", 10, ("mafk", "ctcf"))
    np.testing.assert_array_equal(found.bases, split.bases)
    np.testing.assert_array_equal(found.labels, split.labels[:, [1, 0]])
    assert found.names == ("valid_0", "valid_1", "valid_2", "valid_3")
    assert found.source == f"{path}: valid"


def test_without_names_labels_follow_the_position_where_the_numbers_agree(path, split):
    np.testing.assert_array_equal(from_examples(path, "valid", 10, ("task_0", "task_1", "task_2")).labels, split.labels)
    assert from_examples(path, "valid", 10, ("task_0", "task_1")).labels is None
    assert from_examples(path, "valid", 10, ("CTCF", "other", "Z")).labels is None


def test_planted_intervals_are_those_of_the_factor(path):
    found = from_examples(path, "valid", 10, ("CTCF",))
    assert found.planted(2, "ctcf") == [(0, 3)]
    assert found.planted(2, "mafk") == [(6, 10)]
    assert found.planted(2) == [(0, 3), (6, 10)]
    assert found.planted(1, "CTCF") == []
    assert found.planted(0, "unknown") == []
    assert dataclasses.replace(found, truth=None).planted(2, "ctcf") == []


def test_selection_keeps_everything_in_step(path, split):
    everything = from_examples(path, "valid", 10, ("CTCF", "MAFK", "Z"))
    found = select(everything, "positive", 0, [1, 0])
    np.testing.assert_array_equal(found.index, [0, 2])
    np.testing.assert_array_equal(found.labels, [[1, 0], [1, 1]])
    np.testing.assert_array_equal(found.bases, split.bases[[0, 2]])
    assert found.names == ("valid_0", "valid_2")
    assert found.planted(1, "CTCF") == [(0, 3)]
    np.testing.assert_array_equal(select(everything, "positive", 1, [2]).index, [3])
    np.testing.assert_array_equal(select(everything, "all", 2, [2]).index, [0, 1])
    np.testing.assert_array_equal(select(everything, "all", 9, [2]).index, [0, 1, 2, 3])


def test_what_cannot_be_selected_is_an_error(path):
    everything = from_examples(path, "valid", 10, ("CTCF", "MAFK", "Z"))
    none = dataclasses.replace(everything, labels=np.zeros((4, 3), np.uint8))
    with pytest.raises(InputError, match="no sequence has label 1"):
        select(none, "positive", 0, [0])
    with pytest.raises(InputError, match="has no labels for these tasks"):
        select(dataclasses.replace(everything, labels=None), "positive", 0, [0])


def test_sequences_of_another_length_are_an_error(path):
    with pytest.raises(InputError, match=r"few\.h5: X_valid has sequences of 10 bases; the network takes 11"):
        from_examples(path, "valid", 11, ("CTCF",))


def test_fasta_records_keep_their_names(tmp_path):
    path = tmp_path / "few.fa"
    path.write_text(">one\nACGT\n>two words\nAAnn\n")
    found = from_fasta(path, 4)
    assert found.names == ("one", "two")
    np.testing.assert_array_equal(found.bases, [[0, 1, 2, 3], [0, 0, 4, 4]])
    np.testing.assert_array_equal(found.index, [0, 1])
    assert found.labels is None
