"""The VCF file of a finished scan: every record as it was, with the effects of its alleles in INFO."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from genomics.errors import InputError
from genomics.io.bad_rows import BadRows
from genomics.io.shard import part_path, read_shard
from genomics.io.vcf import KEEP, check_key, info_names, open_vcf, with_info, write_indexed
from genomics.scan.plan import RecordsPlan
from genomics.scan.task_keys import task_keys
from genomics.scan.vcf_scores import info_keys

VARIANTS = "variants.vcf.gz"


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


def _annotated(folder: Path, plan: Mapping[str, Any], path: Path) -> Iterator[str]:
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
        for number in range(parts.num_parts):
            found = {key: _values(folder, parts, number, array) for key, array, _ in keys}
            for _ in parts.records(number):
                record = next(vcf.records, None)
                if record is None:
                    raise InputError(f"{path}: has fewer records than when it was scored")
                digest.update(record.line.encode("utf-8", KEEP))
                own = {key: values[record.number] for key, values in found.items() if record.number in values}
                if any(max(values) > len(record.alts) for values in own.values()):
                    raise InputError(
                        f"{part_path(folder, number)}: is damaged: record {record.number + 1} has {len(record.alts)} "
                        "alleles; delete it"
                    )
                alleles = range(1, len(record.alts) + 1)
                added = [
                    f"{key}={','.join('|'.join(values.get(allele, '.')) for allele in alleles)}"
                    for key, values in own.items()
                ]
                added += [
                    f"{name}={','.join(own[key][allele][task] if allele in own[key] else '.' for allele in alleles)}"
                    for (key, task), name in single.items()
                    if key in own
                ]
                yield with_info(record.line, ";".join(added)) if added else record.line
        if next(vcf.records, None) is not None or digest.hexdigest()[: len(settings["vcf"])] != settings["vcf"]:
            raise InputError(f"{path}: is not the file any more that was scored")


def _definition(key: str, array: str, what: str, settings: Mapping[str, Any]) -> str:
    order = "|".join(settings["tasks"]).replace("\\", "\\\\").replace('"', '\\"')
    values = "one value" if array.removesuffix("_std") in settings.get("widths", {}) else f"one value a task: {order}"
    strands = ", mean of both strands" if settings["reverse_complement"] else ""
    text = f"{what}{strands}; {values}; model {settings['model']}"
    return f'##INFO=<ID={key},Number=A,Type=String,Description="{text}">'


def _of_task(name: str, key: str, what: str, task: str) -> str:
    text = f"{key} of task {task}: {what}".replace("\\", "\\\\").replace('"', '\\"')
    return f'##INFO=<ID={name},Number=A,Type=Float,Description="{text}">'


def _values(folder: Path, plan: RecordsPlan, number: int, name: str) -> dict[int, dict[int, list[str]]]:
    """Record -> allele -> the text of each of its values."""
    path = part_path(folder, number)
    arrays = read_shard(path).arrays
    places = list(zip(arrays["record"].tolist(), arrays["allele"].tolist(), strict=True))
    records = plan.records(number)
    if places != sorted(set(places)) or any(record not in records or allele < 1 for record, allele in places):
        raise InputError(
            f"{path}: is damaged: record and allele are not those of its {len(records)} records; delete it"
        )
    found: dict[int, dict[int, list[str]]] = {}
    for record, allele, values in zip(arrays["record"], arrays["allele"], arrays[name], strict=True):
        if np.isfinite(values).all():
            found.setdefault(int(record), {})[int(allele)] = [f"{value:.6g}" for value in values.tolist()]
    return found
