"""The trained network for Keras: `python -m genomics.training.export --workdir=runs/lab5 --output=lab5.h5`.

Keras 2 and 3 read the file by `keras.models.load_model("lab5.h5")`; the model takes one-hot sequences (N, L, 4), bases
in the order A C G T, and gives the probability of each task, in the order of the file's attribute `tasks`.
"""

from pathlib import Path
from typing import Literal, cast

import jax
from absl import flags

from genomics import __version__
from genomics.errors import InputError
from genomics.io.keras.write import write
from genomics.models.keras.export import export
from genomics.models.summary import count_parameters
from genomics.training.load import load_predictor

_ENDINGS = (".h5", ".hdf5")


def export_run(workdir: Path, output: Path, *, checkpoint: Literal["best", "last"] = "best", replicate: int = 0) -> str:
    """Writes the network of a training run as whole-model HDF5 of Keras.

    Args:
      workdir: of the run.
      output: the file, ending in .h5 or .hdf5, by which Keras knows its format.
      checkpoint: the best epoch's parameters, or the last epoch's.
      replicate: from 0, of a run that trained several networks.

    Returns:
      A line that tells what was written.

    Raises:
      InputError: no such run, checkpoint or replicate; another ending; a network that Keras's layers cannot express; or
        the file cannot be written.
    """
    if output.suffix not in _ENDINGS:
        raise InputError(f"--output={output}: must end in {' or '.join(_ENDINGS)}")
    predictor = load_predictor(workdir, checkpoint)
    count = predictor.replicates or 1
    if not 0 <= replicate < count:
        raise InputError(f"--replicate={replicate}: {workdir} has {count} networks; must be from 0 to {count - 1}")
    single = predictor.parameters
    if predictor.replicates is not None:
        single = jax.tree.map(lambda leaf: leaf[replicate], single)
    model = export(single, length=predictor.length, file=output)
    written_by = f"genomics {__version__}, {workdir}, checkpoint {checkpoint}, replicate {replicate}"
    write(output, model, attributes={"tasks": list(predictor.tasks), "written_by": written_by})
    shape = f"({predictor.length}, 4) -> {', '.join(predictor.tasks)}"
    return f"{output}: {shape}; {count_parameters(single):,} parameters, the {checkpoint} checkpoint"


def main(argv: list[str]) -> None:
    """Writes the file and tells of it."""
    if len(argv) > 1:
        raise InputError(f"{argv[1]!r}: arguments are given as --flag=value")
    values = flags.FLAGS
    checkpoint = cast(Literal["best", "last"], values.checkpoint)
    print(export_run(Path(values.workdir), Path(values.output), checkpoint=checkpoint, replicate=values.replicate))


def define_flags() -> None:
    """The command's flags; importing this file defines none, so that other programs may have flags of these names."""
    flags.DEFINE_string("workdir", None, "Folder of a training run.", required=True)
    flags.DEFINE_string("output", None, "File to write, ending in .h5.", required=True)
    flags.DEFINE_enum("checkpoint", "best", ["best", "last"], "Which parameters.")
    flags.DEFINE_integer("replicate", 0, "Which of the networks that were trained side by side.")


if __name__ == "__main__":
    from genomics.command import run

    define_flags()
    run(main)
