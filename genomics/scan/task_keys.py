"""INFO keys of single tasks: `EFFECT_CTCF`, a number for each allele, beside `EFFECT`, a text of all tasks."""

import re
from collections.abc import Collection, Sequence

_UNSAFE = re.compile(r"[^0-9A-Za-z_.]")


def task_keys(keys: Sequence[str], tasks: Sequence[str], taken: Collection[str]) -> dict[tuple[str, int], str]:
    """(key, number of the task) -> the key of this task alone.

    A key is `KEY_TASK`, every letter of the task's name that no key may hold replaced by `_`; where that name is taken,
    by another task or by another key, `_2`, `_3`, ... follow.

    Args:
      keys: of all tasks together.
      tasks: their names.
      taken: keys that the file has already.
    """
    used = {*taken, *keys}
    found = {}
    for key in keys:
        for number, task in enumerate(tasks):
            wanted = name = f"{key}_{_UNSAFE.sub('_', task)}"
            again = 1
            while name in used:
                again += 1
                name = f"{wanted}_{again}"
            used.add(name)
            found[key, number] = name
    return found
