"""Names of tasks as parts of file names."""

import re
from collections.abc import Sequence

_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9._+-]+")


def file_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names with everything that a file system may refuse replaced by `_`; names that become equal are numbered.

    Names that differ only by case count as equal, because some file systems take them so.
    """
    found: dict[str, None] = {}
    for name in names:
        plain = wanted = _NOT_ALLOWED.sub("_", name)
        number = 2
        while wanted.lower() in (each.lower() for each in found):
            wanted, number = f"{plain}_{number}", number + 1
        found[wanted] = None
    return tuple(found)
