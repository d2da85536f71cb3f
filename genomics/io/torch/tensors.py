"""The numbers of an archive: raw little-endian (or big-endian) storages, with sizes, strides and an offset each."""

from typing import Any

import numpy as np

from genomics.io.torch.archive import Archive
from genomics.io.torch.fields import Object, parse

#: PyTorch's number of an element type -> how it lies in a file.
KINDS = {1: "u1", 2: "i1", 3: "i2", 4: "i4", 5: "i8", 6: "f2", 7: "f4", 8: "f8", 12: "?", 13: "bfloat16", 28: "u2"}
#: And of those that are refused -> their names.
_OTHERS = {
    0: "unknown",
    9: "complex32",
    10: "complex64",
    11: "complex128",
    **dict.fromkeys(range(29, 34), "float8"),
    34: "uint32",
    35: "uint64",
}
_STRIDED = 7


class Tensors:
    """The tensors of one archive, by the name in the module. Each storage is read once."""

    def __init__(self, archive: Archive):
        self._archive = archive
        self._entries: dict[str, tuple[str, Object]] = {}
        for folder in ("weights", "constants"):
            name = f"data/{folder}/{archive.model}_{folder}_config.json"
            config = parse(archive, name, archive.member(name, parsed=True)).object("config")
            for key in config.value:
                self._entries[key] = (folder, config.object(key))
        self._big = archive.member("byteorder").strip() == b"big"
        self._storages: dict[str, bytes] = {}
        self._first: dict[str, str] = {}

    def key(self, name: str) -> str:
        """What a tensor is known by: equal for tied weights."""
        member, entry = self._entry(name)
        return self._first.setdefault(f"{member} {_layout(entry)}", name)

    def array(self, name: str) -> np.ndarray:
        """A tensor: floating-point numbers as float32, whole ones as int32 (int64 where they need it), truth values.

        Raises:
          InputError: it is absent, pickled, of an element type or layout that is not read, or reaches beyond its bytes.
        """
        member, entry = self._entry(name)
        place = f"tensor {name!r}"
        meta = entry.object("tensor_meta")
        code = meta.get("dtype", int)
        if code not in KINDS:
            raise self._archive.error(place, f"has the element type {_OTHERS.get(code, code)}, which is not read")
        if meta.get("layout", int, _STRIDED) != _STRIDED:
            raise self._archive.error(place, f"has layout {meta.value['layout']}; only dense tensors are read")
        sizes, strides = (tuple(_whole(part, key) for part in meta.objects(key)) for key in ("sizes", "strides"))
        offset = _whole(meta.object("storage_offset"), "storage_offset")
        if len(sizes) != len(strides):
            raise self._archive.error(place, f"has {len(sizes)} sizes and {len(strides)} strides")
        count = 1
        for size in sizes:
            count *= size
        self._archive.spend(8 * count, place)
        storage = self._storage(member, place)
        kind = np.dtype("u2" if KINDS[code] == "bfloat16" else KINDS[code]).newbyteorder(">" if self._big else "<")
        last = offset + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))
        if count and (last + 1) * kind.itemsize > len(storage):
            raise self._archive.error(
                place,
                f"has sizes {sizes}, strides {strides} and offset {offset}, which reach byte "
                f"{(last + 1) * kind.itemsize}; {member} holds {len(storage)}",
            )
        if not count:
            return _plain(np.zeros(sizes, kind), code)
        values = np.ndarray(sizes, kind, storage, offset * kind.itemsize, [s * kind.itemsize for s in strides])
        return _plain(np.ascontiguousarray(values).reshape(sizes), code)

    def _entry(self, name: str) -> tuple[str, Object]:
        if name not in self._entries:
            raise self._archive.error(
                f"tensor {name!r}", "is used by the graph, but not among the weights or constants"
            )
        folder, entry = self._entries[name]
        if entry.get("use_pickle", bool, False):
            raise self._archive.error(f"tensor {name!r}", "is pickled (a custom object); pickles are never read")
        return f"data/{folder}/{entry.get('path_name', str)}", entry

    def _storage(self, member: str, place: str) -> bytes:
        if member not in self._storages:
            self._storages[member] = self._archive.member(member)
        return self._storages[member]


def _layout(entry: Object) -> str:
    meta = entry.get("tensor_meta", dict)
    return repr([meta.get(part) for part in ("dtype", "sizes", "strides", "storage_offset")])


def _plain(values: np.ndarray, code: int) -> np.ndarray:
    if KINDS[code] == "bfloat16":  # the upper half of a float32
        return (values.astype(np.uint32) << 16).view(np.float32)
    if values.dtype.kind == "f":
        with np.errstate(over="ignore", invalid="ignore"):
            return values.astype(np.float32)
    if values.dtype.kind in "iu":
        narrow = np.iinfo(np.int32)
        fits = not values.size or (values.min() >= narrow.min and values.max() <= narrow.max)
        return values.astype(np.int32 if fits else np.int64)
    return values.astype(np.bool_)


def _whole(part: Object, what: str) -> int:
    """An `as_int` of sizes, strides and offsets, which a tensor in a file must state."""
    value: Any = part.value.get("as_int")
    if type(value) is not int or not 0 <= value < 1 << 40:
        raise part.archive.error(part.place, f"{what} must be a whole number from 0 (as_int), is {part.value}")
    return value
