"""Files of `write_bgzip` are read by htslib and gzip, whatever pieces their text comes in."""

import gzip
import io

import numpy as np
import pysam
import pytest

from genomics.errors import InputError
from genomics.io import bgzip
from genomics.io.compressed import check_end
from genomics.io.vcf import write_indexed

_NOISE = np.random.default_rng(0).integers(0, 256, 300_000).astype(np.uint8).tobytes()


@pytest.mark.parametrize("pieces", [[], [b""], [b"line\n"] * 70_000, [_NOISE], [b"x", _NOISE[:0xFF00], b"y" * 0x1FE00]])
def test_htslib_and_gzip_read_what_was_written(tmp_path, monkeypatch, pieces):
    monkeypatch.setattr(bgzip, "_GATHERED", 1 << 17)
    path, text = tmp_path / "x.gz", b"".join(pieces)
    file = io.BytesIO()
    total = bgzip.write_bgzip(file, iter(pieces))
    path.write_bytes(file.getvalue())
    assert bgzip.summed(path) == total
    check_end(path)
    assert gzip.decompress(file.getvalue()) == text
    with pysam.BGZFile(str(path)) as opened:
        assert b"".join(iter(lambda: opened.read(1 << 16), b"")) == text


def test_what_the_disk_changed_is_not_renamed(tmp_path, monkeypatch):
    monkeypatch.setattr("genomics.io.vcf.summed", lambda path: (0, path.stat().st_size))
    lines = ["##fileformat=VCFv4.2", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO", "c\t1\t.\tA\tC\t.\t.\t."]
    with pytest.raises(InputError, match="does not hold the lines"):
        write_indexed(tmp_path / "x.vcf.gz", lines, longest=100)
    assert not list(tmp_path.iterdir())
