"""`--methods=filters`: what a network's filters look for and what drives its tasks, as motifs, tables and figures."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from genomics.data.motifs import motif_database
from genomics.interpretation.batches import in_batches
from genomics.interpretation.explanation import explanation
from genomics.interpretation.filter_settings import ATTRIBUTION, FilterSettings
from genomics.interpretation.filter_tables import write_drivers, write_filters
from genomics.interpretation.method import Explainer
from genomics.interpretation.methods import METHODS
from genomics.interpretation.sequences import Sequences
from genomics.io.manifest import write_json
from genomics.io.meme import write_meme
from genomics.io.png import write_png
from genomics.lenses.networks import one_network
from genomics.models.predictor import Predictor
from genomics.motifs.drivers import Driver, drivers
from genomics.motifs.filters import FilterMotif, filter_motifs
from genomics.motifs.match import LEAST_R, MOST_Q, Match
from genomics.motifs.seqlets import call_seqlets
from genomics.plots.motif_match import Aligned, match_figure
from genomics.sequence.motif import information

#: Sequences whose seqlets are called for a task, and seqlets that are named, the strongest.
_MOST_SEQUENCES = 500
_MOST_SEQLETS = 1000


def analyse_filters(
    predictor: Predictor, sequences: Sequences, settings: FilterSettings, output: Path, batch_size: int | None = None
) -> list[str]:
    """Writes `motifs.meme`, `weights.meme`, `filters.tsv`, `filters.json`, `seqlets.tsv` and `figures/filters/`.

    `filters.json` says of which network and sequences they are. Filters are those of the first convolution; of another
    one, say the second, the files are `motifs_2.meme`, `filters_2.tsv`, `filters_2.json` and `figures/filters_2/`. With
    replicates they are those of every network, named
    `replicate_0_filter_0`.
    Seqlets are called on DeepLIFT's contributions (mean over replicates) to each task, in its positive sequences where
    labels are known, otherwise in all, up to 500; the 1,000 strongest seqlets are named.

    Args:
      predictor: the network, with only the tasks that are asked about.
      sequences: to look at.
      settings: of DeepLIFT, and which convolution and what counts as a site.
      output: folder of the results.
      batch_size: sequences at a time; None = sized to the memory.

    Returns:
      Lines that say what was found and where it is.
    """
    database = motif_database()
    number = settings.convolution
    ending = "" if number == 1 else f"_{number}"
    filters: list[FilterMotif] = []
    for replicate in range(predictor.replicates or 1):
        own = one_network(predictor.parameters, predictor.replicates, replicate)
        prefix = "filter_" if predictor.replicates is None else f"replicate_{replicate}_filter_"

        def predict(x, own=own):
            return predictor.apply(own, x)

        filters += filter_motifs(
            predict,
            sequences.bases,
            sequences.labels,
            database,
            layer=number,
            rule=settings.site_rule,
            prefix=prefix,
            bound=partial(predictor.bound, own) if predictor.bind is not None else None,
        )
    table = output / f"filters{ending}.tsv"
    write_filters(table, filters, predictor.tasks)
    write_json(
        output / f"filters{ending}.json",
        {"model": predictor.fingerprint, "source": sequences.source, "sequences": len(sequences.bases)},
    )
    lines = [_summary(filters, len(sequences.bases))]
    for name, motifs in (
        (f"motifs{ending}.meme", [each.motif for each in filters if each.motif]),
        ("weights.meme", [each.weights for each in filters if each.weights]),
    ):
        if motifs:
            write_meme(output / name, motifs)
            lines.append(f"motifs: {output / name}")
    found = _drivers(predictor, sequences, settings, batch_size)
    write_drivers(output / "seqlets.tsv", found)
    for task, rows in found.items():
        named = [row for row in rows if row.match is not None and row.match.convincing][:3]
        told = ", ".join(f"{row.match.target.name} {row.sign} ({row.seqlets} seqlets)" for row in named if row.match)
        lines.append(f"what drives {task}: {told or 'no seqlets that make a known motif'}")
    figures = output / "figures" / f"filters{ending}"
    _draw(figures, filters, found)
    lines += [f"tables: {table}, {output / 'seqlets.tsv'}", f"figures: {figures}"]
    return lines


def _drivers(
    predictor: Predictor, sequences: Sequences, settings: FilterSettings, batch_size: int | None
) -> dict[str, list[Driver]]:
    """Of every task. Contributions to all tasks are computed in one call over the sequences that any task looks at."""
    labels = sequences.labels
    count = len(sequences.bases)
    chosen = [
        (np.arange(count) if labels is None else np.flatnonzero(labels[:, task]))[:_MOST_SEQUENCES]
        for task in range(len(predictor.tasks))
    ]
    rows = np.unique(np.concatenate(chosen))
    if not len(rows):
        return {task: [] for task in predictor.tasks}
    explainer = Explainer(name=ATTRIBUTION, method=METHODS[ATTRIBUTION], settings=settings)
    asked = explanation(predictor, _rows(sequences, rows), explainer)

    def contributions(parameters, own):
        return {"contributions": asked.function(parameters, own)["scores"].sum(-1)}

    batches = in_batches(contributions, predictor.parameters, asked.inputs, len(rows), batch_size=batch_size)
    scores = np.concatenate([batch["contributions"] for batch in batches])
    found = {}
    for task, (name, own) in enumerate(zip(predictor.tasks, chosen, strict=True)):
        if not len(own):
            found[name] = []
            continue
        own_scores = scores[np.searchsorted(rows, own), task]
        seqlets = call_seqlets(own_scores, seed=settings.seed)
        seqlets = seqlets.take(np.arange(min(_MOST_SEQLETS, len(seqlets.row))))
        found[name] = drivers(seqlets, sequences.bases[own], own_scores, motif_database())
    return found


def _rows(sequences: Sequences, rows: np.ndarray) -> Sequences:
    """Some of the sequences, without what is planted in them."""
    return replace(
        sequences,
        bases=sequences.bases[rows],
        names=tuple(sequences.names[row] for row in rows),
        index=sequences.index[rows],
        labels=None if sequences.labels is None else sequences.labels[rows],
        truth=None,
    )


def _summary(filters: Sequence[FilterMotif], count: int) -> str:
    states = {state: [each.name for each in filters if each.state == state] for state in ("dead", "flat")}
    told = "; ".join(f"{state}: {', '.join(names)}" for state, names in states.items() if names)
    matched = sum(each.match is not None and each.match.convincing for each in filters)
    return f"{len(filters)} filters on {count} sequences, {matched} with a match (q < {MOST_Q}, r > {LEAST_R})" + (
        f"; {told}" * bool(told)
    )


def _draw(folder: Path, filters: Sequence[FilterMotif], found: dict[str, list[Driver]]) -> None:
    """One figure of all filters by what they look for, one of what their weights say, one of each task's drivers."""
    order = sorted(filters, key=lambda each: -float(np.sum(each.change)))
    figures = {
        "filters": [
            _panel(each.motif, each.name, f"{each.sites} sites in {each.share:.0%}", each.match)
            for each in order
            if each.motif is not None
        ],
        "weights": [
            _panel(each.weights, each.name, "weights", each.weights_match) for each in order if each.weights is not None
        ],
    }
    for task, rows in found.items():
        figures[f"seqlets_{task}"] = [
            _panel(row.motif, f"{task} {row.sign}", f"{row.seqlets} seqlets, {row.contribution:+.1f}", row.match)
            for row in rows
            if row.motif is not None
        ]
    for name, panels in figures.items():
        if panels:
            write_png(folder / f"{name}.png", match_figure(panels), dpi=90)


def _panel(motif, title: str, facts: str, best: Match | None) -> Aligned:
    facts = f"{facts}, {information(motif.probabilities).sum():.1f} bits"
    if best is None or not best.convincing:
        return Aligned(motif=motif, title=title, facts=facts)
    caption = (
        f"{best.target.identifier} {best.target.name} ({best.strand}), q = {best.q:.0e}, r = {best.correlation:.2f}"
    )
    return Aligned(
        motif=motif,
        title=title,
        facts=facts,
        partner=best.target,
        offset=best.offset,
        reverse=best.strand == "-",
        caption=caption,
    )
