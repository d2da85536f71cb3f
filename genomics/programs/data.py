"""Data sets: simulated ones, those of peaks and a genome, and how well any network could do on them.

  genomics-data simulate --output=data/lab5.h5
  genomics-data peaks --fasta=hg38.fa --peaks=CTCF.narrowPeak --output=data/ctcf.h5
  genomics-data ceiling --data=data/lab5.h5

Each is also `python -m genomics.data.NAME`; `genomics-data NAME --help` lists its flags.
"""

import importlib
import inspect
import sys

from genomics import command as shared

#: Name -> module with `main` and `define_flags`.
COMMANDS = {
    "simulate": "genomics.data.simulate",
    "peaks": "genomics.data.peaks",
    "ceiling": "genomics.data.ceiling",
}


def command() -> None:
    """The command line: the first word says which command the others are for."""
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name in (*shared.flag_help.SHORT, *shared.flag_help.FULL):
        print(f"usage: genomics-data {'|'.join(COMMANDS)} --flag=value ...\n\n{inspect.cleandoc(__doc__ or '')}")
        return
    if name not in COMMANDS:
        print(f"genomics-data: error: {name}: must be one of {', '.join(COMMANDS)}", file=sys.stderr)
        sys.exit(2)
    module = importlib.import_module(COMMANDS[name])
    # Errors are told as those of this command.
    sys.argv[:2] = [f"{sys.argv[0]} {name}"]
    module.define_flags()
    shared.run(module.main)
