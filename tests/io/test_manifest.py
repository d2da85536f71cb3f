import pytest

from genomics.errors import InputError
from genomics.io.manifest import claim, read_plan

PLAN = {"settings": {"model": "abc", "tasks": ["a"], "stride": None}, "contigs": {"x": 3}}


def test_a_folder_belongs_to_one_plan(tmp_path):
    folder = tmp_path / "out"
    claim(folder, PLAN)
    assert read_plan(folder) == PLAN
    before = (folder / "plan.json").stat().st_mtime_ns
    claim(folder, PLAN)
    assert (folder / "plan.json").stat().st_mtime_ns == before
    claim(folder, {**PLAN, "vcf": "moved"})
    assert read_plan(folder) == {**PLAN, "vcf": "moved"}
    with pytest.raises(InputError) as caught:
        claim(folder, {"settings": {"model": "xyz", "tasks": ["a"], "stride": 7}})
    assert "model (then 'abc', now 'xyz'); stride (then None, now 7)" in str(caught.value)


def test_damage(tmp_path):
    with pytest.raises(InputError, match="absent"):
        read_plan(tmp_path)
    for text in ("{", "[]", "{}"):
        (tmp_path / "plan.json").write_text(text)
        with pytest.raises(InputError, match=r"plan.json: is (damaged|not JSON)"):
            read_plan(tmp_path)
