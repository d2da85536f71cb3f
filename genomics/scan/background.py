"""Effects that chance would give: random SNVs of the genome, scored as the alleles of a VCF file are.

They are a VCF file of their own, and a scan of their own in the folder `background` of the scan that they belong to.
"""

from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32

from genomics.errors import InputError
from genomics.io import manifest
from genomics.io.genome import Genome
from genomics.io.shard import part_path, read_shard
from genomics.scan.plan import RecordsPlan
from genomics.scan.run import part_attributes, settings_digest
from genomics.sequence.bases import BASES, N

FOLDER = "background"
#: Draws for each SNV, before a genome counts as one that holds hardly any base.
_MOST_DRAWS = 100


def random_snvs(genome: Genome, count: int, seed: int) -> list[str]:
    """The lines of a VCF file of SNVs, each at a known base drawn from all of the genome, with one of the other three.

    Args:
      genome: from which they are drawn.
      count: how many; a place may come up twice.
      seed: equal seeds give equal SNVs.

    Raises:
      InputError: nearly all bases are N.
    """
    rng = np.random.default_rng(seed)
    names, lengths = list(genome.contigs), np.array(list(genome.contigs.values()), np.int64)
    ends = np.cumsum(lengths)
    found: list[tuple[int, int, int, int]] = []
    for _ in range(_MOST_DRAWS):
        drawn = np.sort(rng.integers(0, ends[-1], count - len(found)))
        contig = np.searchsorted(ends, drawn, "right")
        place = drawn - (ends - lengths)[contig]
        others = rng.integers(1, 4, len(drawn))
        for which, position, other in zip(contig.tolist(), place.tolist(), others.tolist(), strict=True):
            base = int(genome.fetch(names[which], position, position + 1)[0])
            if base != N:
                found.append((which, position, base, (base + other) % 4))
        if len(found) == count:
            break
    else:
        raise InputError(f"{genome.path}: {count} random SNVs: hardly any base is known")
    head = ["##fileformat=VCFv4.2", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    rows = [
        f"{names[which]}\t{position + 1}\t.\t{BASES[base]}\t{BASES[other]}\t.\t.\t."
        for which, position, base, other in sorted(found)
    ]
    return [*head, *rows]


def sizes(folder: Path) -> Float32[np.ndarray, "K T"]:
    """|effect| of each allele of a finished background, ascending for each task.

    Args:
      folder: of the scan that it belongs to.

    Raises:
      InputError: a part is missing or damaged, or no allele has an effect.
    """
    folder = folder / FOLDER
    plan = manifest.read_plan(folder)
    settings = plan["settings"]
    digest = settings_digest(settings)
    parts = RecordsPlan(size=plan["records"], part_size=settings["part_size"])
    found = []
    for number in range(parts.num_parts):
        path = part_path(folder, number)
        if part_attributes(path, number, digest) is None:
            raise InputError(f"{path}: is missing or damaged; run the scan's command, or its shard, again")
        effects = read_shard(path, {"effects"}).arrays["effects"].astype(np.float32)
        found.append(np.abs(effects[np.isfinite(effects).all(1)]))
    every = np.concatenate(found) if found else np.zeros((0, len(settings["tasks"])), np.float32)
    if not len(every):
        raise InputError(f"{folder}: no allele of the background has an effect")
    return np.sort(every, axis=0)


def percentiles(
    effects: Float[np.ndarray, "n T"], background: Float32[np.ndarray, "K T"] | None
) -> Float32[np.ndarray, "n T"]:
    """Per cent of the background that is below |effect|, equal ones counted half; NaN where either is unknown."""
    found = np.full(effects.shape, np.nan, np.float32)
    if background is None:
        return found
    for task in range(effects.shape[1]):
        size = np.abs(effects[:, task]).astype(np.float32)
        own = background[:, task]
        below, until = np.searchsorted(own, size, "left"), np.searchsorted(own, size, "right")
        share = 50.0 * (below + until) / len(own)
        found[:, task] = np.where(np.isnan(size), np.nan, share)
    return found
