"""Hypothetical scores as files for TF-MoDISco."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from genomics.data.motifs import database_path
from genomics.errors import InputError
from genomics.interpretation.method import Method
from genomics.interpretation.methods import METHODS
from genomics.io.atomic import write_text
from genomics.io.modisco import REGIONS, export, write_regions
from genomics.io.scores import array_names

# The windows that TF-MoDISco looks at are 400 wide unless it is told otherwise, and must fit into the sequences.
_WIDEST_WINDOW = 400
_SCRIPT = "all.sh"


def check_methods(methods: Mapping[str, Method[Any]]) -> None:
    """Raises `InputError` when none of the methods, by name, can have hypothetical scores."""
    if not any(method.hypothetical for method in methods.values()):
        able = ", ".join(name for name, method in METHODS.items() if method.hypothetical)
        raise InputError(f"--modisco: --methods={','.join(methods)} give no hypothetical scores; name one of {able}")


def export_modisco(scores: Path, methods: Sequence[str], length: int) -> list[str]:
    """Writes `modisco/` beside the scores, for every method that has hypothetical ones; `regions.narrowPeak` beside
    them where the sequences' places are known; and `all.sh`, which finds and shows the motifs of all methods and tasks.

    Returns:
      The two commands that find and show motifs of the first method and task, and where those of the others stand.

    Raises:
      InputError: none has them after all, or a file cannot be written.
    """
    folder = scores.parent / "modisco"
    pairs = []
    for method in methods:
        if "hypothetical" in array_names(scores, method):
            sequences, paths = export(scores, method, folder)
            pairs += [_commands(sequences, path, length) for path in paths.values()]
    if not pairs:
        raise InputError(f"--modisco: {scores} has no hypothetical scores of {', '.join(methods)}")
    write_regions(scores, folder / REGIONS)
    write_text(folder / _SCRIPT, "".join(f"{command}\n" for pair in pairs for command in pair))
    more = [f"and for {len(pairs) - 1} more: sh {folder / _SCRIPT}"] if len(pairs) > 1 else []
    return [*pairs[0], *more]


def _commands(sequences: Path, attributions: Path, length: int) -> tuple[str, str]:
    """modisco-lite's commands: the first finds motifs, the second shows them beside those of the database."""
    found, shown = attributions.with_suffix(".modisco.h5"), attributions.with_suffix(".report")
    one_hot, given, results, folder = (shlex.quote(str(path)) for path in (sequences, attributions, found, shown))
    window = min(length, _WIDEST_WINDOW) // 2 * 2  # of an odd one modisco-lite takes a base less, and refuses it
    with database_path() as database:
        known = shlex.quote(str(database))
    return (
        f"modisco motifs -s {one_hot} -a {given} -n 2000 -w {window} -o {results}",
        f"modisco report -i {results} -o {folder} -m {known} -l",
    )
