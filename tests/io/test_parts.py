import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.parts import claim, differences, discard, whole_parts, write_part


def _rows(start, end):
    return {"scores": np.arange(start, end, dtype=np.float32)[:, None], "residual": np.arange(start, end)}


def test_parts_come_back_in_order_with_their_rows(tmp_path):
    write_part(tmp_path, 3, _rows(3, 7))
    write_part(tmp_path, 0, _rows(0, 3))
    first, second = whole_parts(tmp_path)
    assert [(part.start, part.end) for part in (first, second)] == [(0, 3), (3, 7)]
    np.testing.assert_array_equal(second.read()["scores"], _rows(3, 7)["scores"])
    np.testing.assert_array_equal(first.read()["residual"], [0, 1, 2])


def test_parts_behind_a_gap_and_other_files_do_not_count(tmp_path):
    write_part(tmp_path, 0, _rows(0, 2))
    write_part(tmp_path, 3, _rows(3, 5))
    (tmp_path / ".00000002-00000003.npz.17.tmp").write_bytes(b"half")
    assert [part.end for part in whole_parts(tmp_path)] == [2]
    assert whole_parts(tmp_path / "absent") == []


@pytest.mark.parametrize("damage", ["cut", "other rows", "empty"])
def test_a_damaged_part_is_one_clear_error(tmp_path, damage):
    part = write_part(tmp_path, 0, _rows(0, 4))
    if damage == "cut":
        part.path.write_bytes(part.path.read_bytes()[:-30])
    elif damage == "other rows":
        write_part(tmp_path / "other", 0, _rows(0, 3)).path.rename(part.path)
    else:
        part.path.write_bytes(b"")
    with pytest.raises(InputError, match=r"00000000-00000004\.npz: .*delete it") as caught:
        part.read()
    assert "\n" not in str(caught.value)


def test_a_folder_belongs_to_its_settings(tmp_path):
    settings = {"seed": 0, "tasks": ["a", "b"], "rule": "rescale"}
    claim(tmp_path / "deeplift", settings)
    claim(tmp_path / "deeplift", {**settings, "tasks": ("a", "b")})
    with pytest.raises(InputError, match="deeplift: holds an unfinished run with") as caught:
        claim(tmp_path / "deeplift", {**settings, "seed": 1, "steps": 5})
    assert "seed (then 0, now 1); steps (then None, now 5)" in str(caught.value)
    (tmp_path / "deeplift" / "settings.json").write_text("{")
    with pytest.raises(InputError, match=r"settings\.json: (is not JSON|is damaged)"):
        claim(tmp_path / "deeplift", settings)


def test_differences_of_equal_settings_are_empty():
    assert differences({"a": 1, "b": [2]}, {"b": (2,), "a": 1}) == ""


def test_discarding_leaves_what_others_have_not_finished(tmp_path):
    for name in ("one", "two"):
        write_part(tmp_path / "parts" / name, 0, _rows(0, 1))
    discard(tmp_path / "parts", ["one"])
    assert [path.name for path in (tmp_path / "parts").iterdir()] == ["two"]
    discard(tmp_path / "parts", ["two"])
    assert not (tmp_path / "parts").exists()
