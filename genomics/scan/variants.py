"""The job of scoring the alleles of a VCF file, each in a pair of windows."""

import hashlib
import json
from collections.abc import Mapping, Sequence
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
from genomics.io.vcf_blocks import open_blocks
from genomics.lenses.coverage import Coverage
from genomics.lenses.units import UNITS
from genomics.models.predictor import Predictor
from genomics.scan.allele_groups import Stretch, group, packed
from genomics.scan.allele_parts import Alleles, read_alleles, reader
from genomics.scan.allele_ways import Ways, ways_of
from genomics.scan.alleles import alleles_of, of_change, with_coverage
from genomics.scan.bases import PartRows
from genomics.scan.job import Job, OpenPart
from genomics.scan.outputs import kept
from genomics.scan.plan import RecordsPlan
from genomics.scan.vcf_scores import AllelePair, Reads, arrays, vcf_scores, widths
from genomics.scan.windows import MATMUL_PRECISION, Precision, of_codes
from genomics.sequence.intervals import other_prefix, unknown_contig
from genomics.sequence.variants import NO_CONTIG, NOT_FINITE

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
    with open_blocks(path, allow_truncated=allow_truncated, bad_rows=bad_rows) as (vcf, blocks):
        for block in blocks:
            for name, low, high in block.contigs():
                if name != contig:
                    if name in seen:
                        raise InputError(f"{path}: record {block.number + low + 1}: {name} is in two places: sort it")
                    contig, last = name, -1
                    seen[name] = None
                starts = np.concatenate([[last], block.starts[low:high]])
                if len(back := np.flatnonzero(np.diff(starts) < 0)):
                    place = int(back[0])
                    raise InputError(
                        f"{path}: record {block.number + low + place + 1}: position {starts[place + 1] + 1} of "
                        f"{contig} comes after {starts[place] + 1}; records must be sorted, e.g. by bcftools sort"
                    )
                last = int(starts[-1])
            records, alleles = records + len(block), alleles + int(block.allele_counts().sum())
            digest.update(block.data.replace(b"\n", b""))
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
    dense: int = 1 << 11,
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
      chunk: alleles at a time, of those that are scored in two windows each.
      dense: neighbouring windows at a time, where substitutions lie so close that sharing is less arithmetic.
      further: names in `genomics.scan.vcf_scores.FURTHER`.
      gauge: the unit of the effects, a name in `genomics.lenses.units.UNITS`.
      coverage: the network's profile and counts, for the scores that are about them.
    """
    length = predictor.length
    bound = of_codes(predictor, precision)
    records_of, no_contig = reader(path, plan), _no_contig(contents.unknown, genome)
    ways = ways_of(predictor, precision, dense) if coverage is None else Ways()
    scores = vcf_scores(further).values()

    reads: set[Reads] = {each.reads for each in scores}

    def of_allele(parameters: Any, windows: jax.Array, lengths: jax.Array) -> AllelePair:
        found = alleles_of(bound(parameters, windows[0]), windows, UNITS[gauge])
        return found if coverage is None else with_coverage(found, coverage, parameters, windows, lengths, reads)

    def score(parameters: Any, inputs: Mapping[str, jax.Array]) -> AllelePair:
        if "codes" in inputs or "bases" in inputs:
            if "codes" in inputs:
                shared = ways.choosing if "chosen" in inputs else ways.shared
                assert shared is not None
                windows = inputs["chosen" if "chosen" in inputs else "wanted"]
                found = shared(parameters, inputs["codes"], windows, inputs["alternatives"])
            else:
                assert ways.single is not None
                found = ways.single(parameters, inputs["windows"], inputs["bases"])
            return of_change(found[:, 0], found[:, 1], UNITS[gauge])
        with jax.default_matmul_precision(MATMUL_PRECISION[precision]):
            return jax.vmap(partial(of_allele, parameters))(inputs["windows"], inputs["lengths"])

    def told(said: AllelePair) -> dict[str, jax.Array]:
        return {each.array: jax.vmap(each.compute)(said) for each in scores}

    def prepare(number: int) -> Alleles:
        return read_alleles(records_of(number), genome, length, no_contig)

    def open_part(number: int) -> OpenPart:
        alleles = prepare(number)
        rows = PartRows(len(alleles.place))
        stretches, alone = group(alleles, dense, ways.worth)
        single = alleles.single[alone] & (ways.single is not None)
        kinds = alone[single], alone[~single]
        calls = [*stretches, *(own[at : at + chunk] for own in kinds for at in range(0, len(own), chunk))]

        def inputs(index: int) -> dict[str, np.ndarray]:
            own = calls[index]
            if isinstance(own, Stretch):
                return packed(alleles, own, dense, length, ways.choosing is not None)
            more = chunk - len(own)  # the last one again and again: what is told of all numbers is told of alleles
            if ways.single is not None and alleles.single[own[0]]:
                windows = alleles.pairs(own, length)[:, 0]
                return {
                    "windows": np.pad(windows, ((0, more), (0, 0)), mode="edge"),
                    "bases": np.pad(alleles.alternative[own], (0, more), mode="edge"),
                }
            return {
                "windows": np.pad(alleles.pairs(own, length), ((0, more), (0, 0), (0, 0)), mode="edge"),
                "lengths": np.pad(alleles.lengths[own], ((0, more), (0, 0)), mode="edge"),
            }

        def put(index: int, outputs: Mapping[str, np.ndarray]) -> None:
            own = calls[index]
            chosen = own.rows if isinstance(own, Stretch) else own
            rows.put(
                chosen, {name: values[: len(chosen)] if values.ndim else values for name, values in outputs.items()}
            )

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
            units=len(alleles.place),
            num_chunks=len(calls),
            inputs=inputs,
            put=put,
            finish=finish,
        )

    return Job(
        score=kept(score, name="effects", replicates=predictor.replicates, summary=False, dtype=dtype, told=told),
        parameters=predictor.parameters,
        open_part=open_part,
        num_parts=plan.num_parts,
        digest=lambda number: prepare(number).digest,
        units=contents.alleles,
        unit="variants",
        chunk=chunk,
    )


def _no_contig(unknown: Sequence[str], genome: Genome) -> Mapping[str, str]:
    """The reason against alleles of each unknown contig; the first few are named."""
    named = {}
    for name in unknown[:_NAMED]:
        other = other_prefix(name)
        hint = f", which it calls {other}: the prefix chr must agree" if other in genome.contigs else ""
        named[name] = f"{NO_CONTIG}: {name}{hint}"
    return dict.fromkeys(unknown, f"{NO_CONTIG}: others") | named
