"""The same inputs and outputs by other spellings of their paths: what a program leaves must not depend on them."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

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

    Its results name the inputs as `world` does: a message may tell a path as it was given.

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

    def result(folder: Path) -> dict[str, object]:
        return {key: _renamed(value, str(spell(world)), str(world)) for key, value in program.result(folder).items()}

    return replace(program, arguments=arguments, result=result), spell(place)


def _renamed(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, old, new) for item in value]
    return value.replace(old, new) if isinstance(value, str) else value
