"""The job of a scan in another process, from the flags of the command that started it."""

import contextlib
import functools
import io
import os
import sys
from collections.abc import Iterator

from absl import flags

from genomics.command import prepare
from genomics.io.genome import open_genome
from genomics.programs import engine_flags, genome_flags, model_flags, scan_job
from genomics.programs.tasks import restricted
from genomics.scan.engines.build import Build
from genomics.scan.job import Job

# A worker parses the whole command line, so they must be defined there too.
flags.adopt_module_key_flags(engine_flags)


def job_elsewhere() -> Build:
    """What makes this process's job in another one."""
    return functools.partial(_job, tuple(sys.argv), os.getcwd())


@contextlib.contextmanager
def _job(command: tuple[str, ...], folder: str) -> Iterator[Job]:
    """What the command asks for, in a process that has not parsed it yet."""
    os.chdir(folder)
    flags.FLAGS(list(command))
    prepare(devices=1)  # Ray gives a worker one core
    predictor = model_flags.load_predictor()
    predictor = restricted(predictor, model_flags.chosen_tasks(predictor.tasks))
    with open_genome(genome_flags.FASTA.value or "", model_flags.output_folder("scan")) as genome:
        with contextlib.redirect_stdout(io.StringIO()):  # the command itself tells what was understood
            job = scan_job.build(predictor, genome).job
        yield job
