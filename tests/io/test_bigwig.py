import re

import numpy as np
import pytest

from genomics.io.bigwig import write_bigwig

pybigtools = pytest.importorskip("pybigtools")
pyBigWig = pytest.importorskip("pyBigWig")

CONTIGS = {"b:1-2": 40, "a": 100}


def test_values_read_back(tmp_path):
    rng = np.random.default_rng(0)
    values = {name: rng.normal(size=length).astype(np.float32) for name, length in CONTIGS.items()}
    values["a"][10:30] = np.nan
    values["a"][40:60] = 1.5
    values["b:1-2"][-1] = np.nan
    path = tmp_path / "x.bw"
    stretches = [("a", 0, values["a"][:50]), ("a", 50, values["a"][50:]), ("b:1-2", 5, values["b:1-2"][5:])]
    assert write_bigwig(path, CONTIGS, stretches)
    assert [each.name for each in tmp_path.iterdir()] == ["x.bw"]
    with pyBigWig.open(str(path)) as file:
        assert dict(file.chroms()) == CONTIGS
        np.testing.assert_array_equal(file.values("a", 0, 100, numpy=True), values["a"])
        expected = np.where(np.arange(40) < 5, np.nan, values["b:1-2"])
        np.testing.assert_array_equal(file.values("b:1-2", 0, 40, numpy=True), expected)


def test_no_value_at_all_is_no_file(tmp_path):
    assert not write_bigwig(tmp_path / "x.bw", CONTIGS, [("a", 0, np.full(9, np.nan, np.float32))])
    assert not write_bigwig(tmp_path / "x.bw", CONTIGS, [("a", 0, np.zeros(0, np.float32))])
    assert not list(tmp_path.iterdir())


def test_an_error_of_the_values_is_told_and_leaves_no_file(tmp_path):
    def stretches():
        yield "a", 0, np.ones(5, np.float32)
        raise KeyError("part-00001.h5")

    with pytest.raises(KeyError, match="part-00001"):
        write_bigwig(tmp_path / "x.bw", CONTIGS, stretches())
    assert not list(tmp_path.iterdir())


def test_means_of_intervals_are_exact_where_the_reader_is_told_so(tmp_path):
    """Readers answer from zoom levels otherwise, whose bins do not end where the interval does."""
    values = np.random.default_rng(0).normal(size=200_000).astype(np.float32)
    path = tmp_path / "x.bw"
    write_bigwig(path, {"c": len(values)}, [("c", 0, values)])
    start, end = 50_123, 150_321
    true = values[start:end].mean(dtype=float)
    with pyBigWig.open(str(path)) as file:
        np.testing.assert_allclose(file.stats("c", start, end, exact=True), true, rtol=1e-6)
        assert abs(file.stats("c", start, end)[0] - true) > 1e-6  # the surprise; if it goes, so may the advice
    file = pybigtools.open(str(path))
    np.testing.assert_allclose(file.values("c", start, end, bins=1, exact=True, fillna=None), true, rtol=1e-6)
    assert abs(file.values("c", start, end, bins=1, fillna=None)[0] - true) > 1e-6


def test_nothing_here_reads_means_from_zoom_levels(repository):
    """Whatever sums a track up takes the bases themselves, or says exact."""
    calls = re.compile(r"\.stats\(|\bbins=")
    for folder in ("genomics", "benchmarks", "findings"):
        for path in (repository / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            for line in text.splitlines() if re.search("pyBigWig|pybigtools", text) else ():
                if calls.search(line):
                    assert "exact=True" in line, f"{path}: {line.strip()}"
