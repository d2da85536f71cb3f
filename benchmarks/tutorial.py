"""Runs every command of docs/lab5.md as it stands there, and copies the pictures of the run into docs/lab5/.

  python -m benchmarks.tutorial --folder=DIR [--pictures]

Prints the seconds of each command. The folder gets `data/` and `runs/`; the checkout is only read.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from absl import app, flags

REPOSITORY = Path(__file__).parents[1]
TUTORIAL = REPOSITORY / "docs" / "lab5.md"
FOLDER = flags.DEFINE_string("folder", None, "Where the commands run; must be given.")
PICTURES = flags.DEFINE_bool("pictures", False, "Also replace the pictures beside the page.")
_WIDEST = 1200


def commands(text: str) -> list[str]:
    """The lines of all blocks of shell commands."""
    return [line for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S) for line in block.splitlines()]


def pictures(text: str) -> list[tuple[str, str]]:
    """(the picture beside the page, the file of the run that it is) of all pictures that say so."""
    return re.findall(r'^!\[[^\]]+\]\((\S+) "(\S+)"\)', text, re.M)


def prepare(folder: Path) -> None:
    """Links the checkout's programs into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("train.py", "interpret.py", "scan.py", "configs", "genomics"):
        link = folder / name
        if not link.exists():
            link.symlink_to(REPOSITORY / name)


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a command in the folder, with this Python first on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return subprocess.run(
        command, shell=True, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )


def main(argv: list[str]) -> None:
    del argv
    if FOLDER.value is None:  # not `required`: a test that imports this file would ask it of every program
        sys.exit("--folder=DIR must be given")
    text = TUTORIAL.read_text(encoding="utf-8")
    folder = Path(FOLDER.value)
    prepare(folder)
    for command in commands(text):
        started = time.monotonic()
        done = run(command, folder)
        print(f"{time.monotonic() - started:6.1f} s  {command}", flush=True)
        if done.returncode:
            sys.exit(done.stderr)
    if PICTURES.value:
        for picture, source in pictures(text):
            shrink(folder / source, TUTORIAL.parent / picture)


def shrink(source: Path, target: Path) -> None:
    """Copies a picture with a palette, at most 1,200 points wide."""
    from PIL import Image

    with Image.open(source) as image:
        smaller = image.convert("RGB")
        smaller.thumbnail((_WIDEST, 10 * _WIDEST), Image.Resampling.LANCZOS)
        target.parent.mkdir(parents=True, exist_ok=True)
        smaller.quantize(128).save(target, optimize=True)


if __name__ == "__main__":
    app.run(main)
