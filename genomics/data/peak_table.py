"""What `genomics.data.peaks` prints: lines of at most 80 columns."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from genomics.io.examples import SPLITS

_WIDTH = 80
_NAME = 36
_REASONS = {
    "beyond_contig": "summits dropped, window reaches beyond the contig",
    "excluded": "summits dropped, window overlaps an excluded region",
    "unknown": "summits dropped, window holds too many N",
    "merged": "summits merged into a neighbour's window",
    "repeated": "windows dropped, same sequence as an earlier one",
    "between_splits": "windows dropped, not within one split",
}
#: Of the negatives.
_NEGATIVES = {
    "hard": "  of --hard_negatives",
    "gc_bins_away": "  of a neighbouring GC bin",
    "missing": "  missing: no more to be had",
}


def lines(counts: Mapping[str, Any], negatives: str, split_by: str) -> Iterator[str]:
    """The counts of `examples_from_peaks` as a table.

    Args:
      counts: what it returned.
      negatives: where the sequences without a label come from.
      split_by: what belongs to one split as a whole.
    """
    for task, own in counts["tasks"].items():
        skipped = f", {own['skipped']:,} more on contigs that the genome does not have" if own["skipped"] else ""
        yield _cut(f"{task}: {own['peaks']:,} peaks{skipped}")
    yield f"{counts['summits']:,} different summits of {counts['peaks']:,} peaks"
    for reason, text in _REASONS.items():
        if counts[reason]:
            yield f"  {counts[reason]:,} {text}"
    splits = counts["splits"]
    for name in SPLITS:
        yield _listed(f"{name}, {split_by}s", splits[name]["units"])
    yield _row("", [*SPLITS, "all"])
    for task in counts["tasks"]:
        yield _summed(task, [splits[name]["positives"][task] for name in SPLITS])
    yield _summed("windows with a label", [splits[name]["labelled"] for name in SPLITS])
    yield _row("  their GC content", [_share(splits[name]["gc_labelled"]) for name in SPLITS])
    for name, share in counts.get("shared", {}).items():
        yield f"{name}: {share:.1%} of windows share 50 bases with a training window, either strand"
    if negatives == "none":
        return
    kind = "windows outside peaks" if negatives == "gc" else "shuffles of these"
    yield _summed(kind, [splits[name]["unlabelled"] for name in SPLITS])
    yield _row("  their GC content", [_share(splits[name]["gc_unlabelled"]) for name in SPLITS])
    for key, text in (
        ("hard", "  of --hard_negatives"),
        ("gc_bins_away", "  of a neighbouring GC bin"),
        ("missing", "  missing: no more to be had"),
    ):
        found = [splits[name][key] for name in SPLITS]
        if any(found):
            yield _summed(text, found)


def _summed(name: str, values: Sequence[int]) -> str:
    return _row(name, [f"{value:,}" for value in (*values, sum(values))])


def _row(name: str, cells: Sequence[str]) -> str:
    return (_cut(name, _NAME).ljust(_NAME) + "".join(f"{cell:>11}" for cell in cells)).rstrip()


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _listed(name: str, units: Sequence[str]) -> str:
    """The contigs or blocks of a split, as many as the line holds."""
    text = f"{name}: {len(units):,}: "
    for count in range(min(len(units), _WIDTH), 0, -1):
        rest = ", ..." if count < len(units) else ""
        if len(text) + len(shown := ", ".join(units[:count]) + rest) <= _WIDTH:
            return text + shown
    return text.rstrip(": ")


def _cut(text: str, width: int = _WIDTH) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."
