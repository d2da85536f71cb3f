"""The VCF file of a finished scan: every record as it was, with the effects of its alleles in INFO."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from genomics.errors import InputError
from genomics.io.bad_rows import BadRows
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
            values = {key: _values(folder, parts, number, array) for key, array, _ in keys}
            found = [(key, _joined(own)) for key, own in values.items()]
            found += [(name, _of(values[key], task)) for (key, task), name in single.items()]
            count = 0
            for block in records_of(number):
                count += len(block)
                digest.update(block.data.replace(b"\n", b""))
                yield _with_texts(block, found, part_path(folder, number))
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


#: Record, allele, and the text of each of its values, of the alleles of a part that have any.
_Values = tuple[np.ndarray, np.ndarray, list[list[bytes]]]
#: Record, allele and one text.
_Texts = tuple[np.ndarray, np.ndarray, list[bytes]]


def _of_task(name: str, key: str, what: str, task: str) -> str:
    text = f"{key} of task {task}: {what}".replace("\\", "\\\\").replace('"', '\\"')
    return f'##INFO=<ID={name},Number=A,Type=Float,Description="{text}">'


def _values(folder: Path, plan: RecordsPlan, number: int, name: str) -> _Values:
    path = part_path(folder, number)
    arrays = read_shard(path).arrays
    record, allele, values = arrays["record"], arrays["allele"], arrays[name]
    records = plan.records(number)
    ordered = (np.diff(record) > 0) | ((np.diff(record) == 0) & (np.diff(allele) > 0))
    inside = (record >= records.start) & (record < records.stop) & (allele >= 1)
    if not (ordered.all() and inside.all()):
        raise InputError(
            f"{path}: is damaged: record and allele are not those of its {len(records)} records; delete it"
        )
    known = np.isfinite(values).all(1)
    form = b"|".join([b"%.6g"] * values.shape[1])
    return record[known], allele[known], [(form % tuple(row)).split(b"|") for row in values[known].tolist()]


def _joined(values: _Values) -> _Texts:
    return values[0], values[1], [b"|".join(each) for each in values[2]]


def _of(values: _Values, task: int) -> _Texts:
    return values[0], values[1], [each[task] for each in values[2]]


def _with_texts(block: VcfBlock, found: Sequence[tuple[str, _Texts]], path: Path) -> bytes:
    """The lines of a block, with `KEY=VALUES` at the end of INFO where an allele has any."""
    counts = block.allele_counts()
    added: list[list[bytes]] = [[] for _ in range(len(block))]
    for key, (record, allele, texts) in found:
        low, high = np.searchsorted(record, [block.number, block.number + len(block)])
        index, own = record[low:high] - block.number, allele[low:high]
        if (beyond := np.flatnonzero(own > counts[index])).size:
            place = int(index[beyond[0]])
            raise InputError(
                f"{path}: is damaged: record {block.number + place + 1} has {counts[place]} alleles; delete it"
            )
        start, single = f"{key}=".encode(), (counts[index] == 1).tolist()
        several: dict[int, list[bytes]] = {}
        for place, number, text, alone in zip(index.tolist(), own.tolist(), texts[low:high], single, strict=True):
            if alone:
                added[place].append(start + text)
            else:
                several.setdefault(place, [b"."] * int(counts[place]))[number - 1] = text
        for place, values in several.items():
            added[place].append(start + b",".join(values))
    return block.with_info([b";".join(each) for each in added])
