"""The VCF file of a finished scan: every record as it was, with the effects of its alleles in INFO."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int64, UInt8

from genomics.errors import InputError
from genomics.io.bad_rows import BadRows
from genomics.io.decimals import joined, six_digits
from genomics.io.shard import part_path, read_shard
from genomics.io.vcf import check_key, info_names, open_vcf, write_indexed
from genomics.io.vcf_blocks import VcfBlock
from genomics.scan.allele_parts import reader
from genomics.scan.plan import RecordsPlan
from genomics.scan.task_keys import task_keys
from genomics.scan.vcf_scores import info_keys

VARIANTS = "variants.vcf.gz"
_ALL = 1 << 62


def write_annotated(folder: Path, plan: Mapping[str, Any]) -> list[str]:
    """Writes `variants.vcf.gz` and its index from the parts of a scan.

    The key is `settings["info_key"]`, Number=A: for each ALT allele one value a task, joined by `|`, in the order that
    the header tells; `.` for an allele without effect. Each task's value follows as a number under a key of its own
    (`task_keys.py`), which the header explains. Further scores have keys of their own (`vcf_scores.py`). A
    record without any effect stays as it is. Of networks trained side by side, each key's standard deviations follow
    under `<key>_STD`.

    Returns:
      Names of the files.

    Raises:
      InputError: the VCF file is not what it was, or the files cannot be written.
    """
    path = Path(plan["vcf"])
    if not path.is_file():
        raise InputError(f"{path}: the VCF file of this scan: no such file")
    longest = max(plan["contigs"].values())
    return [made.name for made in write_indexed(folder / VARIANTS, _annotated(folder, plan, path), longest=longest)]


def _annotated(folder: Path, plan: Mapping[str, Any], path: Path) -> Iterator[str | bytes]:
    settings = plan["settings"]
    keys = list(
        info_keys(
            settings["info_key"],
            settings.get("vcf_scores", ()),
            settings["replicates"],
            unit=plan["provenance"].get("unit", "logit"),
            gauge=settings.get("gauge", "delta"),
        )
    )
    parts = RecordsPlan(size=plan["records"], part_size=settings["part_size"])
    with open_vcf(path, allow_truncated=True, bad_rows=BadRows(mode="skip")) as vcf:  # known by its digest
        for key, _, _ in keys:
            check_key(key, vcf.header, path)
        tasks, width = settings["tasks"], settings.get("widths", {})
        shared = [key for key, array, _ in keys if array.removesuffix("_std") not in width]
        single = task_keys(shared, tasks, info_names(vcf.header) | {key for key, _, _ in keys})
        yield from vcf.header[:-1]
        for key, array, what in keys:
            yield _definition(key, array, what, settings)
        words = {key: what for key, _, what in keys}
        for (key, task), name in single.items():
            yield _of_task(name, key, words[key], tasks[task])
        yield vcf.header[-1]
        digest = hashlib.sha256()
        records_of = reader(path, RecordsPlan(size=_ALL, part_size=parts.part_size))  # as many as there are now
        for number in range(parts.num_parts):
            texts = _texts(part_path(folder, number), parts.records(number), keys, single)
            count = 0
            for block in records_of(number):
                count += len(block)
                digest.update(block.data.replace(b"\n", b""))
                yield _with_texts(block, texts, part_path(folder, number))
            if count < len(parts.records(number)):
                raise InputError(f"{path}: has fewer records than when it was scored")
        more = next(records_of(parts.num_parts), None)
        if more is not None or digest.hexdigest()[: len(settings["vcf"])] != settings["vcf"]:
            raise InputError(f"{path}: is not the file any more that was scored")


def _definition(key: str, array: str, what: str, settings: Mapping[str, Any]) -> str:
    order = "|".join(settings["tasks"]).replace("\\", "\\\\").replace('"', '\\"')
    values = "one value" if array.removesuffix("_std") in settings.get("widths", {}) else f"one value a task: {order}"
    strands = ", mean of both strands" if settings["reverse_complement"] else ""
    text = f"{what}{strands}; {values}; model {settings['model']}"
    return f'##INFO=<ID={key},Number=A,Type=String,Description="{text}">'


@dataclass(frozen=True, kw_only=True)
class _Texts:
    """What is added for the alleles of a part.

    Attributes:
      record: (A,) number of each allele's record, ascending.
      allele: (A,) number of the allele in its record, from 1.
      keys: `;KEY=`, and the (A, W) text of each allele's value, no character where it has none.
      added: the same of all keys, allele by allele.
      places: (A + 1,) where each allele begins in it, and the end.
    """

    record: Int64[np.ndarray, " A"]
    allele: Int64[np.ndarray, " A"]
    keys: Sequence[tuple[bytes, UInt8[np.ndarray, "A _"]]]
    added: bytes
    places: Int64[np.ndarray, " A1"]


def _of_task(name: str, key: str, what: str, task: str) -> str:
    text = f"{key} of task {task}: {what}".replace("\\", "\\\\").replace('"', '\\"')
    return f'##INFO=<ID={name},Number=A,Type=Float,Description="{text}">'


def _texts(
    path: Path, records: range, keys: Sequence[tuple[str, str, str]], single: Mapping[tuple[str, int], str]
) -> _Texts:
    arrays = read_shard(path, {"record", "allele", *(array for _, array, _ in keys)}).arrays
    record, allele = arrays["record"], arrays["allele"]
    ordered = (np.diff(record) > 0) | ((np.diff(record) == 0) & (np.diff(allele) > 0))
    inside = (record >= records.start) & (record < records.stop) & (allele >= 1)
    if not (ordered.all() and inside.all()):
        raise InputError(
            f"{path}: is damaged: record and allele are not those of its {len(records)} records; delete it"
        )
    count, texts, known = len(record), {}, {}
    for key, array, _ in keys:
        values = arrays[array]
        known[key] = np.isfinite(values).all(1)
        characters = six_digits(values.ravel())
        texts[key] = characters.reshape(*values.shape, characters.shape[1])
    bar = np.full((count, 1), ord("|"), np.uint8)
    found = [
        (key, np.concatenate([each for task in range(own.shape[1]) for each in (bar, own[:, task])][1:], axis=1))
        for key, own in texts.items()
    ]
    found += [(name, texts[key][:, task]) for (key, task), name in single.items()]
    of = {name: key for (key, _), name in single.items()}
    named = [(f";{name}=".encode(), own * known[of.get(name, name)][:, None]) for name, own in found]
    pieces: list[UInt8[np.ndarray, "A _"]] = []
    for start, own in named:
        pieces += np.frombuffer(start, np.uint8) * own.any(1, keepdims=True), own
    added, places = joined(pieces, count)
    return _Texts(record=record, allele=allele.astype(np.int64), keys=named, added=added, places=places)


def _with_texts(block: VcfBlock, texts: _Texts, path: Path) -> bytes:
    """The lines of a block, with `;KEY=VALUES` at the end of INFO where an allele has any."""
    low, high = np.searchsorted(texts.record, [block.number, block.number + len(block)])
    index, own, counts = texts.record[low:high] - block.number, texts.allele[low:high], block.allele_counts()
    if (beyond := np.flatnonzero(own > counts[index])).size:
        place = int(index[beyond[0]])
        raise InputError(
            f"{path}: is damaged: record {block.number + place + 1} has {counts[place]} alleles; delete it"
        )
    sizes, alone = np.zeros(len(block) + 1, np.int64), counts[index] == 1
    sizes[index[alone] + 1] = np.diff(texts.places[low : high + 1])[alone]
    added = texts.added[texts.places[low] : texts.places[high]]
    if not alone.all():
        data, starts = texts.added, texts.places.tolist()
        each = {int(record): data[starts[low + row] : starts[low + row + 1]] for row, record in enumerate(index)}
        for place in np.unique(index[~alone]).tolist():
            rows = np.arange(*np.searchsorted(index, [place, place + 1]))
            each[place] = _of_several(texts, low + rows, own[rows], int(counts[place]))
            sizes[place + 1] = len(each[place])
        added = b"".join(each.values())
    return block.with_info(added, np.cumsum(sizes))


def _of_several(texts: _Texts, rows: np.ndarray, alleles: np.ndarray, count: int) -> bytes:
    """What is added to a record of several alleles, `.` for those that have no value."""
    found = b""
    for start, own in texts.keys:
        values = [b"."] * count
        for row, allele in zip(rows, alleles, strict=True):
            values[allele - 1] = own[row][own[row] != 0].tobytes() or b"."
        if any(value != b"." for value in values):
            found += start + b",".join(values)
    return found
