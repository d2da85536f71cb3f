import gzip

import pytest

from genomics.errors import InputError
from genomics.io.compressed import check_end, read_whole

pysam = pytest.importorskip("pysam")


@pytest.fixture
def bgzip(tmp_path):
    """A file of three blocks and the empty one."""
    (tmp_path / "text").write_bytes(b"ACGT" * 40_000)
    pysam.tabix_compress(str(tmp_path / "text"), str(tmp_path / "text.gz"))
    return tmp_path / "text.gz"


def test_plain_gzip_and_bgzip(bgzip):
    text = bgzip.with_name("text").read_bytes()
    bgzip.with_name("plain.gz").write_bytes(gzip.compress(text))
    for name in ("text", "text.gz", "plain.gz"):
        assert read_whole(bgzip.with_name(name)) == text


def test_a_file_cut_between_blocks_is_no_shorter_file(bgzip):
    data = bgzip.read_bytes()
    block = int.from_bytes(data[16:18], "little") + 1
    for length in (block, len(data) - 28):
        bgzip.write_bytes(data[:length])
        assert len(gzip.decompress(data[:length])) > 0
        with pytest.raises(InputError, match=r"text\.gz: is truncated: it must end with the empty block"):
            read_whole(bgzip)
        with pytest.raises(InputError, match="is truncated"):
            check_end(bgzip)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_whole(tmp_path / "absent")
    with pytest.raises(InputError, match="Is a directory"):
        read_whole(tmp_path)
    (tmp_path / "empty").write_bytes(b"")
    assert read_whole(tmp_path / "empty") == b""
