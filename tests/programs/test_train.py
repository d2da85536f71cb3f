"""train.py's own flags; whole runs are in tests/training."""

import subprocess
import sys

import pytest
from absl import flags
from absl.testing import flagsaver

from genomics.errors import InputError

CONFIG = "--config=configs/lab5.py"


def test_a_mistyped_flag_is_one_line_and_status_2(repository, tmp_path):
    command = [sys.executable, "train.py", CONFIG, f"--workdir={tmp_path}", "--config.sed=3"]
    result = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith("train.py: error: ")
    assert "sed" in line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--config.seed=x"], "config.seed"),
        (["--config=absent.py"], "absent.py"),
        (["--workdir="], "workdir"),
        (["--workdir"], "workdir"),
    ],
)
def test_what_is_mistyped_is_named(arguments, message, load_program, repository, tmp_path, monkeypatch):
    monkeypatch.chdir(repository)
    program = load_program("train")
    with flagsaver.flagsaver(), pytest.raises((InputError, flags.Error)) as caught:
        program.main(flags.FLAGS(["train.py", CONFIG, f"--workdir={tmp_path}", *arguments]))
    assert message in str(caught.value)
    assert not list(tmp_path.iterdir())
