import dataclasses

import h5py
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.parts import write_part
from genomics.io.scores import Answer, Questions, check_scores, read_attributes, read_questions, read_rows, write_scores


@pytest.fixture
def questions():
    return Questions(
        sequences=np.random.default_rng(0).integers(0, 5, (5, 7)).astype(np.uint8),
        names=tuple(f"séq {row}" for row in range(5)),
        index=np.array([0, 2, 3, 5, 8], np.int32),
        labels=np.array([[0, 1]] * 5, np.uint8),
        tasks=("CTCF", "MAFK"),
        logits=np.arange(10, dtype=np.float32).reshape(5, 2),
        logits_std=None,
        fingerprint="abc",
        model="runs/lab5",
        source="few.h5: test",
    )


def _answer(folder, name, value, **attributes):
    scores = np.full((5, 2, 7, 4), value, np.float32) + np.arange(5, dtype=np.float32)[:, None, None, None]
    cuts = [(0, 2), (2, 3), (3, 5)]
    parts = [write_part(folder / name, a, {"scores": scores[a:b], "residual": scores[a:b, :, 0, 0]}) for a, b in cuts]
    return Answer(name=name, parts=parts, attributes=attributes), scores


def test_what_is_written_is_read(tmp_path, questions):
    path = tmp_path / "scores.h5"
    answer, scores = _answer(tmp_path, "saliency", 1.0, definition="d", seed=3)
    write_scores(path, questions, [answer])
    found = read_questions(path)
    for field in dataclasses.fields(Questions):
        np.testing.assert_array_equal(getattr(found, field.name), getattr(questions, field.name), err_msg=field.name)
    np.testing.assert_array_equal(read_rows(path, "saliency", slice(None)), scores)
    np.testing.assert_array_equal(read_rows(path, "saliency", [1, 4]), scores[[1, 4]])
    np.testing.assert_array_equal(read_rows(path, "saliency", slice(2, 4), "residual"), scores[2:4, :, 0, 0])
    assert read_attributes(path) == {"saliency": {"definition": "d", "seed": 3}}
    with h5py.File(path) as file:
        types = {key: file[key].dtype for key in ("sequences", "index", "labels", "logits", "saliency/scores")}
    assert types == {
        "sequences": np.uint8,
        "index": np.int32,
        "labels": np.uint8,
        "logits": np.float32,
        "saliency/scores": np.float32,
    }


def test_methods_are_added_and_replaced(tmp_path, questions):
    path = tmp_path / "scores.h5"
    (one, _), (two, second) = _answer(tmp_path, "one", 1.0), _answer(tmp_path, "two", 2.0)
    write_scores(path, questions, [one])
    write_scores(path, questions, [two])
    np.testing.assert_array_equal(read_rows(path, "two", slice(None)), second)
    replacing, third = _answer(tmp_path / "again", "one", 3.0)
    write_scores(path, questions, [replacing])
    np.testing.assert_array_equal(read_rows(path, "one", slice(None)), third)
    assert list(read_attributes(path)) == ["one", "two"]


def test_what_is_unknown_is_absent(tmp_path, questions):
    path = tmp_path / "scores.h5"
    write_scores(path, dataclasses.replace(questions, labels=None), [])
    assert read_questions(path).labels is None
    spread = np.ones((5, 2), np.float32)
    write_scores(tmp_path / "several.h5", dataclasses.replace(questions, logits_std=spread), [])
    np.testing.assert_array_equal(read_questions(tmp_path / "several.h5").logits_std, spread)


def test_a_failure_leaves_the_old_file(tmp_path, questions):
    path = tmp_path / "scores.h5"
    write_scores(path, questions, [_answer(tmp_path, "one", 1.0)[0]])
    before = path.read_bytes()
    broken, _ = _answer(tmp_path, "two", 1.0)
    broken.parts[1].path.write_bytes(b"")
    with pytest.raises(InputError, match="cannot be read"):
        write_scores(path, questions, [broken])
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_other_files_are_one_clear_error(tmp_path, questions):
    path = tmp_path / "scores.h5"
    write_scores(path, questions, [_answer(tmp_path, "one", 1.0)[0]])
    with pytest.raises(InputError, match=r"scores\.h5: has no ism/scores; methods found: one"):
        read_rows(path, "ism", slice(None))
    with pytest.raises(InputError, match="has no one/hypothetical"):
        read_rows(path, "one", slice(None), "hypothetical")
    with h5py.File(path, "a") as file:
        del file["tasks"]
    with pytest.raises(InputError, match=r"scores\.h5: has no data set tasks"):
        read_questions(path)
    path.write_bytes(b"no")
    for read in (read_questions, read_attributes):
        with pytest.raises(InputError, match=r"scores\.h5: is not an HDF5 file"):
            read(path)


@pytest.mark.parametrize(
    ("key", "values", "message"),
    [
        (
            "logits",
            np.zeros((5, 3), np.float32),
            r"logits has shape \(5, 3\); must be \(N, T\) with N = 5, L = 7, T = 2",
        ),
        ("logits", np.zeros((5, 2)), "logits has type float64; must be float32"),
        ("index", np.zeros((4,), np.int32), r"index has shape \(4,\); must be \(N\) with N = 5"),
        ("names", np.zeros(5, np.int32), "names has type int32; must be str"),
        ("labels", np.zeros(5, np.uint8), r"labels has shape \(5,\); must be \(N, T\)"),
        ("sequences", np.full((5, 7), 9, np.uint8), r"sequences: row 0, position 0 \(from 0\) is 9; must be 0 to 4"),
        (
            "one/scores",
            np.zeros((4, 2, 7, 4), np.float32),
            r"one/scores \(4, 2, 7, 4\) .* must be numbers \(5, 2, ...\)",
        ),
        ("one/scores", np.zeros((5, 2, 7, 4), np.int32), r"one/scores .* has type int32; must be numbers"),
    ],
)
def test_other_types_and_shapes_are_named(tmp_path, questions, key, values, message):
    path = tmp_path / "scores.h5"
    write_scores(path, questions, [_answer(tmp_path, "one", 1.0)[0]])
    with h5py.File(path, "a") as file:
        del file[key]
        file[key] = values
    with pytest.raises(InputError, match=rf"scores\.h5: {message}"):
        read_rows(path, "one", slice(None)) if "/" in key else read_questions(path)


def test_a_flipped_bit_is_found(tmp_path, questions):
    path = tmp_path / "scores.h5"
    answer, scores = _answer(tmp_path, "one", 1.0)
    write_scores(path, questions, [answer])
    whole = path.read_bytes()
    for values, read in (
        (scores, lambda: read_rows(path, "one", slice(None))),
        (questions.logits, lambda: read_questions(path)),
    ):
        data = bytearray(whole)
        data[whole.index(values.tobytes()) + 5] ^= 1
        path.write_bytes(data)
        with pytest.raises(InputError, match="cannot be read, the file may be damaged or truncated"):
            read()


def test_what_was_lost_in_a_file_does_not_count_as_there(tmp_path, questions):
    path = tmp_path / "scores.h5"
    answer, _ = _answer(tmp_path, "saliency", 1.0)
    write_scores(path, questions, [answer])
    check_scores(path)
    with h5py.File(path, "r+") as file:
        file["saliency/scores"][2] = 0
    with pytest.raises(InputError, match=r"scores.h5: saliency/scores: is damaged: the crc32 of its values is"):
        check_scores(path)


@pytest.mark.parametrize(("cuts", "message"), [([(0, 2), (3, 5)], "rows 2 to 3 are in no part"), ([(0, 3)], "3 of 5")])
def test_parts_that_do_not_cover_all_rows_are_refused(tmp_path, questions, cuts, message):
    path = tmp_path / "scores.h5"
    scores = np.ones((5, 2, 7, 4), np.float32)
    parts = [write_part(tmp_path / "one", start, {"scores": scores[start:end]}) for start, end in cuts]
    with pytest.raises(InputError, match=message):
        write_scores(path, questions, [Answer(name="one", parts=parts, attributes={})])
    assert not path.exists()
