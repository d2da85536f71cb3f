import h5py
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.shard import Shard, part_path, read_attributes, read_shard, write_shard


@pytest.mark.parametrize("compression", [None, "gzip"])
def test_what_is_written_is_read(tmp_path, compression):
    arrays = {
        "chrom": np.array(["a:1", "é"], object),
        "start": np.array([0, 7], np.int64),
        "effects": np.random.default_rng(0).normal(size=(50, 4, 3)).astype(np.float16),
        "max": np.zeros((0, 3), np.float16),
    }
    path = part_path(tmp_path, 12)
    assert path.name == "part-00012.h5"
    write_shard(
        path, Shard(arrays=arrays, attributes={"part": 12, "x": 0.5, "of": {"b": [1]}}), compression=compression
    )
    found = read_shard(path)
    assert found.attributes == {"part": 12, "x": 0.5, "of": {"b": [1]}}
    assert found.arrays.keys() == arrays.keys()
    for name in arrays:
        np.testing.assert_array_equal(found.arrays[name], arrays[name])
        assert found.arrays[name].dtype == arrays[name].dtype
    with h5py.File(path) as file:
        assert file["effects"].compression == compression
    assert read_attributes(path)["shapes"]["effects"] == (50, 4, 3)


def test_a_truncated_part_is_an_error(tmp_path):
    path = tmp_path / "part-00000.h5"
    write_shard(path, Shard(arrays={"effects": np.ones((1000, 4))}, attributes={}))
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(InputError, match="truncated"):
        read_attributes(path)
