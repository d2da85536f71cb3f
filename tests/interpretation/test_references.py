import numpy as np
import pytest

from genomics.errors import InputError
from genomics.interpretation.references import parse_reference, shuffled


def _no_background():
    raise AssertionError("the background was asked for")


@pytest.mark.parametrize(
    ("text", "row", "shown"),
    [
        ("zeros", [0, 0, 0, 0], "zeros"),
        ("uniform", [0.25] * 4, "uniform"),
        ("0.3,0.2,0.2,0.3", [0.3, 0.2, 0.2, 0.3], "0.3,0.2,0.2,0.3"),
        (".3, .2, .2, .3", [0.3, 0.2, 0.2, 0.3], "0.3,0.2,0.2,0.3"),
    ],
)
def test_constant_references(text, row, shown):
    found = parse_reference(text, 6, _no_background)
    np.testing.assert_array_equal(found.fixed, np.tile(np.float32(row), (1, 6, 1)))
    assert (found.text, found.shuffles) == (shown, 0)


def test_the_background_is_asked_for_and_stated():
    found = parse_reference("background", 3, lambda: np.array([0.4, 0.1, 0.1, 0.4]))
    np.testing.assert_array_equal(found.fixed, np.tile(np.float32([0.4, 0.1, 0.1, 0.4]), (1, 3, 1)))
    assert found.text == "0.4,0.1,0.1,0.4"


def test_shuffles_are_counted_and_depend_on_seed_and_row_alone():
    found = parse_reference("dinucleotide:7", 30, _no_background)
    assert (found.text, found.shuffles, found.fixed) == ("dinucleotide:7", 7, None)
    bases = np.random.default_rng(0).integers(0, 4, 30).astype(np.uint8)
    first = shuffled(bases, 7, seed=1, row=5)
    assert first.shape == (7, 30)
    np.testing.assert_array_equal(first, shuffled(bases, 7, seed=1, row=5))
    assert not np.array_equal(first, shuffled(bases, 7, seed=1, row=6))
    assert not np.array_equal(first, shuffled(bases, 7, seed=2, row=5))


@pytest.mark.parametrize("shape", [(5, 4), (3, 5, 4)])
def test_references_from_a_file_are_known_by_their_bytes(tmp_path, shape):
    path = tmp_path / "reference.npy"
    array = np.random.default_rng(0).random(shape)
    np.save(path, array)
    found = parse_reference(str(path), 5, _no_background)
    np.testing.assert_array_equal(found.fixed, array.astype(np.float32).reshape(-1, 5, 4))
    assert found.text.startswith("reference.npy sha256 ")
    np.save(path, array + 1)
    assert parse_reference(str(path), 5, _no_background).text != found.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ones", "must be zeros, uniform, background, four frequencies"),
        ("", "must be zeros"),
        ("0.5,0.5", "must be four frequencies"),
        ("0.5,0.5,0.5,0.5", "that sum to 1"),
        ("0.5,-0.5,0.5,0.5", "must be four frequencies >= 0"),
        ("nan,0.5,0.25,0.25", "must be four frequencies"),
        ("dinucleotide:0", "K must be at least 1"),
        ("dinucleotide:-1", "must be zeros"),
        ("absent.npy", "cannot be read as an array"),
    ],
)
def test_other_texts_are_one_clear_error(text, message):
    with pytest.raises(InputError) as caught:
        parse_reference(text, 5, _no_background)
    assert str(caught.value).startswith(f"--reference={text}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((4, 5)), r"has shape (4, 5); must be (5, 4) or (K, 5, 4)"),
        (np.zeros((0, 5, 4)), "has shape (0, 5, 4)"),
        (np.zeros((5, 4), "U1"), "real numbers"),
        (np.full((5, 4), np.nan), "finite"),
        (None, "cannot be read as an array"),
    ],
)
def test_other_files_are_one_clear_error(tmp_path, array, message):
    path = tmp_path / "reference.npy"
    if array is None:
        path.write_bytes(b"\x93NUMPY")
    else:
        np.save(path, array)
    with pytest.raises(InputError) as caught:
        parse_reference(str(path), 5, _no_background)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
