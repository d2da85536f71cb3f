"""The table of engines."""

import ast
import importlib.util
import subprocess
import sys

import pytest
from absl import flags
from absl.testing import flagsaver

from genomics.errors import InputError
from genomics.programs import engine_flags
from genomics.programs.engine_flags import ENGINES
from genomics.scan.engines.local import local_engine


def chosen(*arguments):
    """The engine of a command line."""
    with flagsaver.flagsaver():
        flags.FLAGS(["scan.py", *arguments])
        engine_flags.check()
        return engine_flags.start(lambda: None)


def test_every_line_is_a_choice_that_the_help_tells_and_has_flags_of_its_own():
    for name, line in ENGINES.items():
        assert name in flags.FLAGS["engine"].parser.enum_values
        assert f"{name}: {line.what}" in flags.FLAGS["engine"].help
        assert all(flag in flags.FLAGS for flag in line.flags)
    own = [flag for line in ENGINES.values() for flag in line.flags]
    assert len(set(own)) == len(own)


def test_the_engine_is_that_of_the_line():
    assert chosen() is chosen("--engine=local") is local_engine
    if importlib.util.find_spec("ray") is None:
        with pytest.raises(InputError, match="--engine=ray: Ray is not installed"):
            chosen("--engine=ray", "--num_workers=2")


def test_a_flag_of_another_engine_is_refused():
    for flag in ("--num_workers=2", "--ray_address=auto"):
        with pytest.raises(InputError, match=f"{flag.partition('=')[0]}: is for --engine=ray"):
            chosen(flag)


@pytest.mark.slow
def test_a_worker_knows_every_flag_of_the_command(repository):
    """It parses the same line, in a process that has imported less."""
    known = "from absl import flags; print(sorted(f for m in flags.FLAGS.flags_by_module_dict().items() for f in map("
    known += "lambda flag: flag.name, m[1]) if m[0].startswith('genomics')))"
    command = [sys.executable, "-c", f"import {{}}; {known}"]
    program, worker = (
        subprocess.Popen([*command[:2], command[2].format(name)], cwd=repository, stdout=subprocess.PIPE, text=True)
        for name in ("genomics.programs.scan", "genomics.programs.scan_workers")
    )
    of_program, of_worker = (set(ast.literal_eval(process.communicate()[0])) for process in (program, worker))
    assert {"cpu_devices", "profile", "workdir", "engine"} <= of_program <= of_worker
