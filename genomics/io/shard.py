"""Parts of a scan: `part-00012.h5`, each a stretch of the plan, whole or absent.

| key | type | holds |
|---|---|---|
| `/chrom` `/start` `/end` | str, int64, int64 (M,) | the intervals of the part, 0-based half-open |
| `/effects` | float (P, 4, T) | for the P bases in order; columns A C G T, 0 at the reference base, NaN at N |
| `/max` `/mean` | float (P, T) | instead: largest absolute and mean effect of the three substitutions |
| `/logits` | float (P, T) | instead: the prediction for the window centred on the base; NaN at N |
| `/record` `/allele` | int64, int32 (M,) | variants: line number of the record from 0, allele number from 1 |
| `/effects` | float (M, T) | variants: of each allele; its interval is that of REF |
| `/reference`, ... | float (M, T) | variants: further scores of each allele, where asked for (`scan/vcf_scores.py`) |

Of networks trained side by side each array is the mean, with the standard deviation beside it as `<name>_std`. The
attributes tell the run: `settings` and `part` say which work this is, the others how it was done.
"""

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from genomics.io import hdf5, hdf5_write
from genomics.io.json_text import parse_json

#: Rows to a chunk of a compressed data set.
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Shard:
    """What a part holds.

    Attributes:
      arrays: data sets by name; `chrom` as str or, in UTF-8, bytes; and (M,) or (P, ...) numbers.
      attributes: JSON-ready values.
      tracks: what becomes of it in bigWig files, for a file beside (`io/bigwig/pieces.py`); None: not made yet.
    """

    arrays: Mapping[str, np.ndarray]
    attributes: Mapping[str, Any]
    tracks: "Shard | None" = None


def part_path(folder: Path, number: int) -> Path:
    """The file of part `number`."""
    return folder / f"part-{number:05d}.h5"


def write_shard(path: str | os.PathLike[str], shard: Shard, *, compression: str | None = None) -> None:
    """Writes a part, whole or not at all.

    Args:
      path: the file.
      shard: what it holds.
      compression: None or `gzip`.

    Raises:
      InputError: the file cannot be written.
    """
    with hdf5_write.writing(path) as file:
        for name, values in shard.arrays.items():
            storage: dict[str, Any] = {}
            if values.dtype.kind == "S":  # as many names as alleles: of fixed length they take a tenth of the time
                values = values.view(h5py.string_dtype("utf-8", values.dtype.itemsize))
            if compression and values.ndim > 1 and values.size:
                rows = max(1, min(len(values), _CHUNK_BYTES // values[:1].nbytes))
                chunks = (rows, *values.shape[1:])
                storage = {"chunks": chunks, "compression": compression, "compression_opts": 1, "shuffle": True}
            hdf5_write.put(file, name, values, storage)
        for key, value in shard.attributes.items():
            file.attrs[key] = value if isinstance(value, str | int | float) else json.dumps(value)


def read_attributes(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The attributes of a part, and under `shapes` the shape of each data set; no data are read.

    Raises:
      InputError: the file is absent or damaged.
    """
    path = Path(path)
    with hdf5.open_hdf5(path) as file, hdf5.reading(path, "attributes"):
        shapes = {name: item.shape for name, item in file.items() if isinstance(item, h5py.Dataset)}
        attributes = {key: _plain(value) for key, value in file.attrs.items()}
    return {**attributes, "shapes": shapes}


def check_shard(path: str | os.PathLike[str]) -> None:
    """Reads every value of a part and compares it with what was written.

    Raises:
      InputError: the file is absent or damaged, or not all of it was written.
    """
    path = Path(path)
    with hdf5.open_hdf5(path) as file:
        hdf5_write.verify(path, file, required=True)


def read_shard(path: str | os.PathLike[str], names: Collection[str] | None = None) -> Shard:
    """What a part holds; texts are str.

    Args:
      path: the file.
      names: of the data sets that are read; None = all.

    Raises:
      InputError: the file is absent or damaged.
    """
    path = Path(path)
    with hdf5.open_hdf5(path) as file, hdf5.reading(path, "data sets"):
        arrays = {}
        for name, item in file.items():
            if isinstance(item, h5py.Dataset) and (names is None or name in names):
                texts = h5py.check_string_dtype(item.dtype)
                arrays[name] = np.asarray(item.asstr()[()], object) if texts else item[()]
        return Shard(arrays=arrays, attributes={key: _plain(value) for key, value in file.attrs.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(("{", "[")):
        return parse_json(value, "attribute")
    return value.item() if isinstance(value, np.generic) else value
