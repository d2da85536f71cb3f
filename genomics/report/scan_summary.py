"""What a finished scan found, small enough for a page: read from its folder, one stretch of a part at a time."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from genomics.errors import InputError
from genomics.io import manifest
from genomics.lenses.units import effects_unit, word, worded
from genomics.report.scan_parts import stretches
from genomics.report.scan_tally import TOP, Highest, Histogram, Track, contig_rows, histogram_of, means_of, shortened
from genomics.report.scan_variants import of_variants
from genomics.sequence.bases import BASES
from genomics.sequence.intervals import Interval

_TRACKS, _BINS = 25, 500


def summarise(folder: Path) -> dict[str, Any]:
    """A finished scan in numbers that are JSON-ready, in memory that does not grow with the scan.

    * `kind`: `effects`, `predictions` or `vcf`; `folder`, `command`, `model`, `genome`, `tasks`: where it lies, how and
      of what it was made.
    * `values`: what `mean` and `track` are means of. Of a scan with `--summary_only` all values, of `histogram` and
      `top` too, are the largest |effect| of each base.
    * `bases`, `unknown_bases`: asked for, and N among them; not of `vcf`.
    * `variants`: substitutions or alleles with an effect; not of `predictions`. `records` and `skipped` (alleles
      without effect, by reason): of `vcf` only.
    * `num_contigs`, `contigs`: `name`, `bases` (its length), `scored` (bases, or alleles); the 100 with most of them.
    * `unit` of outputs, `effect_unit` of effects; `background` of `vcf`: what percentiles compare with, or None.
    * `lengths`, of `vcf`: alleles by the bases that they gain (`scan_lengths.Lengths.rows`).
    * `histogram`: `of` what, `edges`, and `counts` of each task between them.
    * `mean`: of each task; None without any value.
    * `top`: for each task the 20 largest, best first: `task`, `chrom`, `position` from 1, `effect` (`logit` of
      `predictions`), and `ref` and `alt` where there are such. `ref` is None where the scan cannot tell it: a second
      base has exactly no effect. Of `vcf` also `id` where it has one, `output_ref`, `output_alt`, and the `percentile`
      of |effect| among a background's.
    * `track`: for the 25 contigs with most bases asked for `chrom`, `start` and `end` of these (0-based, half-open),
      `bin` (bases in each), and `bins` of each task, at most 500, None where no base is known; not of `vcf`.

    Args:
      folder: `--output` of a scan.

    Raises:
      InputError: the folder is of no scan, or of one that is not finished; or a part is missing or damaged.
    """
    plan = finished_plan(folder)
    try:
        described = _described(folder, plan)
    except (KeyError, TypeError) as error:
        raise InputError(f"{folder / manifest.PLAN}: is damaged: no {error}") from error
    return {**described, **(of_variants if plan["settings"]["vcf"] else _of_bases)(folder, plan)}


def finished_plan(folder: Path) -> dict[str, Any]:
    """The plan of a scan that is finished.

    Raises:
      InputError: the folder is of no scan, or of one that is not finished.
    """
    plan = manifest.read_plan(folder)
    path = folder / manifest.MANIFEST
    if not path.is_file():
        raise InputError(f"{path}: absent: the scan is not finished; run its command again, or with --merge")
    if manifest.read_json(path).get("settings") != plan["settings"]:
        raise InputError(f"{path}: has other settings than {manifest.PLAN} beside it; run the scan's command again")
    return plan


def _described(folder: Path, plan: Mapping[str, Any]) -> dict[str, Any]:
    made = plan["provenance"]
    return {
        "folder": str(folder),
        "command": shlex.join(made["command"]),
        "model": made["model"],
        "genome": plan["fasta"],
        "tasks": list(plan["settings"]["tasks"]),
    }


def _of_bases(folder: Path, plan: Mapping[str, Any]) -> dict[str, Any]:
    settings = plan["settings"]
    tasks = settings["tasks"]
    predictions = settings["what"] != "effects"
    name, values_are, histogram_is = {
        ("predictions", False): ("logits", "logit", "logits"),
        ("coverage", False): ("coverage", "expected counts", "expected counts of bases"),
        ("effects", False): (
            "effects",
            "mean |effect| of the three substitutions of a base",
            "effects of substitutions",
        ),
        ("effects", True): ("max", "largest |effect| of a base", "largest |effect| of each base"),
    }[settings["what"], settings["summary_only"]]
    unit = effects_unit(settings, plan["provenance"])
    told = f" in {unit}" if "gauge" in settings else ""
    given = plan["provenance"].get("unit", "logit")
    values_are, histogram_is = (f"{worded(text, given)}{told}" for text in (values_are, histogram_is))
    scored, tracks = _contigs(plan, len(tasks))
    histogram = Histogram(len(tasks))
    best = [Highest(TOP, -np.inf if predictions else 0.0) for _ in tasks]
    sums, known_bases = np.zeros(len(tasks)), 0
    for place, values in stretches(folder, plan, name):
        each = np.abs(values).sum(1) / np.float32(3) if name == "effects" else values
        known = np.asarray(np.isfinite(each).all(1))
        known_bases += int(known.sum())
        histogram.add(values[known].reshape(-1, len(tasks)))
        if name == "effects":  # one of the four is the reference base, which is no substitution
            histogram.remove_zeros(int(known.sum()))
        sums += each[known].sum(0, dtype=np.float64)
        if place.contig in tracks:
            tracks[place.contig].add(place.start, each, known)
        for task, top in enumerate(best):
            _offer(top, place, values[..., task], "logit" if predictions else "effect")
    asked = sum(scored.values())
    return {
        "kind": "predictions" if predictions else "effects",
        "unit": word(given),
        "effect_unit": unit,
        "values": values_are,
        "bases": asked,
        "unknown_bases": asked - known_bases,
        **({} if predictions else {"variants": 3 * known_bases}),
        **contig_rows(plan["contigs"], scored),
        "histogram": histogram_of(histogram_is, tasks, histogram),
        "mean": means_of(tasks, sums, known_bases),
        "top": [{"task": task, **entry} for task, top in zip(tasks, best, strict=True) for entry in top.entries()],
        "track": [
            {"chrom": contig, "start": track.start, "end": track.end, "bin": track.bin, "bins": _bins(tasks, track)}
            for contig, track in tracks.items()
        ],
    }


def _contigs(plan: Mapping[str, Any], tasks: int) -> tuple[dict[str, int], dict[str, Track]]:
    """Bases asked for of each contig, and empty tracks of those with most."""
    scored: dict[str, int] = {}
    spans: dict[str, tuple[int, int]] = {}
    for contig, start, end in plan["intervals"]:
        scored[contig] = scored.get(contig, 0) + end - start
        first, last = spans.get(contig, (start, end))
        spans[contig] = min(first, start), max(last, end)
    shown = set(sorted(scored, key=lambda contig: -scored[contig])[:_TRACKS])
    return scored, {contig: Track(*span, tasks, _BINS) for contig, span in spans.items() if contig in shown}


def _offer(top: Highest, place: Interval, values: Float32[np.ndarray, "n ..."], key: str) -> None:
    """One task's values of a stretch: one a base, or one for each of A C G T."""
    columns = values[0].size
    flat = values.reshape(-1)

    def entry(index: int) -> dict[str, Any]:
        row, column = divmod(index, columns)
        letters = {}
        if columns > 1:
            without = np.flatnonzero(values[row] == 0)
            letters = {"ref": BASES[without[0]] if len(without) == 1 else None, "alt": BASES[column]}
        return {"chrom": place.contig, "position": place.start + row + 1, **letters, key: shortened(flat[index])}

    top.add(np.abs(flat) if key == "effect" else flat, entry)


def _bins(tasks: list[str], track: Track) -> dict[str, list[float | None]]:
    return {
        task: [None if np.isnan(mean) else shortened(mean) for mean in means]
        for task, means in zip(tasks, track.means(), strict=True)
    }
