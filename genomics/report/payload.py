"""Everything that the page shows, as one JSON-ready record. Parts that are not there are null."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genomics.interpretation.patterns import SUMMARY
from genomics.interpretation.sequences import Sequences
from genomics.models.predictor import Predictor
from genomics.plots.logo import glyphs
from genomics.provenance import provenance
from genomics.report.allele_logos import with_logos
from genomics.report.ceiling import gather_ceiling
from genomics.report.data_card import gather_data
from genomics.report.evaluation import gather_evaluation
from genomics.report.experiments import FOLDER, gather_experiments
from genomics.report.model_card import gather_model
from genomics.report.motifs import gather_motifs
from genomics.report.records import plain, read_record
from genomics.report.scan_summary import finished_plan, summarise
from genomics.report.tracks import gather_tracks
from genomics.report.training import gather_curves, gather_test

#: Of matplotlib's outlines: move, line, quadratic curve, close.
_COMMANDS = {1: ("M", 1), 2: ("L", 1), 3: ("Q", 2), 79: ("Z", 0)}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a page is about.

    Attributes:
      predictor: the network, with the tasks that were asked about.
      output: folder of the results, where the page goes too.
      workdir: of the training run; None for a network from elsewhere.
      checkpoint: which one of the run.
      data: the data set that the network was trained on or asked about; None where there is none.
      sequences: that were asked about in this run; None where there were none.
      scan: folder of a finished scan; None = no part about it.
      count: sequences to show.
      seed: of everything random in this run.
      assembly: name of the genome at genome browsers, e.g. hg38; None = no links.
      alleles: of a scan of variants that have logos, for each task.
    """

    predictor: Predictor
    output: Path
    workdir: Path | None
    checkpoint: str
    data: Path | None
    sequences: Sequences | None
    scan: Path | None
    count: int
    seed: int
    assembly: str | None = None
    alleles: int


def gather(subject: Subject) -> dict[str, Any]:
    """Reads the results that lie in the folders of the subject.

    Raises:
      InputError: one of their files is damaged.
    """
    workdir, output = subject.workdir, subject.output
    data = gather_data(subject.data, subject.predictor.tasks)
    ceiling = gather_ceiling(output, data) if workdir else {}
    return plain(
        {
            "title": (workdir or output).name or str(subject.predictor.source),
            "model": gather_model(subject.predictor, workdir, subject.checkpoint),
            "data": data,
            "curves": gather_curves(workdir / "metrics.jsonl") if workdir else None,
            "test": gather_test(workdir / "test_metrics.json", ceiling) if workdir else None,
            "scores": gather_tracks(
                output / "scores.h5", subject.count, subject.predictor.fingerprint, subject.sequences, subject.assembly
            ),
            "motifs": gather_motifs(output, subject.predictor.fingerprint),
            "patterns": _patterns(output / SUMMARY, subject.predictor.fingerprint),
            "evaluation": gather_evaluation(output / "evaluation.json", subject.predictor.fingerprint),
            "experiments": gather_experiments((workdir or output) / FOLDER),
            "scan": _scan(subject) if subject.scan else None,
            "provenance": {
                "seed": subject.seed,
                "output": str(output),
                "interpretation": provenance(),
                "training": read_record(workdir / "environment.json") if workdir else None,
            },
            "letters": _letters(),
        }
    )


def _scan(subject: Subject) -> dict[str, Any]:
    assert subject.scan is not None
    found = {**summarise(subject.scan), "assembly": subject.assembly}
    if found["kind"] != "vcf" or not subject.alleles:
        return found
    return with_logos(found, finished_plan(subject.scan), subject.predictor, subject.alleles, subject.output)


def _patterns(path: Path, fingerprint: str) -> dict[str, Any] | None:
    """What TF-MoDISco found in scores of this network; None where nothing was read."""
    found = read_record(path)
    return found if found is not None and found.get("model") == fingerprint else None


def _letters() -> Mapping[str, list[list[str | float]]]:
    """Outlines of A C G T in the unit square, as commands of an SVG path: letter, then x and y of each point."""
    letters = {}
    for base, (outline, codes) in zip("ACGT", glyphs(), strict=True):
        commands: list[list[str | float]] = []
        place = 0
        while place < len(codes):
            command, points = _COMMANDS[int(codes[place])]
            flat = outline[place : place + points].ravel().round(4).tolist()
            commands.append([command, *flat])
            place += max(points, 1)
        letters[base] = commands
    return letters
