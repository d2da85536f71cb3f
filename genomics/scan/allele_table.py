"""`variants.tsv` and `variants.parquet`: every allele of a scanned VCF file, a line each, with what each task says.

Columns `chrom`, `pos` (from 1), `id`, `ref`, `alt`, and of each task `output_ref_TASK`, `output_alt_TASK` (what the
network gives for either allele), `effect_TASK` (in the unit of the scan) and `percentile_TASK` (see `background.py`);
empty cells where an allele has no effect, or nothing was scored to compare with.
"""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from genomics.errors import InputError
from genomics.io.bad_rows import BadRows
from genomics.io.shard import part_path, read_shard
from genomics.io.variant_table import (
    PLACE,
    has_parquet,
    numeric_columns,
    write_ranked,
    writing_parquet,
    writing_tsv,
)
from genomics.io.vcf import open_vcf
from genomics.scan import background
from genomics.scan.plan import RecordsPlan

TABLE, PARQUET, RANKED = "variants.tsv", "variants.parquet", "variants.by_effect.tsv"
#: Kind of column -> the array of a part.
_KINDS: Mapping[str, str | None] = {
    "output_ref": "reference",
    "output_alt": "alternative",
    "effect": "effects",
    "percentile": None,
}


def write_table(folder: Path, plan: Mapping[str, Any]) -> list[str]:
    """Writes the table, also as parquet where pyarrow is installed. One part is in memory.

    Returns:
      Names of the files.

    Raises:
      InputError: the VCF file is not what it was, a part is damaged, or a file cannot be written.
    """
    settings = plan["settings"]
    numbers = numeric_columns(settings["tasks"], list(_KINDS))
    compared = background.sizes(folder) if settings.get("background") else None
    names = [TABLE]
    with contextlib.ExitStack() as stack:
        adds = [stack.enter_context(writing_tsv(folder / TABLE, numbers))]
        if has_parquet():
            adds.append(stack.enter_context(writing_parquet(folder / PARQUET, numbers)))
            names.append(PARQUET)
        for columns in _columns(folder, plan, numbers, compared):
            for add in adds:
                add(columns)
    return names


def rank(folder: Path, plan: Mapping[str, Any]) -> str:
    """Writes the table once more, by the largest |effect| of an allele in any task; says where.

    Raises:
      InputError: there is no table, or the copy cannot be written.
    """
    effects = numeric_columns(plan["settings"]["tasks"], ["effect"])
    count = write_ranked(folder / TABLE, folder / RANKED, effects)
    return f"ranked: {folder / RANKED}, {count:,} alleles by their largest |effect|"


def _columns(
    folder: Path, plan: Mapping[str, Any], numbers: list[str], compared: np.ndarray | None
) -> Iterator[dict[str, Any]]:
    settings = plan["settings"]
    parts = RecordsPlan(size=plan["records"], part_size=settings["part_size"])
    with open_vcf(plan["vcf"], allow_truncated=True, bad_rows=BadRows(mode="skip")) as vcf:  # known by its digest
        for number in range(parts.num_parts):
            arrays = read_shard(part_path(folder, number)).arrays
            keys = zip(arrays["record"].tolist(), arrays["allele"].tolist(), strict=True)
            row_of = {key: row for row, key in enumerate(keys)}
            places: dict[str, list[Any]] = {name: [] for name in PLACE}
            rows = []
            for _ in parts.records(number):
                record = next(vcf.records, None)
                if record is None:
                    raise InputError(f"{plan['vcf']}: has fewer records than when it was scored")
                name = record.line.split("\t", 3)[2]
                for allele, alt in enumerate(record.alts, start=1):
                    rows.append(row_of.get((record.number, allele), -1))
                    values = (record.contig, record.start + 1, name, record.ref, alt)
                    for column, value in zip(PLACE, values, strict=True):
                        places[column].append(value)
            yield {**places, **_numbers(arrays, np.array(rows, np.int64), numbers, compared, len(settings["tasks"]))}


def _numbers(
    arrays: Mapping[str, np.ndarray], rows: np.ndarray, names: list[str], compared: np.ndarray | None, tasks: int
) -> dict[str, np.ndarray]:
    """The columns of the alleles of a part; `rows` are theirs in it, -1 for one without effect."""
    known = rows >= 0
    effects = arrays["effects"].astype(np.float32)
    complete = np.asarray(np.isfinite(effects).all(1))
    found = {}
    for place, array in enumerate(_KINDS.values()):
        values = background.percentiles(effects, compared) if array is None else arrays[array].astype(np.float32)
        values = np.where(complete[:, None], values, np.nan)
        own = np.full((len(rows), tasks), np.nan, np.float32)
        own[known] = values[rows[known]]
        for task in range(tasks):
            found[names[task * len(_KINDS) + place]] = own[:, task]
    return found
