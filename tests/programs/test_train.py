"""train.py's own flags; whole runs are in tests/training."""

import subprocess
import sys
from pathlib import Path

import pytest
from absl import flags
from absl.testing import flagsaver

from genomics.errors import InputError
from genomics.programs.configuration import find_configuration

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


def test_a_configuration_is_found_by_its_name(repository):
    for given in (["--config=lab5"], ["--config", "lab5.py"], ["--config=lab5", "--config.model.hidden=3"]):
        argv = ["train.py", *given]
        find_configuration(argv)
        path = Path(argv[2] if given[0] == "--config" else argv[1].removeprefix("--config="))
        assert path.samefile(repository / "configs" / "lab5.py")


def test_a_file_of_that_name_comes_first(tmp_path, monkeypatch):
    (tmp_path / "lab5").write_text("")
    monkeypatch.chdir(tmp_path)
    argv = ["train.py", "--config=lab5"]
    find_configuration(argv)
    assert argv[1] == "--config=lab5"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--config=lab6"], r"--config=lab6: no such file, nor one of chipseq, .*lab5, "),
        (["--config=lab5", "--config.lr=3"], r"--config\.lr: .*; learning_rate \(a number, 0\.0001\); .*data\.path"),
        (["--config=lab5", "--config.data.foo", "3"], r"--config\.data\.foo: no such field"),
    ],
)
def test_what_is_no_configuration_or_field_is_told_with_those_that_are(words, message):
    with pytest.raises(InputError, match=message):
        find_configuration(["train.py", *words])


def test_fields_are_listed(capsys):
    with pytest.raises(SystemExit):
        find_configuration(["train.py", "--config=lab5", "--config.help"])
    lines = capsys.readouterr().out.splitlines()
    assert "--config.epochs  a whole number, 100" in lines
    assert "--config.model.hidden  a whole number, 128" in lines


def test_the_test_set_in_eighty_columns(load_program):
    described = load_program("train").described
    one = {"mean": {"loss": 0.5, "auroc": 0.75}, "CTCF": {"loss": 0.25, "auroc": None}}
    assert described(one) == ["test mean: loss 0.5000  auroc 0.7500", "test CTCF: loss 0.2500"]
    kinds = ("loss", "accuracy", "auroc", "auprc")
    several = {name: dict.fromkeys(kinds, 0.5) | {f"{kind}_std": 0.01 for kind in kinds} for name in ("mean", "ARID3A")}
    several["ARID3A"]["auroc"] = several["ARID3A"]["auroc_std"] = None
    lines = described(several)
    assert [line.split() for line in lines] == [
        ["test", *kinds],
        ["test", "mean", *["0.5000", "±0.0100"] * 4],
        ["test", "ARID3A", *["0.5000", "±0.0100"] * 3],
    ]
    assert max(map(len, lines)) <= 80
    assert lines[2].index("0.5000", 48) == lines[1].index("0.5000", 54)  # under auprc
