"""Hypothetical scores as files for TF-MoDISco."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from genomics.errors import InputError
from genomics.interpretation.method import Method
from genomics.interpretation.methods import METHODS
from genomics.io.modisco import export
from genomics.io.scores import array_names

# The windows that TF-MoDISco looks at are 400 wide unless it is told otherwise, and must fit into the sequences.
_WIDEST_WINDOW = 400


def check_methods(methods: Mapping[str, Method[Any]]) -> None:
    """Raises `InputError` when none of the methods, by name, can have hypothetical scores."""
    if not any(method.hypothetical for method in methods.values()):
        able = ", ".join(name for name, method in METHODS.items() if method.hypothetical)
        raise InputError(f"--modisco: --methods={','.join(methods)} give no hypothetical scores; name one of {able}")


def export_modisco(scores: Path, methods: Sequence[str], length: int) -> list[str]:
    """Writes `modisco/` beside the scores, for every method that has hypothetical ones.

    Returns:
      For each method and task the command that finds motifs in them.

    Raises:
      InputError: none has them after all, or a file cannot be written.
    """
    commands = []
    for method in methods:
        if "hypothetical" in array_names(scores, method):
            sequences, paths = export(scores, method, scores.parent / "modisco")
            for path in paths.values():
                found = path.with_suffix(".modisco.h5")
                window = min(length, _WIDEST_WINDOW)
                commands.append(f"modisco motifs -s {sequences} -a {path} -n 2000 -w {window} -o {found}")
    if not commands:
        raise InputError(f"--modisco: {scores} has no hypothetical scores of {', '.join(methods)}")
    return commands
