"""Results at known bases that are not finite: counted where parts go to the disk, told when the scan is finished."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Shaped

from genomics.io.shard import Shard

#: The attribute of a part of bases, and the key of the manifest.
NOT_FINITE = "not_finite"
_SHOWN = 5
#: Of float16: all of these are set in NaN and infinity alone.
_EXPONENT = 0x7C00
_SIGN = 0x8000
_BESIDE = ("chrom", "start", "end")


def counted(shard: Shard) -> Shard:
    """The part with the number of its known bases that have a result which is not finite; one of alleles as it is."""
    unknown = shard.attributes.get("unknown_bases")
    results = [values for name, values in shard.arrays.items() if name not in _BESIDE]
    if unknown is None or not results:
        return shard
    broken = np.logical_or.reduce([_broken(values) for values in results])
    # All results of an unknown base are NaN.
    return replace(shard, attributes={**shard.attributes, NOT_FINITE: int(broken.sum()) - int(unknown)})


def told(found: Mapping[str, Any], wanted: Sequence[str]) -> list[str]:
    """Lines about the results of a scan that are not finite, and about tracks that there are none of.

    Args:
      found: the manifest.
      wanted: names of all tracks.
    """
    lines = []
    if count := found.get(NOT_FINITE, 0):
        parts = [part["file"] for part in found["parts"] if part.get(NOT_FINITE)]
        shown = ", ".join(parts[:_SHOWN]) + (", ..." if len(parts) > _SHOWN else "")
        lines.append(f"not finite: {count:,} known bases have a result that is NaN or infinite: in {shown}")
    if missing := [name for name in wanted if name not in found["files"]]:
        lines.append(f"no track, for want of any finite value: {', '.join(missing)}")
    return lines


def _broken(values: Shaped[np.ndarray, "P *shape"]) -> Bool[np.ndarray, " P"]:
    flat = values.reshape(len(values), -1)
    if flat.dtype == np.float16:  # a tenth of the time of isfinite
        bits = np.ascontiguousarray(flat).view(np.uint16)
        # Of most parts all: without a sign they are the largest signed integers, with one the largest unsigned ones.
        if not bits.size or (int(bits.view(np.int16).max()) < _EXPONENT and int(bits.max()) < _SIGN | _EXPONENT):
            return np.zeros(len(values), bool)
        return ((bits & _EXPONENT) == _EXPONENT).any(1)
    return np.asarray(~np.isfinite(flat).all(1))
