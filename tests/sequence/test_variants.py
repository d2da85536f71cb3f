import numpy as np
import pytest

from genomics.sequence.bases import decode, encode
from genomics.sequence.variants import (
    MISMATCH,
    STAR,
    SYMBOLIC,
    UNKNOWN,
    fetch_bounds,
    reason_against,
    reason_against_reference,
    windows_of,
)

GENOME = "AACCGGTTACGTACGTTGCA"
LENGTH = 6


@pytest.mark.parametrize(
    ("start", "ref", "alt", "reference", "alternative"),
    [
        (8, "A", "G", "GTTACG", "GTTGCG"),  # SNV at index 3
        (8, "ACG", "TTT", "GTTACG", "GTTTTT"),  # MNV
        (8, "A", "ATT", "GTTACG", "GTTATT"),  # insertion: bases leave at the right
        (8, "ACG", "A", "GTTACG", "GTTATA"),  # deletion: refilled at the right with T, A after ACG
        (8, "ACGTACGT", "A", "GTTACG", "GTTATG"),  # a deletion longer than what is left of the window
        (8, "A", "ACCCCCCCC", "GTTACG", "GTTACC"),  # an insertion longer than what is left
    ],
)
def test_both_windows_have_the_first_base_of_ref_in_their_centre(start, ref, alt, reference, alternative):
    first, end = fetch_bounds(start, ref, LENGTH)
    context = encode(GENOME[first:end])
    assert GENOME[start : start + len(ref)] == ref
    found = windows_of(context, ref, alt, LENGTH)
    assert [decode(each) for each in found] == [reference, alternative]


def test_a_random_change_agrees_with_editing_the_genome():
    rng = np.random.default_rng(0)
    genome = "".join(rng.choice(list("ACGT"), 200))
    for _ in range(50):
        length, start = int(rng.integers(1, 30)), int(rng.integers(40, 100))
        ref = genome[start : start + rng.integers(1, 12)]
        alt = "".join(rng.choice(list("ACGT"), rng.integers(1, 12)))
        first, end = fetch_bounds(start, ref, length)
        edited = genome[:start] + alt + genome[start + len(ref) :]
        _, found = windows_of(encode(genome[first:end]), ref, alt, length)
        assert decode(found) == edited[start - length // 2 :][:length]


def test_reasons():
    reasons = {alt: reason_against(alt) for alt in ("A", "acgt", "*", "<DEL>", "G]17:198]", ".TC", "ACN", "")}
    assert reasons == {
        "A": None,
        "acgt": None,
        "*": STAR,
        "<DEL>": SYMBOLIC,
        "G]17:198]": SYMBOLIC,
        ".TC": SYMBOLIC,
        "ACN": UNKNOWN,
        "": UNKNOWN,
    }
    assert reason_against_reference("ac", encode("AC")) is None
    assert reason_against_reference("AC", encode("AG")) == MISMATCH
    assert reason_against_reference("AN", encode("AN")) == UNKNOWN
