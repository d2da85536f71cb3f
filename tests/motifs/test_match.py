"""Tomtom: one call for all packaged motifs. The first call in an installation compiles for about a minute."""

import builtins

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genomics.data.motifs import motif_database, packaged_motifs
from genomics.errors import InputError
from genomics.motifs.match import benjamini_hochberg, correlation, match
from genomics.sequence.motif import Motif, reverse_complement


def part(motif, first, end, flip=False):
    inner = np.ascontiguousarray(motif.probabilities[first:end])
    cut = Motif(identifier=f"{motif.identifier}_{first}_{end}_{flip}", name="", probabilities=inner, nsites=20)
    return reverse_complement(cut) if flip else cut


@pytest.fixture(scope="module")
def found():
    pytest.importorskip("memelite")
    motifs = list(packaged_motifs().values())
    ctcf = motifs[0]
    queries = [*motifs, part(ctcf, 3, 19), part(ctcf, 0, 15), part(ctcf, 2, 19, flip=True)]
    return motifs, match(queries, motif_database())


def test_every_packaged_motif_matches_itself_first(found):
    motifs, matches = found
    for number, motif in enumerate(motifs):
        best = matches.best(number)
        assert best.target.identifier == motif.identifier
        assert (best.offset, best.strand, best.overlap) == (0, "+", motif.width)
        assert best.q < 1e-5
        assert best.correlation == pytest.approx(1.0, abs=1e-3)


def test_offset_and_strand_say_where_a_part_lies(found):
    motifs, matches = found
    places = [matches.best(len(motifs) + number) for number in range(3)]
    assert {best.target.identifier for best in places} == {"MA0139.1"}
    assert [(best.offset, best.strand, best.overlap) for best in places] == [(3, "+", 16), (0, "+", 15), (0, "-", 17)]
    assert all(best.correlation > 0.999 for best in places)


def test_q_values_are_over_all_pairs(found):
    _, matches = found
    assert matches.p.shape == matches.q.shape == (18, len(motif_database()))
    np.testing.assert_array_equal(matches.q, benjamini_hochberg(matches.p))
    assert (matches.q >= matches.p).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_benjamini_hochberg_is_its_definition(values):
    p = np.array(values)
    rank = np.sort(p)
    plain = [min(1.0, min(rank[j] * len(p) / (j + 1) for j in range(len(p)) if rank[j] >= value)) for value in p]
    np.testing.assert_allclose(benjamini_hochberg(p), plain)


def test_correlation_tells_true_partners_from_bland_ones():
    ctcf = packaged_motifs()["MA0139.1"]
    assert correlation(part(ctcf, 3, 12), ctcf, 3) == pytest.approx(1.0)
    assert correlation(part(ctcf, 3, 12), ctcf, 5) < 0.5
    flat = Motif(identifier="flat", name="", probabilities=np.full((4, 4), 0.25), nsites=1)
    assert correlation(flat, ctcf, 0) == 0.0
    assert correlation(ctcf, flat, 10) == 0.0


def test_the_database_holds_current_and_replaced_versions_once():
    identifiers = [motif.identifier for motif in motif_database()]
    assert len(identifiers) == len(set(identifiers)) > 1019
    assert {"MA0139.1", "MA0139.2", "MA0151.1", "MA0496.1"} <= set(identifiers)


def test_nothing_to_compare_and_no_memelite_are_told(monkeypatch):
    motif = packaged_motifs()["MA0151.1"]
    with pytest.raises(InputError, match="0 motifs and 1 targets"):
        match([], [motif])
    original = builtins.__import__

    def without(name, *rest):
        if name == "memelite":
            raise ImportError("no module memelite")
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"pip install 'genomics\[motifs\]'"):
        match([motif], [motif])
