import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from genomics.command import _fail, at_home
from genomics.errors import InputError

PROGRAM = """
import os, signal, time
from absl import flags, logging
from genomics.errors import InputError
from genomics.command import run

# Where the suite runs behind a shell, interrupts are ignored, and so would they be here.
signal.signal(signal.SIGINT, signal.default_int_handler)
NUMBER = flags.DEFINE_integer("number", 1, "A number.")

def main(argv):
    if NUMBER.value == 2:
        raise InputError("file.h5: two\\nlines")
    if NUMBER.value == 3:
        raise KeyboardInterrupt
    if NUMBER.value == 6:
        raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes.")
    if NUMBER.value == 5:
        open("x" * 300)
    if NUMBER.value in (8, 9):
        os.kill(os.getpid(), signal.SIGTERM if NUMBER.value == 8 else signal.SIGINT)
        time.sleep(10)
    if NUMBER.value == 7:
        logging.warning("%s: odd", "file.h5")
    if NUMBER.value == 4:
        raise RuntimeError("a bug")
    print("number", NUMBER.value)

run(main)
"""


@pytest.mark.parametrize(
    ("arguments", "status", "error"),
    [
        ([], 0, ""),
        (["--number=7"], 0, "warning: file.h5: odd\n"),
        (["--number=2"], 2, "program.py: error: file.h5: two lines\n"),
        (["--number=x"], 2, "program.py: error: flag --number=x: must be a whole number\n"),
        (["--nomber=2"], 2, "program.py: error: Unknown command line flag 'nomber'. Did you mean: number ?"),
        (["--number=3"], 130, "\nprogram.py: interrupted"),
        (["--number=8"], 143, "\nprogram.py: terminated; the same command goes on from what is finished\n"),
        (["--number=9"], 130, "\nprogram.py: interrupted; the same command goes on from what is finished\n"),
        (["--number=6"], 2, "program.py: error: not enough memory for this: RESOURCE_EXHAUSTED: Out of memory"),
        (["--number=5"], 2, f"program.py: error: {'x' * 300}: File name too long\n"),
    ],
)
def test_every_end_of_a_program(tmp_path, arguments, status, error):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run([sys.executable, program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert done.stderr.startswith(error)
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().count("\n") == 0
    assert done.stdout == (f"number {7 if error else 1}\n" if status == 0 else "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
def test_what_cannot_be_printed_is_told(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, program], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "program.py: error: what is printed: cannot be written: No space left on device\n"


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 128 + signal.SIGPIPE


def test_a_bug_is_not_hidden(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run([sys.executable, program, "--number=4"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "RuntimeError: a bug" in done.stderr
    assert "Traceback" in done.stderr


def test_what_a_terminal_would_obey_is_shown_as_its_code(capsys):
    with pytest.raises(SystemExit) as caught:
        _fail(["/bin/program.py"], InputError("a\x1b[2J\x00 é \ud800.fa:\n\tb"))
    assert caught.value.code == 2
    assert capsys.readouterr().err == "program.py: error: a\\x1b[2J\\x00 é \\ud800.fa: b\n"


@pytest.mark.parametrize(
    ("word", "expanded"),
    [
        ("--workdir=~/run", "--workdir=/home/me/run"),
        ("~/run", "/home/me/run"),
        ("~", "/home/me"),
        ("--peaks=~/a.bed,b.bed,~/c.bed", "--peaks=/home/me/a.bed,b.bed,/home/me/c.bed"),
        ("--fixed_input=controls=~/x.npy", "--fixed_input=controls=/home/me/x.npy"),
        ("--workdir=run~/~x", "--workdir=run~/~x"),
        ("--tasks=a~b,~c d", "--tasks=a~b,~c d"),
        ("--output=~nobody-of-this-name/x", "--output=~nobody-of-this-name/x"),
    ],
)
def test_the_home_folder_behind_a_flag(monkeypatch, word, expanded):
    monkeypatch.setenv("HOME", "/home/me")
    assert at_home(word) == expanded


def test_every_flag_of_every_command_sees_it(tmp_path):
    (tmp_path / "program.py").write_text(
        "from absl import flags\nfrom genomics.command import run\nF = flags.DEFINE_string('file', None, 'A file.')\n"
        "run(lambda argv: print(F.value, argv[1:]))"
    )
    environment = {**os.environ, "HOME": "/home/me", "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, str(tmp_path / "program.py"), "--file=~/x", "--", "~/y"]
    out = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert out == "/home/me/x ['/home/me/y']\n"
