import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io import modisco
from genomics.io.modisco import export
from genomics.io.parts import write_part
from genomics.io.scores import Answer, Questions, write_scores
from genomics.sequence.bases import one_hot


@pytest.fixture
def written(tmp_path):
    """Scores m (x - r) and hypothetical scores of a linear network, with a reference whose rows sum to 1."""
    rng = np.random.default_rng(0)
    sequences = rng.integers(0, 5, (9, 7)).astype(np.uint8)
    m, r = rng.normal(size=(9, 2, 7, 4)), rng.dirichlet(np.ones(4), (7,))
    x = one_hot(sequences)[:, None]
    scores = (m * (x - r)).astype(np.float32)
    hypothetical = (m - (m * r).sum(-1, keepdims=True)).astype(np.float32)
    questions = Questions(
        sequences=sequences,
        names=tuple("abcdefghi"),
        index=np.arange(9, dtype=np.int32),
        labels=None,
        tasks=("A", "B/C"),
        logits=np.zeros((9, 2), np.float32),
        logits_std=None,
        fingerprint="",
        model="",
        source="",
    )

    def write(hypothetical=hypothetical):
        part = write_part(tmp_path / "parts", 0, {"scores": scores, "hypothetical": hypothetical})
        write_scores(tmp_path / "scores.h5", questions, [Answer(name="deeplift", parts=[part], attributes={})])
        return tmp_path / "scores.h5", sequences, hypothetical

    return write


@pytest.mark.parametrize("rows", [4, 1024])
def test_both_files_are_channels_first_and_in_step(written, tmp_path, monkeypatch, rows):
    monkeypatch.setattr(modisco, "_ROWS", rows)
    path, sequences, hypothetical = written()
    ohe, by_task = export(path, "deeplift", tmp_path / "modisco")
    assert ohe == tmp_path / "modisco" / "sequences.npz"
    assert by_task == {task: tmp_path / "modisco" / f"deeplift_{task.replace('/', '_')}.npz" for task in ("A", "B/C")}
    with np.load(ohe) as archive:
        assert archive.files == ["arr_0"]
        np.testing.assert_array_equal(archive["arr_0"], one_hot(sequences).swapaxes(1, 2))
        assert archive["arr_0"].dtype == np.float32
    for task, name in enumerate(by_task):
        with np.load(by_task[name]) as archive:
            np.testing.assert_array_equal(archive["arr_0"], hypothetical[:, task].swapaxes(1, 2))


def test_hypothetical_scores_that_contradict_the_scores_are_refused(written, tmp_path):
    _, _, hypothetical = written()
    path, *_ = written(hypothetical * 1.1)
    with pytest.raises(InputError, match=r"scores\.h5: deeplift: hypothetical scores at the observed bases"):
        export(path, "deeplift", tmp_path)
    assert not (tmp_path / "deeplift_A.npz").exists()


def test_a_method_without_hypothetical_scores_is_an_error(written, tmp_path):
    path, *_ = written()
    with pytest.raises(InputError, match="has no saliency/hypothetical; methods found: deeplift"):
        export(path, "saliency", tmp_path)


def test_equal_scores_give_equal_bytes(written, tmp_path):
    path, *_ = written()
    one, two = (export(path, "deeplift", tmp_path / name)[1]["A"].read_bytes() for name in ("one", "two"))
    assert one == two
