"""Groups, attributes and arrays of an HDF5 file that is not trusted.

Links that leave the file are not followed (a file could otherwise read others on the disk), and no array is read whose
size the file's own bytes do not account for.
"""

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from genomics.errors import InputError
from genomics.io.hdf5 import reading

#: Largest array that is read, in bytes.
MAXIMUM_ARRAY = 2 << 30
#: Largest ratio of an array to its bytes on the disk; deflate reaches 1,032.
_MAXIMUM_RATIO = 1100


def group(file: Path, parent: h5py.Group, path: str) -> h5py.Group:
    """The group at `path` below `parent`.

    Raises:
      InputError: it is absent or not a group, or a link on the way leads elsewhere.
    """
    found = _follow(file, parent, path)
    if not isinstance(found, h5py.Group):
        raise InputError(f"{file}: {parent.name}/{path}: must be a group")
    return found


def _follow(file: Path, parent: h5py.Group, path: str) -> Any:
    """What lies at `path` below `parent`, through hard links alone."""
    found: Any = parent
    for part in path.strip("/").split("/"):
        where = f"{str(found.name).rstrip('/')}/{part}"
        with reading(file, where):
            if not isinstance(found, h5py.Group) or part not in found:
                raise InputError(f"{file}: {where}: is not in the file, which must hold it; it may be truncated")
            if not isinstance(found.get(part, getlink=True), h5py.HardLink):
                raise InputError(f"{file}: {where}: is a link to elsewhere; only what lies in the file itself is read")
            found = found[part]
    return found


def keys(file: Path, owner: h5py.Group) -> list[str]:
    """The names in a group, shorter ones first, so that "10" comes after "9"."""
    with reading(file, str(owner.name)):
        return sorted(map(str, owner), key=lambda name: (len(name), name))


def text(file: Path, owner: h5py.Group, key: str) -> str | None:
    """A text attribute; None where there is none."""
    with reading(file, f"attribute {key}"):
        if key not in owner.attrs:
            return None
        found = _texts(owner, key)
    if found is None or len(found) != 1:
        raise InputError(f"{file}: attribute {key}: must be one text")
    return found[0]


def names(file: Path, owner: h5py.Group, key: str) -> tuple[str, ...]:
    """A list of names in an attribute; long lists are split over `key0`, `key1`, ...

    Raises:
      InputError: neither is there, or it is not a list of texts.
    """
    place = f"{owner.name} attribute {key}"
    with reading(file, place):
        attributes = owner.attrs
        keys = [key] if key in attributes else []
        while not keys or (keys[0] != key and f"{key}{len(keys)}" in attributes):
            if not keys and f"{key}0" not in attributes:
                raise InputError(f"{file}: {place}: is not in the file, which must hold it")
            keys.append(f"{key}{len(keys)}")
        parts = [_texts(owner, part) for part in keys]
    found = tuple(name for part in parts for name in ([""] if part is None else part))
    if not all(name and name.isprintable() for name in found):
        raise InputError(f"{file}: {place}: must be a list of names")
    return found


def array(file: Path, parent: h5py.Group, path: str) -> np.ndarray:
    """The data set of real numbers at `path` below `parent`, as float32; bfloat16 is widened.

    Raises:
      InputError: it is absent or not an array of floating-point numbers, lies outside the file, is too large for the
        bytes that hold it, or holds NaN or infinity.
    """
    dataset = _follow(file, parent, path)
    place = str(dataset.name)
    with reading(file, place):
        if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
            raise InputError(f"{file}: {place}: must be an array")
        if dataset.is_virtual or dataset.external:
            raise InputError(f"{file}: {place}: lies in another file; only what lies in the file itself is read")
        size, stored = dataset.size * dataset.dtype.itemsize, dataset.id.get_storage_size()
        if size > MAXIMUM_ARRAY or size > stored * _MAXIMUM_RATIO:
            raise InputError(
                f"{file}: {place}: shape {dataset.shape} needs {size} bytes and is stored in {stored}; "
                f"at most {MAXIMUM_ARRAY} bytes and {_MAXIMUM_RATIO} times the stored size are read"
            )
        kind = dataset.dtype
        brain = kind.kind == "V" and kind.itemsize == 2 and _is_brain_float(dataset)
        if kind.kind != "f" and not brain:
            raise InputError(f"{file}: {place}: has type {kind}; weights must be floating-point numbers")
        values = dataset[...]
        # bfloat16 is the upper half of a float32; h5py returns it as two opaque bytes.
        values = (values.view("<u2").astype(np.uint32) << 16).view(np.float32) if brain else values
        with np.errstate(over="ignore", invalid="ignore"):
            values = np.ascontiguousarray(values, np.float32).reshape(dataset.shape)
    if not np.isfinite(values).all():
        raise InputError(f"{file}: {place}: holds NaN or infinity; weights must be finite float32 numbers")
    return values


def _texts(owner: h5py.Group | h5py.Dataset, key: str) -> list[str] | None:
    """The texts of an attribute; None where it holds something else."""
    # The type is asked for first: the library crashes on a damaged one when the value is read. h5py writes an empty
    # list as numbers.
    kind = owner.attrs.get_id(key)
    if kind.shape is None or (0 not in kind.shape and h5py.check_string_dtype(kind.dtype) is None):
        return None
    found = np.asarray(owner.attrs[key]).ravel().tolist() if 0 not in kind.shape else []
    return [entry.decode("utf-8") if isinstance(entry, bytes) else str(entry) for entry in found]


def _is_brain_float(dataset: h5py.Dataset) -> bool:
    return "dtype" in dataset.attrs and _texts(dataset, "dtype") == ["bfloat16"]
