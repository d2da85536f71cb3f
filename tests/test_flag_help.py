"""What commands say of their flags."""

import os
import subprocess
import sys

import pytest
from absl import flags

from genomics import flag_help
from genomics.flag_help import Group, Help


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["-h"], flag_help.short),
        (["--a=1", "--help"], flag_help.short),
        (["--helpfull"], flag_help.full),
        (["--", "--help"], None),
        (["--a=-h"], None),
    ],
)
def test_what_asks_for_help(words, kind):
    assert flag_help.asked(["program.py", *words]) is kind


@pytest.fixture
def few_flags(monkeypatch):
    values = flags.FlagValues()
    flags.DEFINE_string("path", None, "The file. " + "A long story. " * 9, flag_values=values)
    flags.DEFINE_integer("count", 3, "How many.", flag_values=values)
    flags.DEFINE_enum("way", "a", ["a", "b"], "Which way.", flag_values=values)
    flags.DEFINE_boolean("loud", True, "Noise.", flag_values=values)
    monkeypatch.setattr(flags, "FLAGS", values)


def command(argv):
    """Of `flag_help`."""


def test_flags_stand_by_subject_and_needed_ones_are_marked(few_flags):
    told = Help(
        usage="--path=FILE",
        required=("path",),
        groups=(Group(title="Input", shown={"path": "", "absent": "x"}), Group(title="Work", shown={"count": "of it"})),
        values={"path": "FILE"},
    )
    lines = flag_help.short("program", command, told).splitlines()
    assert lines[0] == "usage: program --path=FILE [--flag=value ...]"
    assert lines[2] == "What commands say of their flags."
    place = lines.index("Input:")
    assert lines[place + 1].startswith("  --path=FILE               (required) The file. A long story.")
    assert lines[place + 1].endswith(" ...")
    assert lines[place + 3 : place + 5] == ["Work:", "  --count=NUMBER            of it"]
    assert lines[place + 6 : place + 8] == ["Others:", "  --loud --way"]
    assert max(map(len, lines)) <= 79
    whole = flag_help.full("program", command, told)
    assert " ".join(whole.split()).count("A long story.") == 9
    assert "--way=a|b\n      Which way. Default: a." in whole


def test_names_of_rare_flags_give_way_where_the_screen_ends(monkeypatch):
    values = flags.FlagValues()
    for number in range(400):
        flags.DEFINE_string(f"flag_{number}", None, "One.", flag_values=values)
    flags.DEFINE_string("old", None, "An earlier name of --flag_1.", flag_values=values)
    monkeypatch.setattr(flags, "FLAGS", values)
    shown = {f"flag_{number}": "" for number in range(40)}
    lines = flag_help.short("program", command, Help(groups=(Group(title="Few", shown=shown),))).splitlines()
    assert len(lines) <= 60
    assert lines[-1] == "program --helpfull tells all of them in full."
    assert "--flag_39" in lines[-3]
    assert "--old" not in flag_help.full("program", command, Help())


@pytest.mark.parametrize("program", ["train", "interpret", "scan"])
def test_the_programs_help_fits_a_terminal(program, repository):
    command = [sys.executable, f"{program}.py", "-h"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 88
    assert "Others:" not in lines, "every flag has its subject"
    assert "--output" in done.stdout or program == "train"


def test_commands_of_data_sets(repository):
    def run(*words):
        command = [sys.executable, "-c", "from genomics.programs.data import command; command()", *words]
        environment = {**os.environ, "PYTHONPATH": str(repository)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert "simulate|peaks|ceiling" in run().stdout
    wrong = run("simulat")
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "genomics-data: error: simulat: must be one of simulate, peaks, ceiling\n",
    )
    missing = run("ceiling")
    assert missing.returncode == 2
    assert "--data" in missing.stderr
