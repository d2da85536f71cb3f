"""One run in one folder: a lock that says who holds it.

The file `.lock` in a folder tells host, process and start of the run that writes there. While that runs the system
holds a lock on it (https://man7.org/linux/man-pages/man2/flock.2.html), which ends with the process however it ends; so
a run that was killed leaves a file that the next one takes over. Only where the file is of another machine can nobody
tell: then the message says which file to remove. Where a file system has no such locks, the process is looked for.

Runs that write different parts of one result (shards of a scan) share `.lock`, and each holds `.lock-PART`.
"""

import contextlib
import dataclasses
import errno
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from genomics.errors import InputError
from genomics.io import atomic, owner
from genomics.io.json_text import read_json

NAME = ".lock"
#: What a system says that has no locks on this file system.
_NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}
_LONGEST_COMMAND = 200


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Holder:
    """What a lock tells of the run that holds it.

    Attributes:
      host: name of the machine.
      boot: of the machine's kernel.
      pid: of the process.
      start: of the process, in the kernel's ticks.
      since: when it took the lock.
      command: what it is.
    """

    host: str
    boot: str
    pid: int
    start: int
    since: str
    command: str

    def is_elsewhere(self) -> bool:
        """Whether it is of another machine, about whose processes this one knows nothing."""
        return self.host != owner.host() and (not self.boot or self.boot != owner.boot())

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since} ({self.command})"


@contextlib.contextmanager
def holding(folder: str | os.PathLike[str], part: str | None = None) -> Iterator[None]:
    """Holds a folder for this process; within the block nobody else does.

    Args:
      folder: made when absent; taken away again when nothing was written.
      part: what of the folder's result this process writes, side by side with those that write other parts; None = all.

    Raises:
      InputError: another process holds it; nothing was touched. Or the lock cannot be written; or, at the end of the
        block, the folder is not the one that was held: what was written into it is gone.
    """
    folder = Path(folder)
    made = _make(folder)
    try:
        with contextlib.ExitStack() as stack:
            stack.enter_context(_held(folder / NAME, shared=part is not None))
            if part is None:
                for other in sorted(folder.glob(f"{NAME}-*")):
                    _check_part(other)
                atomic.clear(folder, of_all=True)
            else:
                stack.enter_context(_held(folder / f"{NAME}-{part}", shared=False))
            yield
    finally:
        for each in reversed(made):
            with contextlib.suppress(OSError):  # not empty
                each.rmdir()


def _make(folder: Path) -> list[Path]:
    """Makes a folder; returns those that were made for it, outermost first."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {os.strerror(error.errno or 0)}") from error
    return missing[::-1]


@contextlib.contextmanager
def _held(path: Path, *, shared: bool) -> Iterator[None]:
    try:
        file = _take(path, shared=shared)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {os.strerror(error.errno or 0)}") from error
    try:
        told = _is_at(file, path)  # without locks of the system those that share have no file
        yield
        if told and not _is_at(file, path):
            raise InputError(f"{path.parent}: was removed, or given to another run, while this one ran; run it again")
    finally:
        with contextlib.suppress(OSError):
            if _is_at(file, path) and (not shared or _lock(file, shared=False)):  # the last one that shared it
                path.unlink()
        os.close(file)


def _is_at(file: int, path: Path) -> bool:
    """Whether an open file is still the one of this name."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except OSError:
        return False


def _take(path: Path, *, shared: bool) -> int:
    """The open file of a lock that this process now holds."""
    while True:
        try:
            new = not path.exists()
            file = os.open(path, os.O_RDWR | os.O_CREAT | (os.O_EXCL if new else 0), 0o666)
        except FileExistsError:  # made this moment
            continue
        try:
            locked = _lock(file, shared=shared)
            holder = _read(path)
            if locked is False:
                raise _busy(path, holder)
            if not _is_at(file, path):  # its holder has just gone
                os.close(file)
                continue
            if holder is not None and holder.is_elsewhere():
                raise _busy(path, holder, may_be_gone=True)
            if locked is None and not new and (holder is None or owner.runs(holder.pid, holder.start)):
                raise _busy(path, holder, may_be_gone=holder is None)
            if not shared:
                _write(file, path)
            elif locked is None:  # the file would tell nothing, and nobody could say whether it is held
                path.unlink()
            elif holder is not None:  # who has died
                os.ftruncate(file, 0)
        except BaseException:
            os.close(file)
            raise
        return file


def _lock(file: int, *, shared: bool) -> bool | None:
    """Whether the system gave this process the lock on an open file; None where it has none to give."""
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return None
        raise
    return True


def _write(file: int, path: Path) -> None:
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
    holder = _Holder(
        host=owner.host(),
        boot=owner.boot(),
        pid=os.getpid(),
        start=owner.started(os.getpid()),
        since=time.strftime("%Y-%m-%d %H:%M:%S"),
        command=command if len(command) <= _LONGEST_COMMAND else f"{command[:_LONGEST_COMMAND]}...",
    )
    data = json.dumps(dataclasses.asdict(holder)).encode()
    try:
        os.ftruncate(file, 0)
        if os.pwrite(file, data, 0) < len(data):
            raise OSError(errno.ENOSPC, "")
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


def _read(path: Path) -> _Holder | None:
    """None where the file tells nothing, e.g. because it is just being written."""
    try:
        found = read_json(path)
        holder = _Holder(**found)
        return dataclasses.replace(holder, pid=int(holder.pid), start=int(holder.start))
    except (OSError, ValueError, TypeError):
        return None


def _check_part(path: Path) -> None:
    """Raises InputError where a part's lock is held; those on this machine share the folder's, which we hold."""
    holder = _read(path)
    if holder is not None and (holder.is_elsewhere() or owner.runs(holder.pid, holder.start)):
        raise _busy(path, holder, may_be_gone=holder.is_elsewhere())


def _busy(path: Path, holder: _Holder | None, *, may_be_gone: bool = False) -> InputError:
    if holder is None:  # those that share it have told in files of their own
        others = (_read(each) for each in sorted(path.parent.glob(f"{NAME}-*")))
        holder = next((each for each in others if each and owner.runs(each.pid, each.start)), None)
    advice = f"if that does not run any more, delete {path}" if may_be_gone else "wait for its end"
    return InputError(f"{path.parent}: is in use by {holder or 'another process'}; {advice}, or name another folder")
