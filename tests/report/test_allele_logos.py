"""Logos of both alleles, of a network whose answer is a sum over positions: what a base is worth is known on paper."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from genomics.models.predictor import Predictor
from genomics.report.allele_logos import with_logos

L = 40
WEIGHTS = np.random.default_rng(0).normal(size=(L, 4, 2)).astype(np.float32)
CONTIG = "".join("ACGT"[base] for base in np.random.default_rng(1).integers(0, 4, 90))
CONTIG = CONTIG[:50] + "N" + CONTIG[51:]


@pytest.fixture
def predictor():
    return Predictor(
        apply=lambda parameters, x: jnp.einsum("lb,lbt->t", x, parameters),
        parameters=jnp.asarray(WEIGHTS),
        replicates=None,
        length=L,
        tasks=("b", "a"),
        fingerprint="f",
        source="sum",
    )


@pytest.fixture
def plan(tmp_path):
    pytest.importorskip("pysam")
    (tmp_path / "g.fa").write_text(f">c\n{CONTIG}\n")
    contigs = {"c": len(CONTIG)}
    return {"fasta": str(tmp_path / "g.fa"), "contigs": contigs, "provenance": {"fingerprint": "f"}}


def scan(*alleles):
    """An entry of task a for each (position from 1, ALT, bases of REF)."""
    return {
        "top": [
            {"task": "a", "chrom": "c", "position": place, "ref": CONTIG[place - 1 :][:size], "alt": alt}
            for place, alt, size in alleles
        ]
    }


def worth(sequence, first):
    """By hand; `sequence` are the L bases of the window, from `first` of them on."""
    found = []
    for place, base in enumerate(sequence):
        own = WEIGHTS[place, :, 1].astype(np.float64)
        found.append(None if base == "N" else own["ACGT".index(base)] - np.delete(own, "ACGT".index(base)).mean())
    return found[first:]


def of(entry, side):
    logos = entry["logos"][side]
    assert len(logos["values"]) == len(logos["bases"])
    return logos["bases"], logos["allele"], logos["values"]


def check(values, expected):
    assert [value is None for value in values] == [value is None for value in expected]
    pairs = [(own, other) for own, other in zip(values, expected, strict=True) if other is not None]
    np.testing.assert_allclose(*zip(*pairs, strict=True), rtol=1e-3, atol=1e-4)


def test_substitution_deletion_and_insertion(plan, predictor, tmp_path):
    cases = (45, "T", 1), (40, "A", 3), (46, CONTIG[45] + "GG", 1)
    found = with_logos(scan(*cases), plan, predictor, 5, tmp_path)["top"]
    for entry, (place, alt, size) in zip(found, cases, strict=True):
        start = place - 1
        before, after = CONTIG[start - 20 : start], CONTIG[start + size :] + "N" * L
        for side, allele in (("ref", CONTIG[start : start + size]), ("alt", alt)):
            window = (before + allele + after)[:L]
            bases, drawn, values = of(entry, side)
            end = 20 + len(allele) + 15
            assert (bases, drawn) == (window[5:end], len(allele))
            check(values, worth(window, 5)[: end - 5])
        assert (entry["logos"]["from"], entry["logos"]["room"]) == (-15, max(size, len(alt)))


def test_at_a_contigs_end_and_of_a_long_allele(plan, predictor, tmp_path):
    (edge, long) = with_logos(scan((3, "A", 1), (30, "ACGT" * 20, 1)), plan, predictor, 5, tmp_path)["top"]
    bases, _, values = of(edge, "ref")
    assert bases.startswith("N" * 13 + CONTIG[:3])
    check(values, worth(("N" * 18 + CONTIG)[:L], 5)[:31])
    bases, drawn, _ = of(long, "alt")
    assert (bases, drawn) == (CONTIG[14:29] + ("ACGT" * 5), 30)  # as far as the window goes


def test_the_largest_of_each_task_that_the_page_has(plan, predictor, tmp_path):
    asked = scan((45, "T", 1), (44, "C", 1))
    asked["top"].append({**asked["top"][0], "task": "not here"})
    found = with_logos(asked, plan, predictor, 1, tmp_path)["top"]
    assert ["logos" in entry for entry in found] == [True, False, False]


def test_another_network_or_no_genome(plan, predictor, tmp_path):
    other = dataclasses.replace(predictor, fingerprint="g")
    assert "another network" in with_logos(scan((45, "T", 1)), plan, other, 5, tmp_path)["no_logos"]
    gone = {**plan, "fasta": "no/such.fa"}
    assert "no/such.fa" in with_logos(scan((45, "T", 1)), gone, predictor, 5, tmp_path)["no_logos"]


def test_networks_side_by_side_are_told_by_their_mean(plan, predictor, tmp_path):
    several = dataclasses.replace(predictor, replicates=2, parameters=jnp.stack([WEIGHTS, 3 * WEIGHTS]))
    (one,) = with_logos(scan((45, "T", 1)), plan, predictor, 5, tmp_path)["top"]
    (two,) = with_logos(scan((45, "T", 1)), plan, several, 5, tmp_path)["top"]
    check(of(two, "alt")[2], [None if value is None else 2 * value for value in of(one, "alt")[2]])


@pytest.mark.parametrize("other", [CONTIG[:40], CONTIG[:44] + "ACGT"[("ACGT".index(CONTIG[44]) + 1) % 4] + CONTIG[45:]])
def test_a_genome_that_is_not_that_of_the_scan_is_not_drawn(plan, predictor, tmp_path, other):
    (tmp_path / "g.fa").write_text(f">c\n{other}\n")
    found = with_logos(scan((45, "T", 1)), plan, predictor, 5, tmp_path)
    assert found["no_logos"] == f"the genome is not that of the scan any more: {tmp_path / 'g.fa'}"
    assert "logos" not in found["top"][0]
