"""Checkpoints: the last state, from which a run goes on, and the best parameters, which are what it gives."""

import contextlib
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import jax
import numpy as np
from orbax.checkpoint import v1 as ocp

from genomics.errors import InputError
from genomics.io.unheard import unheard
from genomics.training.checkpoint_arrays import check_arrays
from genomics.training.devices import on_host
from genomics.training.state import Best, State

Which = Literal["best", "last"]

#: A run that is killed loses at most this much training.
_SECONDS_BETWEEN = 2.0
#: Of removing what a failed save has left, while its threads end.
_TRIES, _SECONDS_BETWEEN_TRIES = 20, 0.05
#: Letters of what Orbax says that are shown.
_LONGEST_REASON = 300


class Checkpoints:
    """The folder `checkpoints/` of a run, open for writing; one sub-folder an epoch, of which the newest is kept.

    A sub-folder appears under its name only when it is whole, and the one before it goes only when it was read back. It
    holds two checkpointables, `last` (parameters, optimizer and key) and `best`, each a flat dictionary from the path
    of a leaf to its array.
    """

    def __init__(self, workdir: Path):
        everything: Any = ocp.training.preservation_policies.PreserveAll()
        self._folder = workdir / "checkpoints"
        with _writing(self._folder):
            logging.getLogger("absl").addFilter(_not_of_orbax)
            self._files = ocp.training.Checkpointer(
                str(self._folder.resolve()), preservation_policy=everything, cleanup_tmp_directories=True
            )
        self._closed = False
        self._saved = time.monotonic()

    @property
    def epoch(self) -> int:
        """The newest checkpoint's epoch, 0 without one."""
        return self._files.latest.step if self._files.latest else 0

    def save(self, epoch: int, state: State, *, final: bool) -> None:
        """Saves the state after an epoch, unless the last save was a moment ago; the final one is always saved.

        Raises:
          InputError: it cannot be written; the checkpoint before it is still there.
        """
        if not final and time.monotonic() - self._saved <= _SECONDS_BETWEEN:
            return
        last = {"model": state.model, "optimizer": state.optimizer, "key": state.key}
        values = {"last": _flat(last), "best": _flat(state.best)}
        folder = self._folder / str(epoch)
        with _writing(folder):
            try:
                with unheard():
                    self._files.save_checkpointables(epoch, values)
            except Exception:
                self._give_up(epoch)
                raise
            if jax.process_index() == 0:
                for name, arrays in values.items():
                    check_arrays(folder / name, jax.tree.map(on_host, arrays), values=True)
                for earlier in _epochs(self._folder):
                    if earlier < epoch:
                        shutil.rmtree(self._folder / str(earlier), ignore_errors=True)
        self._saved = time.monotonic()

    def _give_up(self, epoch: int) -> None:
        """Clears away what a save has left that failed; its threads may still be writing."""
        with unheard(), contextlib.suppress(Exception):  # it is the same error again
            self.close()
        left = self._folder / f"{epoch}.orbax-checkpoint-tmp"
        for _ in range(_TRIES):
            shutil.rmtree(left, ignore_errors=True)
            time.sleep(_SECONDS_BETWEEN_TRIES)
            if not left.exists():
                break

    def restore(self, template: State) -> State:
        """The newest state, as numpy arrays in the structure of `template` (arrays or shapes).

        Raises:
          InputError: the checkpoint is damaged.
        """
        last = {"model": template.model, "optimizer": template.optimizer, "key": template.key}
        folder = self._folder / str(self.epoch)
        with _reading(folder):
            shapes = {"last": _zeros(last), "best": _zeros(template.best)}
            for name, arrays in shapes.items():
                check_arrays(folder / name, arrays)
            loaded = self._files.load_checkpointables(self.epoch, shapes)
            last = _unflat(loaded["last"], last)
            best = _unflat(loaded["best"], template.best)
        return State(**last, best=best)

    def close(self) -> None:
        """Waits for what is being written."""
        if not self._closed:
            self._closed = True
            with _writing(self._folder):
                self._files.close()


def load_model(workdir: Path, which: Which, template: State) -> Any:
    """The network of a run's newest checkpoint, as numpy arrays.

    Args:
      workdir: of the run.
      which: the best epoch's parameters, or the last epoch's.
      template: a state of the run's shapes.

    Raises:
      InputError: there is no checkpoint yet, or it is damaged.
    """
    folder = Path(workdir) / "checkpoints"
    epochs = _epochs(folder)
    if not epochs:
        raise InputError(f"{folder}: holds no checkpoint yet; train.py --workdir={workdir} makes one")
    wanted: Any = template.best if which == "best" else {"model": template.model, "optimizer": template.optimizer}
    if which == "last":
        wanted["key"] = template.key
    epoch = max(epochs)
    try:
        with _reading(folder / str(epoch)):
            shapes = _zeros(wanted)
            check_arrays(folder / str(epoch) / which, shapes)
            files = ocp.training.Checkpointer(str(folder.resolve()))
            loaded = _unflat(files.load_checkpointables(epoch, {which: shapes})[which], wanted)
    except InputError:
        if max(_epochs(folder), default=0) > epoch:  # the run goes on, and has replaced it in the meantime
            return load_model(workdir, which, template)
        raise
    return loaded.model if isinstance(loaded, Best) else loaded["model"]


def _epochs(folder: Path) -> list[int]:
    """Of the checkpoints in a folder; only whole ones are named by their epoch alone."""
    return [int(path.name) for path in folder.glob("*") if re.fullmatch(r"[0-9]{1,18}", path.name)]


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turns what Orbax raises on a disk that takes no more into an `InputError`. A fault of the code stays one."""
    try:
        yield
    except (TypeError, AttributeError, NameError, AssertionError):
        raise
    except Exception as error:  # whatever the layers below raise
        raise InputError(f"{path}: cannot be written: {_reason(error)}") from error


def _not_of_orbax(record: logging.LogRecord) -> bool:
    """Each of its threads logs the error that it raises, with a stack trace, some of them after the program's error."""
    return "orbax" not in record.pathname


def _reason(error: BaseException) -> str:
    """What went wrong in a few words: of an error of the system its own, wherever it stands in the chain."""
    text = " ".join(str(error).split())
    code = error.errno if isinstance(error, OSError) else None
    found = re.search(r"os_error_code='(\d+)'", text)
    code = int(found[1]) if found else code
    return os.strerror(code) if code else text[:_LONGEST_REASON] or type(error).__name__


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turns what Orbax raises on a damaged checkpoint into an `InputError` that names it."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # whatever the layers below raise
        reason = _reason(error)
        raise InputError(f"{path}: cannot be read, the checkpoint is damaged or not of this run: {reason}") from error


def _flat(tree: Any) -> dict[str, Any]:
    return {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]}


def _zeros(tree: Any) -> dict[str, np.ndarray]:
    """Orbax restores into the kind of array that it is shown: numpy, whatever devices the run had."""
    return {name: np.zeros(leaf.shape, leaf.dtype) for name, leaf in _flat(tree).items()}


def _unflat(values: dict[str, Any], like: Any) -> Any:
    return jax.tree.unflatten(jax.tree.structure(like), [values[name] for name in _flat(like)])
