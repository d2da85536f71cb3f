"""The workers of `--engine=ray`: each builds its job from the flags of the command that started it."""

import contextlib
import functools
import io
import os
import sys
from collections.abc import Iterator

from absl import flags

from genomics.io.genome import open_genome
from genomics.programs import model_flags, scan_flags
from genomics.scan.actors import ray_engine
from genomics.scan.job import Job
from genomics.scan.run import Engine


def ray_engine_of_flags() -> Engine:
    """The engine for this process's flags.

    Raises:
      InputError: Ray is not installed.
    """
    build = functools.partial(_job, tuple(sys.argv), os.getcwd())
    return ray_engine(build, num_workers=scan_flags.NUM_WORKERS.value, address=scan_flags.RAY_ADDRESS.value)


@contextlib.contextmanager
def _job(command: tuple[str, ...], folder: str) -> Iterator[Job]:
    """What the command asks for, in a process that has not parsed it yet."""
    from genomics.programs import scan_job

    os.chdir(folder)
    flags.FLAGS(list(command))
    network = model_flags.load_predictor()
    network = model_flags.restricted(network, model_flags.chosen_tasks(network.tasks))
    with open_genome(scan_flags.FASTA.value or "", model_flags.output_folder("scan")) as genome:
        with contextlib.redirect_stdout(io.StringIO()):  # the command itself tells what was understood
            job = scan_job.build(network, genome).job
        yield job
