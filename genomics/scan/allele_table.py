"""`variants.tsv` and `variants.parquet`: every allele of a scanned VCF file, a line each, with what each task says.

Columns `chrom`, `pos` (from 1), `id`, `ref`, `alt`, and of each task `output_ref_TASK`, `output_alt_TASK` (what the
network gives for either allele), `effect_TASK` (in the unit of the scan) and `percentile_TASK` (see `background.py`);
empty cells where an allele has no effect, or nothing was scored to compare with.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Int

from genomics.errors import InputError
from genomics.io.shard import part_path, read_shard
from genomics.io.variant_table import (
    has_parquet,
    numeric_columns,
    write_ranked,
    writing_parquet,
    writing_tsv,
)
from genomics.io.vcf_blocks import VcfBlock
from genomics.scan import background
from genomics.scan.allele_parts import reader
from genomics.scan.plan import RecordsPlan

TABLE, PARQUET, RANKED = "variants.tsv", "variants.parquet", "variants.by_effect.tsv"
#: More than a record can have.
_MOST_ALLELES = 1 << 24
#: Kind of column -> the array of a part.
_KINDS: Mapping[str, str | None] = {
    "output_ref": "reference",
    "output_alt": "alternative",
    "effect": "effects",
    "percentile": None,
}


def write_table(
    folder: Path,
    plan: Mapping[str, Any],
    given_up: Callable[[], bool],
    agreed: Callable[[], None],
) -> list[str]:
    """Writes the table, also as parquet where pyarrow is installed. One part is in memory.

    Args:
      folder: of the scan.
      plan: of it.
      given_up: asked between blocks, from a thread that nobody can interrupt: whether nobody wants the table any more.
      agreed: called when all is written, before the files get their names; raises where they must not.

    Returns:
      Names of the files.

    Raises:
      InputError: a part is damaged, or a file cannot be written.
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
        for places, columns in _alleles(folder, plan, compared):
            if given_up():
                raise InputError(f"{folder / TABLE}: given up")
            for add in adds:
                add(places, columns)
        agreed()
    return names


def rank(folder: Path, plan: Mapping[str, Any]) -> str:
    """Writes the table once more, by the largest |effect| of an allele in any task; says where.

    Raises:
      InputError: there is no table, or the copy cannot be written.
    """
    effects = numeric_columns(plan["settings"]["tasks"], ["effect"])
    count = write_ranked(folder / TABLE, folder / RANKED, effects)
    return f"ranked: {folder / RANKED}, {count:,} alleles by their largest |effect|"


def _alleles(
    folder: Path, plan: Mapping[str, Any], compared: Float32[np.ndarray, "K T"] | None
) -> Iterator[tuple[list[bytes], list[Float32[np.ndarray, " n"]]]]:
    """Places and numbers of the alleles of a block."""
    parts = RecordsPlan(size=plan["records"], part_size=plan["settings"]["part_size"])
    records_of = reader(Path(plan["vcf"]), parts)
    for number in range(parts.num_parts):
        arrays = read_shard(part_path(folder, number), {"record", "allele", *filter(None, _KINDS.values())}).arrays
        numbers = _numbers(arrays, compared)
        scored = arrays["record"] * _MOST_ALLELES + arrays["allele"]
        for block in records_of(number):
            counts = block.allele_counts()
            record = np.repeat(np.arange(len(block)), counts)
            allele = np.arange(len(record)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
            wanted = (record + block.number) * _MOST_ALLELES + allele
            rows = np.searchsorted(scored, wanted)
            rows[~np.isin(wanted, scored, assume_unique=True)] = -1  # the last row, which holds no numbers
            yield _places(block, counts), [column[rows] for column in numbers]


def _places(block: VcfBlock, counts: Int[np.ndarray, " R"]) -> list[bytes]:
    """CHROM, POS, ID, REF and ALT of every allele, tabs between."""
    found = block.prefixes()
    if (counts == 1).all():
        return found
    several = []
    for prefix, count in zip(found, counts.tolist(), strict=True):
        before, alts = prefix.rsplit(b"\t", 1)
        several += [prefix] if count == 1 else [before + b"\t" + alt for alt in alts.split(b",")] if count else []
    return several


def _numbers(
    arrays: Mapping[str, np.ndarray], compared: Float32[np.ndarray, "K T"] | None
) -> list[Float32[np.ndarray, " n1"]]:
    """The columns of the alleles of a part, task by task, and NaN at their ends."""
    effects = arrays["effects"].astype(np.float32)
    unknown = ~np.isfinite(effects).all(1)
    found = []
    for array in _KINDS.values():
        values = background.percentiles(effects, compared) if array is None else arrays[array].astype(np.float32)
        values[unknown] = np.nan
        found.append(np.concatenate([values.T, np.full((values.shape[1], 1), np.nan, np.float32)], axis=1))
    return [kind[task] for task in range(effects.shape[1]) for kind in found]
