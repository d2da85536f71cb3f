import h5py
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.examples import Dataset, Split, read_examples, write_examples
from genomics.io.places import Places


@pytest.fixture
def path(tmp_path):
    places = Places(
        chrom=np.array(["chr1", "b:1-2", "chr10"], "S"),
        start=np.array([3, 0, 2**40]),
        kind=np.array([0, 1, 2], np.uint8),
    )
    split = Split(bases=np.zeros((3, 5), np.uint8), labels=np.ones((3, 1), np.uint8), places=places)
    dataset = Dataset(tasks=("A",), splits=dict.fromkeys(("train", "valid", "test"), split))
    write_examples(tmp_path / "a.h5", dataset)
    return tmp_path / "a.h5"


def test_places_come_back(path):
    for split in read_examples(path).splits.values():
        assert split.places is not None
        assert split.places.chrom.tolist() == [b"chr1", b"b:1-2", b"chr10"]
        assert split.places.start.tolist() == [3, 0, 2**40]
        assert split.places.kind.tolist() == [0, 1, 2]
    with h5py.File(path) as file:
        assert file.attrs["kinds"].tolist() == [b"peak", b"genome", b"shuffle"]


def test_places_as_loci_of_which_a_shuffle_has_none(path):
    places = read_examples(path).splits["test"].places
    found = places.loci(5)
    assert found.chrom.tolist() == ["chr1", "b:1-2", ""]
    assert found.start.tolist() == [3, 0, -1]
    assert found.end.tolist() == [8, 5, -1]
    assert found.strand.tolist() == ["+", "+", ""]
    assert places.names(5) == ("chr1:4-8", "b:1-2:1-5", f"shuffle_of_chr10:{2**40 + 1}-{2**40 + 5}")


@pytest.mark.parametrize(
    ("key", "values", "message"),
    [
        ("start_valid", np.array([0, -1, 2]), r"start_valid: row 1 \(from 0\) is -1; must be 0 to"),
        ("start_valid", np.zeros(2, int), r"start_valid \(2,\) int64 must be integers \(3,\)"),
        ("start_valid", np.zeros(3), "must be integers"),
        ("kind_valid", np.array([0, 3, 0]), r"kind_valid: row 1 \(from 0\) is 3; must be 0 to 2"),
        ("kind_valid", None, "has no data set kind_valid"),
        ("chrom_valid", np.zeros(3), r"chrom_valid must be a data set of texts \(3,\)"),
        ("chrom_valid", np.array([b"x"]), r"chrom_valid must be a data set of texts \(3,\)"),
        ("chrom_valid", None, "chrom_valid: cannot be read"),
    ],
)
def test_faults_name_the_key(path, key, values, message):
    with h5py.File(path, "r+") as file:
        del file[key]
        if values is not None:
            file[key] = values
    with pytest.raises(InputError, match=message):
        read_examples(path)
