"""What other libraries find in our bigWig files: values, bins of every zoom level, totals, on many contigs."""

import itertools
import json
import os
import shutil
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genomics.errors import InputError
from genomics.io.bigwig import form, piece, values, write_bigwig

pybigtools = pytest.importorskip("pybigtools")
pyBigWig = pytest.importorskip("pyBigWig")

SIZES = {"b": 700, "a:1-2": 5000, "c": 40, "aa": 1, "empty": 0}
NODE = Path(__file__).with_name("bigwig_reader.mjs")


def _track(seed, gaps):
    rng = np.random.default_rng(seed)
    found = {}
    for name, size in SIZES.items():
        found[name] = rng.normal(size=size).astype(np.float32)
        for _ in range(gaps):
            start, length = rng.integers(0, size + 1), rng.integers(0, 200)
            found[name][start : start + length] = rng.choice([np.nan, np.inf, -np.inf])
    return found


def _stretches(track, step):
    """Contigs in the order of a genome, in blocks."""
    for name, own in track.items():
        for start in range(0, len(own), step):
            yield name, start, own[start : start + step]


def _bins(own, width):
    """Plainly: (start, end, bases covered, least, largest, sum, sum of squares)."""
    found = []
    for start in range(0, len(own), width):
        inside = own[start : start + width]
        known = inside[np.isfinite(inside)].astype(float)
        if len(known):
            end = min(start + width, len(own))
            found.append((start, end, len(known), known.min(), known.max(), known.sum(), np.square(known).sum()))
    return np.array(found, float).reshape(-1, 7)


def _check(path, track):
    known = {name: np.where(np.isfinite(own), own, np.nan) for name, own in track.items()}
    every = np.concatenate([own[np.isfinite(own)] for own in track.values()]).astype(float)
    with pyBigWig.open(str(path)) as file:
        assert dict(file.chroms()) == SIZES
        assert file.header()["nBasesCovered"] == len(every)
        for name, own in known.items():
            if len(own):
                np.testing.assert_array_equal(file.values(name, 0, len(own), numpy=True), own)
    file = pybigtools.open(str(path))
    summary = file.info()["summary"]
    assert (summary["basesCovered"], summary["min"], summary["max"]) == (len(every), every.min(), every.max())
    np.testing.assert_allclose(summary["sum"], every.sum(), atol=1e-6 * np.abs(every).sum())
    widths = file.zooms()
    assert widths[:3] == [32, 128, 512]
    assert all(after == 4 * before for before, after in itertools.pairwise(widths))
    for name, own in known.items():
        if len(own):
            np.testing.assert_array_equal(file.values(name, 0, len(own), fillna=None), own)
            for width in widths:
                fields = "bases_covered", "min_val", "max_val", "sum", "sum_squares"
                records = [
                    (start, end, *map(each.get, fields))
                    for start, end, each in file.zoom_records(width, name, 0, len(own))
                ]
                expected = _bins(own, width)
                np.testing.assert_allclose(np.array(records, float).reshape(-1, 7), expected, rtol=1e-5, atol=1e-4)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 999), st.integers(0, 8), st.integers(60, 2000), st.integers(60, 2000))
def test_every_reader_finds_values_and_bins(tmp_path_factory, seed, gaps, step, piece_size):
    """Whatever the blocks in which values come, and the pieces in which they are finished."""
    track = _track(seed, gaps)
    path = tmp_path_factory.mktemp("bw") / "x.bw"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(values, "_PIECE", piece_size)
        patch.setattr(piece, "SECTION_VALUES", 64)
        patch.setattr(form, "_NODE_ITEMS", 3)  # deep trees
        write_bigwig(path, SIZES, _stretches(track, step))
    _check(path, track)


def test_pieces_leave_no_trace_in_bins(tmp_path):
    """The bins are the same numbers however a track is cut into pieces."""
    track, found = _track(3, 2), []
    for size in (10**6, 77):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(values, "_PIECE", size)
            write_bigwig(tmp_path / f"{size}.bw", SIZES, _stretches(track, 50))
        file = pybigtools.open(str(tmp_path / f"{size}.bw"))
        found.append([list(file.zoom_records(width, "a:1-2", 0, 5000)) for width in file.zooms()])
    assert [[row[:2] for row in level] for level in found[0]] == [[row[:2] for row in level] for level in found[1]]
    sums = [[row[2]["sum"] for row in level] for level in found[0]]
    for own, other in zip(sums, found[1], strict=True):
        np.testing.assert_allclose(own, [row[2]["sum"] for row in other], rtol=1e-6, atol=1e-5)


def test_sums_beyond_float32_stay_numbers(tmp_path):
    path = tmp_path / "x.bw"
    write_bigwig(path, {"c": 100}, [("c", 0, np.full(100, 3e38, np.float32))])
    ((_, _, first), *_) = pybigtools.open(str(path)).zoom_records(32, "c", 0, 100)
    assert np.isfinite([first["sum"], first["sum_squares"], first["max_val"]]).all()


def test_the_standard_library_writes_the_same_values(tmp_path, monkeypatch):
    monkeypatch.setattr(piece, "compress", lambda data: zlib.compress(data, 1))
    track = _track(1, 3)
    write_bigwig(tmp_path / "x.bw", SIZES, _stretches(track, 1000))
    _check(tmp_path / "x.bw", track)


def test_many_contigs(tmp_path):
    sizes = {f"scaffold_{number}": 50 + number % 7 for number in range(700)}
    rng = np.random.default_rng(0)
    track = {name: rng.normal(size=size).astype(np.float32) for name, size in sizes.items()}
    write_bigwig(tmp_path / "x.bw", sizes, ((name, 0, own) for name, own in track.items()))
    with pyBigWig.open(str(tmp_path / "x.bw")) as file:
        assert dict(file.chroms()) == sizes
        for name in ("scaffold_0", "scaffold_99", "scaffold_512", "scaffold_699"):
            np.testing.assert_array_equal(file.values(name, 0, sizes[name], numpy=True), track[name])
            np.testing.assert_allclose(file.stats(name, exact=True), track[name].mean(), rtol=1e-4)
    file = pybigtools.open(str(tmp_path / "x.bw"))
    for name in ("scaffold_1", "scaffold_10", "scaffold_698"):
        records = [each["sum"] for *_, each in file.zoom_records(32, name, 0, sizes[name])]
        np.testing.assert_allclose(records, _bins(track[name], 32)[:, 5], rtol=1e-5)


def test_a_contig_beyond_the_format(tmp_path):
    with pytest.raises(InputError, match=r"contig long has 4294967296 bases; must be fewer"):
        write_bigwig(tmp_path / "x.bw", {"long": 2**32}, [("long", 0, np.ones(4, np.float32))])


@pytest.mark.parametrize("place", [10, 400, -10])
def test_a_byte_that_changed_is_found_before_the_rename(tmp_path, monkeypatch, place):
    """On its way to the disk, in the head, the data or the last index."""
    from genomics.io.bigwig.writer import Writer

    finish = Writer.finish

    def damaged(self, coarse):
        finish(self, coarse)
        data = bytearray(self._path.read_bytes())
        data[place] ^= 1
        self._path.write_bytes(data)

    monkeypatch.setattr(Writer, "finish", damaged)
    with pytest.raises(InputError, match=r"x.bw: was not written whole"):
        write_bigwig(tmp_path / "x.bw", SIZES, _stretches(_track(0, 1), 5000))
    assert not list(tmp_path.iterdir())


def test_the_reader_of_genome_browsers(tmp_path):
    """npm's @gmod/bbi: values near by, bins of a zoom level from afar."""
    node = shutil.which("node")
    environment = {**os.environ}
    if node and "NODE_PATH" not in environment and (npm := shutil.which("npm")):
        root = subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=False).stdout.strip()
        environment["NODE_PATH"] = root
    if not node or subprocess.run([node, NODE], env=environment, capture_output=True, check=False).returncode:
        pytest.skip("node, or npm's @gmod/bbi where NODE_PATH says, is not there")
    track = _track(5, 4)
    write_bigwig(tmp_path / "x.bw", SIZES, _stretches(track, 100))

    def read(name, start, end, span):
        command = [node, NODE, tmp_path / "x.bw", name, str(start), str(end), str(span)]
        return json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)

    own = track["a:1-2"]
    near = read("a:1-2", 50, 950, 1)
    places = np.flatnonzero(np.isfinite(own[50:950])) + 50
    inside = {
        each["start"]: each["score"] for each in near["features"] if 50 <= each["start"] < 950
    }  # and what touches
    assert list(inside) == places.tolist()
    np.testing.assert_array_equal(list(inside.values()), own[places].astype(float))
    far = read("a:1-2", 0, 5000, 300)["features"]
    bins = _bins(own, 512)
    assert [each["start"] for each in far] == bins[:, 0].tolist()
    np.testing.assert_allclose([each["maxScore"] for each in far], bins[:, 4])
    np.testing.assert_allclose([each["score"] for each in far], bins[:, 5] / bins[:, 2], rtol=1e-4, atol=1e-5)
