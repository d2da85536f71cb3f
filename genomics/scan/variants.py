"""The job of scoring the alleles of a VCF file, each in a pair of windows."""

import collections
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np

from genomics.errors import InputError
from genomics.io.bad_rows import BadRows
from genomics.io.genome import Genome
from genomics.io.shard import Shard
from genomics.io.vcf import KEEP, Record, open_vcf
from genomics.lenses.coverage import Coverage
from genomics.lenses.units import UNITS
from genomics.models.predictor import Predictor
from genomics.scan.alleles import alleles_of, with_coverage
from genomics.scan.bases import Rows
from genomics.scan.job import Job, OpenPart
from genomics.scan.outputs import kept
from genomics.scan.plan import RecordsPlan
from genomics.scan.vcf_scores import arrays, vcf_scores, widths
from genomics.scan.windows import MATMUL_PRECISION, Precision, of_codes
from genomics.sequence.bases import N
from genomics.sequence.intervals import other_prefix, unknown_contig
from genomics.sequence.variants import (
    NO_CONTIG,
    NOT_FINITE,
    fetch_bounds,
    reason_against,
    reason_against_place,
    reason_against_reference,
    windows_of,
)

#: Contigs that the genome does not have that are named among the reasons.
_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a first pass over a VCF file finds.

    Attributes:
      records: number of records.
      alleles: number of ALT alleles.
      digest: sha256 over the lines of the records.
      breaks_off: how the file ends before its end; empty for a whole one.
      unknown: contigs that the genome does not have, in the order of the file.
    """

    records: int
    alleles: int
    digest: str
    breaks_off: str = ""
    unknown: tuple[str, ...] = ()


def survey(path: Path, genome: Genome, *, allow_truncated: bool = False, bad_rows: BadRows | None = None) -> Contents:
    """Counts the records and checks that they can be annotated.

    From here on the file is known by the digest of its records, so that later passes may read one that breaks off.

    Raises:
      InputError: there are some and none lies on a contig of the genome, or they are not sorted.
    """
    digest = hashlib.sha256()
    records = alleles = 0
    seen: dict[str, None] = {}
    contig, last = None, -1
    with open_vcf(path, allow_truncated=allow_truncated, bad_rows=bad_rows) as vcf:
        for record in vcf.records:
            if record.contig != contig:
                if record.contig in seen:
                    raise InputError(f"{path}: record {record.number + 1}: {record.contig} is in two places: sort it")
                contig, last = record.contig, -1
                seen[contig] = None
            if record.start < last:
                raise InputError(
                    f"{path}: record {record.number + 1}: position {record.start + 1} of {contig} comes after "
                    f"{last + 1}; records must be sorted, e.g. by bcftools sort"
                )
            last = record.start
            records, alleles = records + 1, alleles + len(record.alts)
            digest.update(record.line.encode("utf-8", KEEP))
    unknown = tuple(name for name in seen if name not in genome.contigs)
    if records and len(unknown) == len(seen):
        raise InputError(f"{path}: {unknown_contig(unknown[0], genome.contigs)}")
    return Contents(
        records=records,
        alleles=alleles,
        digest=digest.hexdigest()[:16],
        breaks_off=" ".join(vcf.breaks_off),
        unknown=unknown,
    )


def variants_job(
    predictor: Predictor,
    genome: Genome,
    path: Path,
    contents: Contents,
    plan: RecordsPlan,
    *,
    precision: Precision,
    dtype: str,
    chunk: int,
    further: Sequence[str] = (),
    gauge: str = "delta",
    coverage: Coverage | None = None,
) -> Job:
    """Scores f(alternative) - f(reference), and what else is asked for, for every allele that is a string of bases.

    Args:
      predictor: the network.
      genome: where the bases around the variants are.
      path: the VCF file.
      contents: of the file.
      plan: which records belong to which part.
      precision: of products.
      dtype: of the results.
      chunk: alleles at a time.
      further: names in `genomics.scan.vcf_scores.FURTHER`.
      gauge: the unit of the effects, a name in `genomics.lenses.units.UNITS`.
      coverage: the network's profile and counts, for the scores that are about them.
    """
    length = predictor.length
    bound = of_codes(predictor, precision)
    records_of, no_contig = _reader(path, plan), _no_contig(contents.unknown, genome)

    def of_allele(parameters: Any, windows: jax.Array, lengths: jax.Array) -> dict[str, jax.Array]:
        found = alleles_of(bound(parameters, windows[0]), windows, UNITS[gauge])
        if coverage is not None:
            found = with_coverage(found, coverage, parameters, windows, lengths)
        return {each.array: each.compute(found) for each in vcf_scores(further).values()}

    def score(parameters: Any, inputs: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
        with jax.default_matmul_precision(MATMUL_PRECISION[precision]):
            return jax.vmap(partial(of_allele, parameters))(inputs["windows"], inputs["lengths"])

    def prepare(number: int) -> "_Alleles":
        return _alleles(records_of(number), genome, length, no_contig)

    def open_part(number: int) -> OpenPart:
        alleles = prepare(number)
        rows = Rows(len(alleles.windows))

        def inputs(index: int) -> dict[str, np.ndarray]:
            own = slice(index * chunk, (index + 1) * chunk)
            windows, lengths = alleles.windows[own], alleles.lengths[own]
            more = chunk - len(windows)
            return {
                "windows": np.pad(windows, ((0, more), (0, 0), (0, 0)), constant_values=N),
                "lengths": np.pad(lengths, ((0, more), (0, 0)), constant_values=1),
            }

        def put(index: int, outputs: Mapping[str, np.ndarray]) -> None:
            count = min(chunk, len(alleles.windows) - index * chunk)
            own = {name: values[:count] if values.ndim else values for name, values in outputs.items()}
            rows.put(slice(index * chunk, index * chunk + count), own)

        def finish() -> Shard:
            names = arrays(further, predictor.replicates)
            own = widths(further, heads=coverage is not None)
            width = {name: own.get(name.removesuffix("_std"), len(predictor.tasks)) for name in names}
            shapes = {name: ((width[name],), dtype) for name in names}
            found = {**alleles.arrays, **rows.arrays(shapes)}
            finite = np.logical_and.reduce([np.isfinite(found[name]).all(1) for name in names])
            skipped = dict(alleles.skipped)
            if not finite.all():
                found = {name: values[finite] for name, values in found.items()}
                skipped[NOT_FINITE] = int((~finite).sum())
            attributes = {"part": number, "alleles": int(finite.sum()), "input_crc32": alleles.digest}
            attributes |= {"skipped": json.dumps(skipped)} | rows.attributes()
            return Shard(arrays=found, attributes=attributes)

        return OpenPart(
            number=number,
            units=len(alleles.windows),
            num_chunks=-(-len(alleles.windows) // chunk),
            inputs=inputs,
            put=put,
            finish=finish,
        )

    return Job(
        score=kept(score, name="effects", replicates=predictor.replicates, summary=False, dtype=dtype),
        parameters=predictor.parameters,
        open_part=open_part,
        num_parts=plan.num_parts,
        digest=lambda number: prepare(number).digest,
        units=contents.alleles,
        unit="variants",
        chunk=chunk,
    )


@dataclass(frozen=True, kw_only=True)
class _Alleles:
    windows: np.ndarray  # (M, 2, L): reference, alternative
    lengths: np.ndarray  # (M, 2): bases of REF and of ALT
    arrays: dict[str, np.ndarray]
    skipped: dict[str, int]
    digest: int


def _no_contig(unknown: Sequence[str], genome: Genome) -> Mapping[str, str]:
    """The reason against alleles of each unknown contig; the first few are named."""
    named = {}
    for name in unknown[:_NAMED]:
        other = other_prefix(name)
        hint = f", which it calls {other}: the prefix chr must agree" if other in genome.contigs else ""
        named[name] = f"{NO_CONTIG}: {name}{hint}"
    return dict.fromkeys(unknown, f"{NO_CONTIG}: others") | named


def _alleles(records: Iterator[Record], genome: Genome, length: int, no_contig: Mapping[str, str]) -> _Alleles:
    windows, lengths, found = [], [], []
    skipped: collections.Counter[str] = collections.Counter()
    digest = 0
    for record in records:
        digest = zlib.crc32(record.line.encode("utf-8", KEEP), digest)
        if record.contig not in genome.contigs:
            skipped[no_contig[record.contig]] += len(record.alts)
            continue
        context = genome.fetch(record.contig, *fetch_bounds(record.start, record.ref, length))
        digest = zlib.crc32(context.tobytes(), digest)
        place = length // 2
        against = reason_against_place(record.start, record.ref, genome.contigs[record.contig])
        against = against or reason_against_reference(record.ref, context[place : place + len(record.ref)])
        for allele, alt in enumerate(record.alts, start=1):
            reason = reason_against(alt) or against
            if reason:
                skipped[reason] += 1
                continue
            windows.append(np.stack(windows_of(context, record.ref, alt, length)))
            lengths.append((len(record.ref), len(alt)))
            found.append((record.contig, record.start, record.start + len(record.ref), record.number, allele))
    columns = list(zip(*found, strict=True)) or [()] * 5
    names = ("chrom", "start", "end", "record", "allele")
    dtypes = (object, np.int64, np.int64, np.int64, np.int32)
    arrays = {name: np.array(column, dtype) for name, column, dtype in zip(names, columns, dtypes, strict=True)}
    stacked = np.stack(windows) if windows else np.zeros((0, 2, length), np.uint8)
    sizes = np.array(lengths, np.int32).reshape(-1, 2)
    return _Alleles(windows=stacked, lengths=sizes, arrays=arrays, skipped=dict(skipped), digest=digest)


def _reader(path: Path, plan: RecordsPlan):
    """Records of a part by its number; parts asked for in order are read in one pass over the file."""
    place: dict[str, Any] = {"next": 0, "vcf": None, "close": None}

    def records(number: int) -> Iterator[Record]:
        wanted = plan.records(number)
        if place["vcf"] is None or place["next"] > wanted.start:
            if place["close"]:
                place["close"].__exit__(None, None, None)
            place["close"] = open_vcf(path, allow_truncated=True, bad_rows=BadRows(mode="skip"))
            place["vcf"] = place["close"].__enter__().records
            place["next"] = 0
        for record in place["vcf"]:
            place["next"] = record.number + 1
            if record.number >= wanted.start:
                yield record
            if place["next"] == wanted.stop:
                return

    return records
