import numpy as np
import pytest

from genomics.attribution.references import (
    base_frequencies,
    parse_reference,
    sequence_seed,
    shared_rows,
    shuffled_rows,
)
from genomics.errors import InputError
from genomics.sequence.bases import encode


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("zeros", [0, 0, 0, 0]),
        ("uniform", [0.25] * 4),
        ("background", [0.4, 0.1, 0.1, 0.4]),
        ("0.3,0.2,0.2,0.3", [0.3, 0.2, 0.2, 0.3]),
        ("1,0,0,0", [1, 0, 0, 0]),
    ],
)
def test_constant_references_fit_any_length(text, row):
    reference = parse_reference(text, background=[0.4, 0.1, 0.1, 0.4])
    for length in (1, 7):
        np.testing.assert_array_equal(shared_rows(reference, length), np.tile(np.float32(row), (1, length, 1)))


def test_files_hold_one_or_several_references(tmp_path):
    array = np.random.default_rng(0).normal(size=(2, 5, 4))
    for name, saved, expected in [("one", array[0], array[:1]), ("two", array, array)]:
        path = tmp_path / f"{name}.npy"
        np.save(path, saved)
        found = shared_rows(parse_reference(str(path)), 5)
        np.testing.assert_array_equal(found, expected.astype(np.float32))
        with pytest.raises(InputError, match="sequences of length 5, the network reads 6"):
            shared_rows(parse_reference(str(path)), 6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("zero", "'zero': must be zeros, uniform"),
        ("0.3,0.2,0.2", "frequencies are four"),
        ("0.3,0.2,0.2,0.4", "sum to 1"),
        ("1.5,-0.5,0,0", "not negative"),
        ("nan,0,0,1", "sum to 1"),
        ("dinucleotide:0", "positive whole number"),
        ("dinucleotide:", "positive whole number"),
        ("dinucleotide:ten", "positive whole number"),
        ("background", "not known here"),
        ("missing.npy", r"missing\.npy: cannot be read"),
    ],
)
def test_what_is_no_reference_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse_reference(text)


def test_files_of_another_kind_are_refused(tmp_path):
    for name, content, message in [
        ("shape", np.zeros((5, 3)), r"shape \(5, 3\)"),
        ("words", np.array([["a"] * 4]), "must hold real numbers"),
        ("nan", np.full((2, 4), np.nan), "not finite"),
    ]:
        np.save(tmp_path / f"{name}.npy", content)
        with pytest.raises(InputError, match=message):
            parse_reference(str(tmp_path / f"{name}.npy"))
    np.save(tmp_path / "object.npy", np.array([{}]), allow_pickle=True)
    (tmp_path / "text.npy").write_text("no array")
    for name in ("object", "text"):
        with pytest.raises(InputError, match="cannot be read"):
            parse_reference(str(tmp_path / f"{name}.npy"))


def dinucleotides(codes):
    return np.bincount(codes[:-1].astype(int) * 5 + codes[1:], minlength=25)


def test_shuffles_belong_to_the_sequence_and_the_seed_alone():
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, (3, 60)).astype(np.uint8)
    reference = parse_reference("dinucleotide:4", seed=5)
    assert shared_rows(reference, 60) is None
    shuffles, seeds = shuffled_rows(reference, codes)
    assert shuffles.shape == (3, 4, 60)
    for row, group in zip(codes, shuffles, strict=True):
        for shuffle in group:
            np.testing.assert_array_equal(dinucleotides(shuffle), dinucleotides(row))
    reversed_order, reversed_seeds = shuffled_rows(reference, codes[::-1])
    np.testing.assert_array_equal(reversed_order[::-1], shuffles)
    np.testing.assert_array_equal(reversed_seeds[::-1], seeds)
    again, other_seeds = shuffled_rows(parse_reference("dinucleotide:4", seed=6), codes)
    assert (again != shuffles).any()
    assert not np.intersect1d(seeds, other_seeds).size
    assert sequence_seed(codes[0], 5) == seeds[0]


def test_no_sequences_have_no_shuffles():
    shuffles, seeds = shuffled_rows(parse_reference("dinucleotide:2"), np.zeros((0, 9), np.uint8))
    assert shuffles.shape == (0, 2, 9)
    assert seeds.shape == (0,)


def test_base_frequencies_leave_unknown_bases_out():
    codes = np.stack([encode("AACGTNNN"), encode("AAAAANNN")])
    np.testing.assert_allclose(base_frequencies(codes), [0.7, 0.1, 0.1, 0.1])
    np.testing.assert_allclose(base_frequencies(np.full((1, 3), 4, np.uint8)), [0.25] * 4)
