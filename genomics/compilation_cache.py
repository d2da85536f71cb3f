"""What XLA compiled is kept in the user's cache folder, so that the next start of a command need not compile it again.

JAX has such a cache; its store on disk is replaced by one of a bounded size, whose entries are whole or absent and
carry a checksum: processes share it, a full disk or a folder that may not be written costs nothing but the time, and
the folder can be deleted at any moment.

Commands switch it on when they start, and `genomics.load` in Python: settings of JAX's cache are the only ones that it
changes, and no number depends on them. `GENOMICS_CACHE=off` leaves it off.

The folder is `$GENOMICS_CACHE`, or `genomics` in `$XDG_CACHE_HOME`, or `~/.cache/genomics`; in it each type of CPU and
version of jaxlib has a folder of its own, for a cluster whose machines share a home. A user's own
`JAX_COMPILATION_CACHE_DIR` or `JAX_ENABLE_COMPILATION_CACHE=false` is left alone.
"""

import contextlib
import hashlib
import importlib.metadata
import os
import platform
import secrets
import sys
import time
from pathlib import Path

#: Value of `$GENOMICS_CACHE` that leaves everything uncached.
OFF = "off"
#: Bytes that all folders together may take, and to how many the oldest entries are then removed.
MOST_BYTES = 2**30
_KEPT_SHARE = 0.8
#: Bytes that a process writes between two looks at the size of all.
_BETWEEN_LOOKS = 2**26
#: Seconds after which a temporary file is that of a process that died.
_DEAD_AFTER = 3600.0
#: Seconds until an entry that is read counts as used again.
_USED_ANEW = 3600.0
_ENDING = ".cache"
_CHECKSUM_BYTES = 32
#: Seconds of compilation from which on JAX keeps something, where nobody has said otherwise.
_JAX_LEAST = 1.0
#: What tells CPUs apart, of the lines of /proc/cpuinfo: machine code for one may not run on another.
_CPU_LINES = ("vendor_id", "cpu family", "model", "flags", "CPU implementer", "CPU part", "Features", "uarch", "isa")


def use_compilation_cache() -> None:
    """Switches the cache on for this process, where it has imported JAX and the user has not decided otherwise."""
    jax = sys.modules.get("jax")
    if jax is None or jax.config.jax_compilation_cache_dir or not jax.config.jax_enable_compilation_cache:
        return
    folder = cache_folder()
    if folder is None:
        return
    store = Store(folder)
    try:
        from jax._src import compilation_cache as internal

        plain = internal.get_file_cache  # another version of JAX may have no such place
    except (ImportError, AttributeError):
        return
    ours = lambda path: (store, path) if path == str(folder) else plain(path)  # noqa: E731
    internal.get_file_cache = ours  # pyright: ignore[reportAttributeAccessIssue]
    jax.config.update("jax_compilation_cache_dir", str(folder))
    if jax.config.jax_persistent_cache_min_compile_time_secs == _JAX_LEAST:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    # XLA's own caches would lie in the folder too, unbounded.
    jax.config.update("jax_persistent_cache_enable_xla_caches", "none")


def cache_folder() -> Path | None:
    """The folder of this type of CPU and version of jaxlib, made where absent; None where there can be none.

    What lies in it is executed, so it must belong to the user, who alone may write into it.
    """
    named = os.environ.get("GENOMICS_CACHE")
    if named == OFF:
        return None
    try:
        root = Path(named) if named else _user_caches() / "genomics"
        folder = root / f"{platform.machine()}-{cpu_type()}-jaxlib-{importlib.metadata.version('jaxlib')}"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = folder.stat()
    except (OSError, RuntimeError):  # a home that is not there, or may not be written
        return None
    if hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or status.st_mode & 0o022):
        return None
    return folder


def _user_caches() -> Path:
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return named if named.is_absolute() else Path.home() / ".cache"  # a relative one is invalid, says the standard


def cpu_type() -> str:
    """Sixteen letters that are equal on machines whose CPUs have the same model and instructions."""
    lines = [platform.machine(), platform.processor()]
    with contextlib.suppress(OSError):
        first = Path("/proc/cpuinfo").read_text().split("\n\n")[0]
        named = [line.partition(":") for line in first.splitlines()]
        lines += [
            f"{name.strip()} {' '.join(sorted(value.split()))}"
            for name, _, value in named
            if name.strip() in _CPU_LINES
        ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


class Store:
    """Entries of bytes by key, a file each. Nothing that happens to the disk is an error.

    Attributes:
      folder: of the entries; `_path` is what JAX calls it.
    """

    def __init__(self, folder: Path):
        self.folder = self._path = folder
        self._writable = True
        self._written = _BETWEEN_LOOKS  # look at the first entry

    def get(self, key: str) -> bytes | None:
        """The entry of this key, or None where there is none that is whole."""
        path = self.folder / (key + _ENDING)
        try:
            held = path.read_bytes()
        except OSError:
            return None
        checksum, value = held[:_CHECKSUM_BYTES], held[_CHECKSUM_BYTES:]
        with contextlib.suppress(OSError):
            if hashlib.sha256(value).digest() != checksum:
                path.unlink()
                return None
            if time.time() - path.stat().st_mtime > _USED_ANEW:
                os.utime(path)
        return value

    def put(self, key: str, value: bytes) -> None:
        """Adds an entry; on a full disk, nothing."""
        path = self.folder / (key + _ENDING)
        if not self._writable or len(value) > MOST_BYTES // 8 or path.exists():
            return
        temporary = self.folder / f".tmp-{secrets.token_hex(8)}"
        try:
            # Not synchronised to the disk, unlike results: an entry that a crash damaged fails its checksum.
            with temporary.open("xb") as file:
                file.write(hashlib.sha256(value).digest() + value)
            temporary.rename(path)
        except OSError:
            self._writable = False
            with contextlib.suppress(OSError):
                temporary.unlink()
            return
        self._written += len(value)
        if self._written >= _BETWEEN_LOOKS:
            self._written = 0
            make_room(self.folder.parent)


def make_room(root: Path, most: int | None = None) -> None:
    """Removes the entries that were used the longest ago, of all folders, where together they are too large."""
    most = MOST_BYTES if most is None else most
    found = []
    for path in [*root.glob(f"*/*{_ENDING}"), *root.glob("*/.tmp-*")]:
        with contextlib.suppress(OSError):  # another process has removed it
            status = path.stat()
            found.append((status.st_mtime, status.st_size, path))
    dead = time.time() - _DEAD_AFTER
    left = sum(size for _, size, _ in found)
    target = most if left <= most else most * _KEPT_SHARE
    for used, size, path in sorted(found):
        old = path.suffix != _ENDING and used < dead
        if old or left > target:
            with contextlib.suppress(OSError):
                path.unlink()
                left -= size
