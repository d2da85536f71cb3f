"""`--workdir`, a flag that every program shares: absl allows each name one definition in a process."""

from pathlib import Path

from absl import flags

WORKDIR = flags.DEFINE_string(
    "workdir",
    None,
    "Folder of a training run; train.py makes it when absent. Several, A,B,C: their networks as one, the mean.",
)


def workdirs() -> list[Path]:
    """The folders that --workdir names: of an ensemble several; none without the flag."""
    given = WORKDIR.value or ""
    names = [given] if Path(given).is_dir() else given.split(",")  # a folder's own name may hold a comma
    return [Path(name) for name in names if name]
