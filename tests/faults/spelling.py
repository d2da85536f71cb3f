"""The same inputs and outputs by other spellings of their paths: what a program leaves must not depend on them."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.faults.programs import ROOT, Program


def _up(path: Path) -> Path:
    return path.parent / "elsewhere" / ".." / path.name


def _link(path: Path) -> Path:
    link = path.with_name(f"{path.name}-link")
    if not link.is_symlink():
        link.symlink_to(path.name)
    return link


def _relative(path: Path) -> Path:
    return Path(os.path.relpath(path, ROOT))


#: How the path of a folder may be written otherwise.
SPELLINGS: dict[str, Callable[[Path], Path]] = {"..": _up, "link": _link, "relative": _relative}


def spelled(program: Program, world: Path, place: Path, how: str) -> tuple[Program, Path]:
    """A program that finds its inputs by another spelling, and the folder of its output spelled alike.

    Args:
      program: whose arguments name files in `world`.
      world: where the inputs are.
      place: where the output is to be; both folders get a neighbour, or a link beside them.
      how: one of `SPELLINGS`.
    """
    for folder in (world, place):
        folder.mkdir(parents=True, exist_ok=True)
        (folder.parent / "elsewhere").mkdir(exist_ok=True)
    spell = SPELLINGS[how]
    arguments = tuple(word.replace(f"{world}/", f"{spell(world)}/") for word in program.arguments)
    return replace(program, arguments=arguments), spell(place)
