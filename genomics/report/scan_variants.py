"""What a finished scan of a VCF file found."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from genomics.errors import InputError
from genomics.io.vcf import open_vcf
from genomics.report.scan_parts import alleles, skipped
from genomics.report.scan_tally import TOP, Highest, Histogram, contig_rows, histogram_of, means_of, shortened
from genomics.scan.annotate import VARIANTS
from genomics.scan.plan import RecordsPlan

#: (number of the record from 0, number of the allele from 1)
Allele = tuple[int, int]


def of_variants(folder: Path, plan: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a summary that depend on the effects of alleles; see `scan_summary.summarise`."""
    tasks = plan["settings"]["tasks"]
    histogram, best = Histogram(len(tasks)), [Highest(TOP, 0.0) for _ in tasks]
    sums, count = np.zeros(len(tasks)), 0
    scored: dict[str, int] = {}
    reasons: dict[str, int] = {}
    parts = RecordsPlan(size=plan["records"], part_size=plan["settings"]["part_size"])
    for number in range(parts.num_parts):
        for reason, found in skipped(folder, plan, number).items():
            reasons[reason] = reasons.get(reason, 0) + found
        for columns, values in alleles(folder, plan, number):
            known = np.isfinite(values).all(1)
            count += int(known.sum())
            histogram.add(values[known])
            sums += np.abs(values[known]).sum(0, dtype=np.float64)
            for contig, found in zip(*np.unique(columns["chrom"][known], return_counts=True), strict=True):
                scored[contig.decode()] = scored.get(contig.decode(), 0) + int(found)
            for task, top in enumerate(best):
                _offer(top, columns, values[:, task])
    letters = _letters(folder / VARIANTS, {allele for top in best for allele, _ in top.entries()})
    return {
        "kind": "vcf",
        "values": "|effect| of an allele",
        "variants": count,
        "records": plan["records"],
        "skipped": reasons,
        **contig_rows(plan["contigs"], scored),
        "histogram": histogram_of("effects of alleles", tasks, histogram),
        "mean": means_of(tasks, sums, count),
        "top": [
            {"task": task, **entry, **letters[allele]}
            for task, top in zip(tasks, best, strict=True)
            for allele, entry in top.entries()
        ],
    }


def _offer(top: Highest, columns: Mapping[str, np.ndarray], values: np.ndarray) -> None:
    def entry(row: int) -> tuple[Allele, dict[str, Any]]:
        allele = int(columns["record"][row]), int(columns["allele"][row])
        place = {"chrom": columns["chrom"][row].decode(), "position": int(columns["start"][row]) + 1}
        return allele, {**place, "effect": shortened(values[row])}

    top.add(np.abs(values), entry)


def _letters(path: Path, wanted: set[Allele]) -> dict[Allele, dict[str, str]]:
    """REF and ALT, from the annotated file, which holds every record of the one that was scored."""
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
                found[record.number, allele] = {"ref": record.ref, "alt": record.alts[allele - 1]}
            if not left:
                break
    if left:
        raise InputError(f"{path}: has no record {min(left) + 1}: the file has changed")
    return found
