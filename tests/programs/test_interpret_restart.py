"""interpret.py started again: after more methods, after a kill, with another question."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from genomics.errors import InputError

MODEL = ("--model=tiny_network:build", "--length=24")


def _assert_equal(everything, one, other):
    one, other = everything(one), everything(other)
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_a_second_run_adds_methods(interpret, fasta, everything, tmp_path, capsys):
    common = (*MODEL, f"--sequences={fasta}", "--num_figures=0", "--batch_size=4")
    interpret(*common, f"--output={tmp_path / 'once'}", "--methods=saliency,gradient_x_input")
    interpret(*common, f"--output={tmp_path / 'twice'}", "--methods=saliency")
    interpret(*common, f"--output={tmp_path / 'twice'}", "--methods=gradient_x_input,saliency")
    assert "saliency: " in capsys.readouterr().out
    _assert_equal(everything, tmp_path / "once" / "scores.h5", tmp_path / "twice" / "scores.h5")


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        (("--model=tiny_network:other",), "model (then"),
        (("--num_sequences=4",), "number of sequences (then 5, now 4)"),
        (("--task_names=a,c",), "tasks (then ['task_0', 'task_1'], now ['a', 'c'])"),
    ],
)
def test_another_question_is_refused(interpret, fasta, tmp_path, changed, difference):
    common = (*MODEL, f"--sequences={fasta}", "--num_figures=0", "--num_sequences=5", f"--output={tmp_path}")
    interpret(*common, "--methods=saliency")
    before = (tmp_path / "scores.h5").read_bytes()
    with pytest.raises(InputError, match=r"scores\.h5: holds scores for another question") as caught:
        interpret(*common, "--methods=gradient_x_input", *changed)
    assert difference in str(caught.value)
    assert (tmp_path / "scores.h5").read_bytes() == before


def test_a_killed_run_goes_on_and_ends_as_if_it_had_not_been(interpret, fasta, everything, tmp_path, repository):
    """Batches of one sequence and a part for each, so that there is something to kill."""
    common = (*MODEL, f"--sequences={fasta}", "--num_figures=0", "--batch_size=1", "--methods=saliency,ism")
    interpret(*common, f"--output={tmp_path / 'whole'}")
    slow = (
        "import time, runpy, sys; sys.argv[0] = 'interpret.py'\n"
        "import genomics.interpretation.filling as filling\n"
        "filling._PART_BYTES = 1\n"
        "write = filling.write_part\n"
        "def write_slowly(*a): time.sleep(0.2); return write(*a)\n"
        "filling.write_part = write_slowly\n"
        "runpy.run_path('interpret.py', run_name='__main__')\n"
    )
    output = tmp_path / "killed"
    environment = {**os.environ, "PYTHONPATH": str(repository / "tests" / "programs")}
    command = [sys.executable, "-c", slow, *common, f"--output={output}"]
    with subprocess.Popen(command, cwd=repository, env=environment, stdout=subprocess.DEVNULL) as process:
        for _ in range(600):
            if len(list(output.glob("parts/saliency/*.npz"))) >= 3 or process.poll() is not None:
                break
            time.sleep(0.1)
        assert process.poll() is None, "the run ended before it could be killed"
        process.send_signal(signal.SIGKILL)
    assert not (output / "scores.h5").exists()
    finished = {path: path.stat().st_mtime_ns for path in output.glob("parts/saliency/*.npz")}
    assert 3 <= len(finished) < 13
    interpret(*common, f"--output={output}")
    _assert_equal(everything, tmp_path / "whole" / "scores.h5", output / "scores.h5")
    assert not (output / "parts").exists()


def test_parts_that_a_kill_left_behind_whole_scores_are_cleared_away(interpret, fasta, tmp_path, monkeypatch):
    common = (*MODEL, f"--sequences={fasta}", "--num_figures=0", "--methods=saliency", f"--output={tmp_path}")

    def killed(*_):
        raise SystemExit(137)

    monkeypatch.setattr("genomics.interpretation.scoring.discard", killed)
    with pytest.raises(SystemExit):
        interpret(*common)
    monkeypatch.undo()
    assert (tmp_path / "scores.h5").exists()
    assert (tmp_path / "parts" / "saliency").is_dir()
    interpret(*common)
    assert not (tmp_path / "parts").exists()


def test_parts_of_another_run_are_refused(interpret, fasta, tmp_path):
    common = (*MODEL, f"--sequences={fasta}", "--num_figures=0", "--methods=saliency", f"--output={tmp_path}")
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "settings.json").write_text('{"model": "another"}')
    with pytest.raises(InputError, match="holds an unfinished run with model \\(then 'another', now"):
        interpret(*common)
