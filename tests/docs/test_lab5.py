"""docs/lab5.md: its commands run, and its pictures are there."""

import pytest

from benchmarks.tutorial import TUTORIAL, commands, pictures, prepare, run


def test_the_page_has_commands_and_all_its_pictures():
    text = TUTORIAL.read_text(encoding="utf-8")
    assert len(commands(text)) >= 8
    assert len(pictures(text)) >= 5
    assert all((TUTORIAL.parent / picture).is_file() for picture, _ in pictures(text))


@pytest.mark.slow
def test_every_command_runs_and_makes_the_pictures(tmp_path):
    text = TUTORIAL.read_text(encoding="utf-8")
    prepare(tmp_path)
    for command in commands(text):
        done = run(command, tmp_path)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
    assert [source for _, source in pictures(text) if not (tmp_path / source).is_file()] == []
    assert (tmp_path / "runs" / "lab5" / "interpret" / "report.html").is_file()
