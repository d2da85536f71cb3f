"""What a finished scan of a VCF file found."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from genomics.errors import InputError
from genomics.io.vcf import open_vcf
from genomics.lenses.units import effects_unit, word
from genomics.report.scan_lengths import Lengths, lengths_of
from genomics.report.scan_parts import alleles, skipped
from genomics.report.scan_tally import TOP, Highest, Histogram, contig_rows, histogram_of, means_of, shortened
from genomics.scan import background
from genomics.scan.allele_parts import reader
from genomics.scan.annotate import VARIANTS
from genomics.scan.plan import RecordsPlan

#: (number of the record from 0, number of the allele from 1)
Allele = tuple[int, int]


def of_variants(folder: Path, plan: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a summary that depend on the effects of alleles; see `scan_summary.summarise`."""
    settings, made = plan["settings"], plan["provenance"]
    tasks = settings["tasks"]
    compared = background.sizes(folder) if settings.get("background") else None
    histogram, lengths, best = Histogram(len(tasks)), Lengths(len(tasks)), [Highest(TOP, 0.0) for _ in tasks]
    sums, count = np.zeros(len(tasks)), 0
    scored: dict[str, int] = {}
    reasons: dict[str, int] = {}
    parts = RecordsPlan(size=plan["records"], part_size=settings["part_size"])
    blocks_of = reader(folder / VARIANTS, parts)
    for number in range(parts.num_parts):
        for reason, found in skipped(folder, plan, number).items():
            reasons[reason] = reasons.get(reason, 0) + found
        changed = lengths_of(blocks_of(number))
        for columns, values in alleles(folder, plan, number):
            known = np.isfinite(values).all(1)
            count += int(known.sum())
            histogram.add(values[known])
            lengths.add(columns["record"][known], columns["allele"][known], values[known], changed, folder / VARIANTS)
            sums += np.abs(values[known]).sum(0, dtype=np.float64)
            for contig, found in zip(*np.unique(columns["chrom"][known], return_counts=True), strict=True):
                scored[contig.decode()] = scored.get(contig.decode(), 0) + int(found)
            for task, top in enumerate(best):
                _offer(top, columns, values, task, compared)
    named = _named(folder / VARIANTS, {allele for top in best for allele, _ in top.entries()})
    return {
        "kind": "vcf",
        "unit": word(made.get("unit", "logit")),
        "effect_unit": effects_unit(settings, made),
        "values": "|effect| of an allele",
        "variants": count,
        "records": plan["records"],
        "skipped": reasons,
        "background": settings.get("background"),
        **contig_rows(plan["contigs"], scored),
        "histogram": histogram_of("effects of alleles", tasks, histogram),
        "mean": means_of(tasks, sums, count),
        "lengths": lengths.rows(tasks),
        "top": [
            {"task": task, **entry, **named[allele]}
            for task, top in zip(tasks, best, strict=True)
            for allele, entry in top.entries()
        ],
    }


def _offer(
    top: Highest, columns: Mapping[str, np.ndarray], values: np.ndarray, task: int, compared: np.ndarray | None
) -> None:
    def entry(row: int) -> tuple[Allele, dict[str, Any]]:
        allele = int(columns["record"][row]), int(columns["allele"][row])
        told = {"chrom": columns["chrom"][row].decode(), "position": int(columns["start"][row]) + 1}
        numbers = {"effect": values[row, task]}
        numbers |= {
            key: columns[array][row, task]
            for key, array in (("output_ref", "reference"), ("output_alt", "alternative"))
            if array in columns
        }
        if compared is not None:
            numbers["percentile"] = background.percentiles(values[row : row + 1, [task]], compared[:, [task]])[0, 0]
        return allele, {**told, **{name: shortened(number) for name, number in numbers.items()}}

    top.add(np.abs(values[:, task]), entry)


def _named(path: Path, wanted: set[Allele]) -> dict[Allele, dict[str, str]]:
    """ID, REF and ALT, from the annotated file, which holds every record of the one that was scored."""
    left: dict[int, list[int]] = {}
    for record, allele in wanted:
        left.setdefault(record, []).append(allele)
    found = {}
    with open_vcf(path) as vcf:
        for record in vcf.records if left else ():
            for allele in left.pop(record.number, ()):
                if allele > len(record.alts):
                    raise InputError(
                        f"{path}: record {record.number + 1}: has no allele {allele}: the file has changed"
                    )
                name = record.line.split("\t", 3)[2]
                own = {"ref": record.ref, "alt": record.alts[allele - 1]}
                found[record.number, allele] = own if name == "." else {"id": _text(name), **own}
            if not left:
                break
    if left:
        raise InputError(f"{path}: has no record {min(left) + 1}: the file has changed")
    return found


def _text(name: str) -> str:
    """A name whose bytes that are no UTF-8 are replaced."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
