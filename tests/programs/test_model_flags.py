"""Which reader `--model` asks, and what it says of a value that no reader takes."""

import shutil

import pytest
from absl import flags
from absl.testing import flagsaver

from genomics.errors import InputError
from genomics.programs import model_flags, readers


@pytest.fixture(autouse=True)
def _parsed():
    with flagsaver.flagsaver():
        flags.FLAGS(["interpret.py"])
        yield


@pytest.mark.parametrize("name", ["SEQ.H5", "seq.Hdf5", "seq.h5"])
def test_the_ending_tells_the_reader_in_any_case(tmp_path, repository, name):
    shutil.copy(repository / "tests/fixtures/keras/lab_keras3.h5", tmp_path / name)
    assert model_flags.load_model(str(tmp_path / name)).length == 200


@pytest.mark.parametrize("name", ["seq.KERAS", "seq.h5"])
def test_an_archive_is_read_under_either_ending(tmp_path, repository, name):
    shutil.copy(repository / "tests/fixtures/keras/lab_keras3.keras", tmp_path / name)
    assert model_flags.load_model(str(tmp_path / name)).tasks == ("task_0", "task_1", "task_2")


@pytest.mark.parametrize("ending", sorted(readers.UNREAD))
@pytest.mark.parametrize("there", [False, True])
def test_a_file_of_another_kind_is_named_as_such(tmp_path, ending, there):
    path = tmp_path / f"m{ending.upper()}"
    if there:
        path.touch()
    with pytest.raises(InputError) as caught:
        model_flags.load_model(str(path))
    assert str(caught.value).startswith(f"--model={path}: {readers.UNREAD[ending]}; must be FILE.h5, ")


def test_folders_and_unknown_files_are_named_as_such(tmp_path):
    def message(path):
        with pytest.raises(InputError) as caught:
            model_flags.load_model(str(path))
        return str(caught.value)

    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "saved_model.pb").touch()
    assert "saved: is a folder with a SavedModel of TensorFlow; " in message(tmp_path / "saved")
    assert ": is a folder; a folder of train.py is given by --workdir" in message(tmp_path)
    (tmp_path / "model.xyz").touch()
    assert ": the ending '.xyz' is not known; must be FILE.h5, " in message(tmp_path / "model.xyz")
    assert ": must be FILE.h5, " in message(tmp_path / "absent")


def test_the_function_is_looked_up_before_a_flag_is_asked_for(monkeypatch, repository):
    monkeypatch.syspath_prepend(str(repository / "tests" / "programs"))
    with pytest.raises(InputError, match="cannot import nowhere: ModuleNotFoundError"):
        model_flags.load_model("nowhere:build")
    with pytest.raises(InputError, match="absent does not exist in"):
        model_flags.load_model("tiny_network:absent")
    with pytest.raises(InputError, match="--model=tiny_network:build: a function needs --length"):
        model_flags.load_model("tiny_network:build")
