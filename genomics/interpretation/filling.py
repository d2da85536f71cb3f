"""Scores of methods as parts on the disk: some batches of each first, which tell the time of all; then the rest."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool

from genomics.interpretation.batches import compile_batch, on_devices, run_batches
from genomics.interpretation.explanation import Explanation
from genomics.interpretation.turned import turned
from genomics.io.parts import whole_parts, write_part
from genomics.progress import Several, progress_of_several

# A part ends after so many bytes or seconds, whatever comes first: a killed run loses no more.
_PART_BYTES = 16 * 2**20
_PART_SECONDS = 5.0
# Of every method so much is computed before the rest of any, beside its first batch.
_SECONDS_OF_EACH = 0.25


def fill(
    folder: Path,
    explanations: Mapping[str, Explanation],
    parameters: Any,
    reverse: Bool[np.ndarray, " N"],
    batch_size: int | None = None,
) -> None:
    """Computes the parts that are not there yet.

    Args:
      folder: with a folder of parts for each method.
      explanations: of the methods, by name.
      parameters: of the network.
      reverse: which sequences were read on the minus strand.
      batch_size: sequences at a time; None = sized by the memory.

    Raises:
      InputError: a part cannot be written.
    """
    count = len(reverse)
    starts = {}
    for name in explanations:
        done = whole_parts(folder / name)
        starts[name] = done[-1].end if done else 0
    left = {name: count - start for name, start in starts.items() if start < count}
    if not left:
        return
    parameters = on_devices(parameters, max(left.values()), batch_size)
    programs: dict[str, tuple[Callable[..., Any], int]] = {}
    with progress_of_several(dict.fromkeys(explanations, count), starts) as told:
        for name in left:
            explain = explanations[name]
            told.compiling(name)
            programs[name] = compile_batch(explain.function, parameters, explain.inputs, left[name], batch_size)
            told.compiled(name)
            wanted = 1
            for _ in range(2):  # the first batch of a program is slower than those that follow
                if starts[name] >= count:
                    break
                since, end = time.monotonic(), min(starts[name] + wanted * programs[name][1], count)
                batches = run_batches(*programs[name], parameters, explain.inputs, end, start=starts[name])
                starts[name] = _compute(folder / name, starts[name], batches, reverse, told)
                wanted = max(1, math.ceil(_SECONDS_OF_EACH / (time.monotonic() - since)))
        for name in left:
            batches = run_batches(*programs.pop(name), parameters, explanations[name].inputs, count, start=starts[name])
            _compute(folder / name, starts[name], batches, reverse, told)


def _compute(
    folder: Path, start: int, batches: Iterator[dict[str, np.ndarray]], reverse: np.ndarray, told: Several
) -> int:
    """Writes batches from row `start` on as parts; returns the row after them."""
    waiting: list[dict[str, np.ndarray]] = []
    first, size, since = start, 0, time.monotonic()
    for computed in batches:
        rows = slice(first, first := first + len(next(iter(computed.values()))))
        batch = turned(computed, reverse[rows])
        waiting.append(batch)
        size += sum(values.nbytes for values in batch.values())
        if size >= _PART_BYTES or time.monotonic() - since >= _PART_SECONDS:
            start = _save(folder, start, waiting)
            waiting, size, since = [], 0, time.monotonic()
        told.advance(folder.name, rows.stop - rows.start)
    return _save(folder, start, waiting) if waiting else start


def _save(folder: Path, start: int, batches: list[dict[str, np.ndarray]]) -> int:
    """Writes batches as one part; returns the row after it."""
    arrays = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    return write_part(folder, start, arrays).end
