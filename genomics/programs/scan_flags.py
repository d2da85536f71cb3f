"""The flags that say what a scan reads, computes and writes."""

import os
import re
from collections.abc import Mapping
from typing import Any

from absl import flags

from genomics.errors import InputError
from genomics.io.bed import read_bed
from genomics.io.genome import Genome
from genomics.lenses.target import OF_PROFILES
from genomics.lenses.units import UNITS
from genomics.programs import lens_flags
from genomics.programs.genome_flags import FASTA, REGIONS
from genomics.programs.window import WINDOW
from genomics.scan.vcf_scores import FURTHER
from genomics.scan.vcf_scores import VCF_SCORES as SCORES
from genomics.sequence.intervals import Interval, merged, parse_region

VCF = flags.DEFINE_string("vcf", None, "Score the records of this VCF or BCF file instead of every base.")
ALLOW_TRUNCATED = flags.DEFINE_boolean(
    "allow_truncated", False, "Read a compressed --vcf that breaks off as far as it goes, and say how many records."
)
INFO_KEY = flags.DEFINE_string("info_key", "EFFECT", "INFO key of the effects, with --vcf.")
VCF_SCORES = flags.DEFINE_list(
    "vcf_scores",
    [],
    "With --vcf, what is told of an allele beside its effect, under INFO keys of their own: "
    + "; ".join(f"{name}: {SCORES[name].what} ({{--info_key}}{SCORES[name].ending})" for name in FURTHER)
    + ".",
)
BACKGROUND = flags.DEFINE_string(
    "background",
    None,
    "With --vcf, what effects are compared with: so many random SNVs of --fasta (by --seed), or a VCF file; the table "
    "tells the percentile of each |effect| among theirs.",
)
SORT = flags.DEFINE_enum(
    "sort", None, ["effect"], "With --vcf, also write the table by the largest |effect| of each allele."
)
WHAT = flags.DEFINE_enum(
    "what",
    "effects",
    ["effects", "predictions"],
    "Of every base: substitutions; or logits, with --target=profile the expected coverage, softmax x counts, of "
    "windows tiled at the width of the output.",
)
STRIDE = flags.DEFINE_integer("stride", None, "From tile to tile, with --window=tiled (default: L).", lower_bound=1)
PRECISION = flags.DEFINE_enum("precision", "float32", ["float32", "tf32"], "Of products, where the device has both.")
DTYPE = flags.DEFINE_enum(
    "dtype",
    None,
    ["float16", "float32"],
    "Of the results (default: float16 for bases, float32 with --vcf or of coverage).",
)
SUMMARY_ONLY = flags.DEFINE_boolean("summary_only", False, "Keep the largest and the mean effect of each base only.")
PROFILE = flags.DEFINE_boolean(
    "profile", False, "Print the seconds of each stage at the end: what the scan computed, and what it waited for."
)
COMPRESSION = flags.DEFINE_enum("compression", "none", ["none", "gzip"], "Of the parts.")
PART_SIZE = flags.DEFINE_integer(
    "part_size",
    None,
    "Bases, or records, of a part: what a kill may lose (default: some ten megabytes).",
    lower_bound=1,
)
SHARD = flags.DEFINE_string(
    "shard", "0/1", "i/N: do the i-th of N shares of the parts, 0 <= i < N; --merge afterwards."
)
MERGE = flags.DEFINE_boolean("merge", False, "Make manifest, tracks or VCF from the parts that all shards left.")
DRY_RUN = flags.DEFINE_boolean("dry_run", False, "Say what would be done, how long it takes and how much it writes.")

flags.declare_key_flag("window")
_WINDOWS = ("centred", "tiled")
_MOST_BACKGROUND = 10_000_000
_OF_BASES = ("what", "window", "stride", "summary_only", "regions")


def check() -> None:
    """Reports flags that contradict each other, so that none is read and forgotten.

    Raises:
      InputError: two flags, or a flag and its absence, do not go together.
    """
    if WINDOW.value not in _WINDOWS:
        raise InputError(f"--window={WINDOW.value}: must be one of {', '.join(_WINDOWS)}")
    given = {name: flags.FLAGS[name].present for name in flags.FLAGS}
    for name in _OF_BASES:
        if VCF.value and given[name]:
            raise InputError(f"--{name}: is for scans of bases; --vcf scores the records of a file")
    for name in ("info_key", "vcf_scores", "allow_truncated", "bad_rows", "background", "sort"):
        if given[name] and not VCF.value:
            raise InputError(f"--{name}: is for --vcf")
    if WHAT.value == "predictions" and WINDOW.value == "tiled":
        raise InputError("--window=tiled: is for --what=effects; a prediction belongs to the centre of its window")
    if WHAT.value == "predictions" and SUMMARY_ONLY.value:
        raise InputError("--summary_only: is for --what=effects; predictions have nothing to summarise")
    if STRIDE.value and WINDOW.value != "tiled":
        raise InputError("--stride: is for --window=tiled")
    gauge = lens_flags.GAUGE.value
    if gauge not in UNITS:
        raise InputError(f"--gauge={gauge}: is of ism of a sequence; a scan's must be one of {', '.join(UNITS)}")
    if given["gauge"] and WHAT.value == "predictions":
        raise InputError("--gauge: is for --what=effects; a prediction is no difference")
    if PROFILE.value and DRY_RUN.value:
        raise InputError("--profile: is for a scan that runs, not for --dry_run")
    drawn = (BACKGROUND.value or "").isdigit()
    if given["seed"] and not drawn:
        raise InputError("--seed: nothing in a scan is random")
    if drawn and not 1 <= int(BACKGROUND.value or 0) <= _MOST_BACKGROUND:
        raise InputError(f"--background={BACKGROUND.value}: must be 1 to {_MOST_BACKGROUND:,} random SNVs, or a file")
    if not FASTA.value:
        raise InputError("--fasta=FILE must give the genome")


def vcf_scores() -> list[str]:
    """--vcf_scores without repeats, in the table's order.

    Raises:
      InputError: a name that is not in it.
    """
    wanted = {name.strip() for name in VCF_SCORES.value}
    for name in sorted(wanted - set(FURTHER)):
        raise InputError(f"--vcf_scores={name}: must be among {', '.join(FURTHER)}; the effect is always told")
    return [name for name in FURTHER if name in wanted]


def shard() -> tuple[int, int]:
    """--shard as (i, N).

    Raises:
      InputError: it is not i/N with 0 <= i < N.
    """
    match = re.fullmatch(r"([0-9]{1,18})/([0-9]{1,18})", SHARD.value or "")
    if not match or not int(match[1]) < int(match[2]):
        raise InputError(f"--shard={SHARD.value}: must be i/N with 0 <= i < N")
    return int(match[1]), int(match[2])


def intervals(genome: Genome) -> tuple[Interval, ...]:
    """The bases that --regions names, by default all; prints what it understood.

    Raises:
      InputError: a region or BED file that does not fit the genome.
    """
    if not REGIONS.value:
        found = [Interval(contig=name, start=0, end=length) for name, length in genome.contigs.items() if length]
        return tuple(found)
    every: list[Interval] = []
    for text in REGIONS.value:
        own = _read_regions(text, genome.contigs)
        every += own
    found = merged(every, genome.contigs)
    if len(found) < len(every):
        print(f"regions: {len(every)} intervals that overlap or touch are merged to {len(found)}")
    return tuple(found)


def _read_regions(text: str, contigs: Mapping[str, int]) -> list[Interval]:
    if text not in contigs and os.path.isfile(text):
        found = read_bed(text, contigs)
        order = "" if found == sorted(found) else ", not sorted: taken in order"
        print(f"regions: {text}: {len(found)} intervals, {sum(map(len, found)):,} bases{order}")
        return found
    try:
        regions = [parse_region(text, contigs)]
    except InputError:
        if "," not in text:
            if text.lower().endswith((".bed", ".bed.gz")):
                raise InputError(f"--regions={text}: no such file") from None
            raise
        regions = [each for part in text.split(",") for each in [parse_region(part.strip(), contigs)]]
    for each in regions:
        print(f"regions: {each} ({len(each):,} bases)")
    return regions


def result_dtype() -> str:
    """--dtype, or its default."""
    return DTYPE.value or ("float32" if VCF.value or covers() else "float16")


def covers() -> bool:
    """Whether expected coverage is asked for: the predictions of a profile."""
    return WHAT.value == "predictions" and lens_flags.TARGET.value in OF_PROFILES


def settings(predictor: Any, genome: Genome, planned: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that the results depend on, JSON-ready.

    Args:
      predictor: with the tasks asked about.
      genome: the FASTA file.
      planned: what the plan adds.
    """
    linear = UNITS[lens_flags.GAUGE.value].linear and all(SCORES[name].linear for name in vcf_scores())
    return {
        "model": predictor.fingerprint[:16],
        "length": predictor.length,
        "tasks": list(predictor.tasks),
        "replicates": predictor.replicates,
        "what": WHAT.value,
        "window": WINDOW.value,
        "stride": (STRIDE.value or predictor.length) if WINDOW.value == "tiled" else None,
        "reverse_complement": predictor.strands == "both",
        "precision": PRECISION.value,
        "dtype": result_dtype(),
        "summary_only": SUMMARY_ONLY.value,
        "compression": COMPRESSION.value,
        "info_key": INFO_KEY.value if VCF.value else None,
        **({"gauge": lens_flags.GAUGE.value} if lens_flags.GAUGE.value != "delta" else {}),  # such parts go on as ever
        # Of several networks these were once told of each, then averaged: such parts do not go on.
        **({"told_of": "mean"} if predictor.replicates and not linear else {}),
        **planned,
    }
