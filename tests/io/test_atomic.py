import pytest

from genomics.errors import InputError
from genomics.io.atomic import replacing


def test_a_file_appears_whole(tmp_path):
    target = tmp_path / "new" / "file.txt"
    with replacing(target) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]


def test_an_error_leaves_the_old_file(tmp_path):
    target = tmp_path / "file.txt"
    target.write_text("old")

    def write_half():
        with replacing(target) as temporary:
            temporary.write_text("half")
            raise KeyError("stop")

    with pytest.raises(KeyError, match="stop"):
        write_half()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("place", ["file/out.h5", "file/inner/out.h5"])
def test_a_folder_that_cannot_be_made_is_named(tmp_path, place):
    (tmp_path / "file").write_text("not a folder")
    with (
        pytest.raises(InputError, match=f"{place}: cannot be written: Not a directory") as error,
        replacing(tmp_path / place),
    ):
        pytest.fail("nothing may be written there")
    assert "\n" not in str(error.value)
