"""`--modisco_results`: patterns that TF-MoDISco found in a folder's scores: their sites, and known motifs like them."""

from pathlib import Path

import numpy as np

from genomics.data.motifs import motif_database
from genomics.errors import InputError
from genomics.io.atomic import write_text
from genomics.io.manifest import write_json
from genomics.io.modisco_results import Pattern, read_patterns
from genomics.io.scores import Questions, read_questions
from genomics.motifs.match import Match, match
from genomics.sequence.motif import Motif, consensus

FOLDER, SUMMARY = "patterns", "patterns.json"
# Of the largest contribution of a pattern: `modisco report` cuts patterns, whose flanks are wide, at this share too.
_LEAST_SHARE = 0.3


def show_patterns(results: Path, scores: Path) -> list[str]:
    """Writes `patterns/NAME.bed`, the sites of each pattern, and `patterns.json`, what the page shows of them.

    A site lies at the genome's coordinates where those of its sequence are known, otherwise on a contig of its
    sequence's name; its strand is that of the pattern.

    Args:
      results: what `modisco motifs` wrote about the scores.
      scores: the `scores.h5`.

    Returns:
      Lines for the user.

    Raises:
      InputError: a file is damaged, or the results are about other sequences.
    """
    if not scores.exists():
        raise InputError(f"--modisco_results={results}: {scores} is absent: the patterns lie in its sequences")
    questions = read_questions(scores)
    patterns = read_patterns(results, *questions.sequences.shape)
    folder = scores.parent
    record: dict = {"source": str(results), "model": questions.fingerprint, "patterns": []}
    lines = [f"patterns: {results}: no pattern was found"] if not patterns else []
    kept = {f"{pattern.name}.bed" for pattern in patterns}
    for old in (folder / FOLDER).glob("*.bed"):  # of earlier results
        if old.name not in kept:
            old.unlink()
    for pattern, partner in zip(patterns, _matches(patterns), strict=True):
        path = folder / FOLDER / f"{pattern.name}.bed"
        write_text(path, "".join(_sites(pattern, questions)))
        core = _core(pattern)
        told = "no match"
        if partner is not None and partner.convincing:
            told = f"{partner.target.name} ({partner.target.identifier}), r {partner.correlation:.2f}"
        lines.append(f"{pattern.name}: {len(pattern.row):,} sites, {consensus(core)}: {told}; {path}")
        record["patterns"].append(
            {
                "name": pattern.name,
                "sites": len(pattern.row),
                "sequences": len(np.unique(pattern.row)),
                "consensus": consensus(core),
                "rows": core.probabilities.round(4).tolist(),
                "match": _told(partner) if partner is not None and partner.convincing else None,
            }
        )
    write_json(folder / SUMMARY, record)
    return lines


def _told(partner: Match) -> dict:
    return {
        "identifier": partner.target.identifier,
        "name": partner.target.name,
        "rows": partner.target.probabilities.round(4).tolist(),
        "q": partner.q,
        "r": partner.correlation,
        "offset": partner.offset,
        "strand": partner.strand,
    }


def _matches(patterns: list[Pattern]) -> list[Match | None]:
    if not patterns:
        return []
    found = match([_core(pattern) for pattern in patterns], motif_database())
    return [found.best(number) for number in range(len(patterns))]


def _core(pattern: Pattern) -> Motif:
    """The pattern from the first to the last position whose contributions are a good part of the largest one's."""
    size = np.abs(pattern.contributions).sum(1)
    told = np.flatnonzero(size >= _LEAST_SHARE * size.max())
    inside = slice(int(told[0]), int(told[-1]) + 1)
    return Motif(identifier=pattern.name, name="", probabilities=pattern.probabilities[inside], nsites=len(pattern.row))


def _sites(pattern: Pattern, questions: Questions) -> list[str]:
    """BED lines, in order of contig and position."""
    found = []
    for row, start, end, reverse in zip(
        pattern.row.tolist(), pattern.start.tolist(), pattern.end.tolist(), pattern.reverse.tolist(), strict=True
    ):
        place = questions.loci.interval(row) if questions.loci is not None else None
        contig, shift = (place.contig, place.start) if place else (questions.names[row], 0)
        found.append((contig, start + shift, end + shift, "-" if reverse else "+"))
    return [f"{contig}\t{start}\t{end}\t{pattern.name}\t0\t{strand}\n" for contig, start, end, strand in sorted(found)]
