"""`--methods=marginalize` and `--methods=spacing`: what a motif does, and what two do, whatever surrounds them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from genomics.errors import InputError
from genomics.interpretation.inserts import Insert, backgrounds, parse_backgrounds, parse_insert
from genomics.interpretation.sequences import Sequences
from genomics.interpretation.settings import Settings, setting
from genomics.io.atomic import write_text
from genomics.io.file_names import file_names
from genomics.io.png import write_png
from genomics.lenses.networks import mean_of_networks
from genomics.lenses.units import word
from genomics.models.predictor import Predictor
from genomics.mutagenesis.marginalize import PredictMany, in_batches, marginalize
from genomics.mutagenesis.spacing import ORIENTATIONS, SpacingCurve, spacing

_BATCH_SIZE = 64
# Bases between two motifs, where the sequence has the room.
_WIDEST_GAP = 100


def _read_motifs(texts: list[str], *_: Any) -> tuple[Insert, ...]:
    return tuple(parse_insert(text) for text in texts if text.strip())


def _read_backgrounds(text: str, *_: Any) -> int:
    return parse_backgrounds(text)


@dataclass(frozen=True, kw_only=True)
class MarginalSettings(Settings):
    """Of marginalisation and spacing.

    Attributes:
      motif: what is put into backgrounds.
      backgrounds: how many shuffled sequences it is put into.
    """

    motif: tuple[Insert, ...] = setting(
        (), "names or identifiers of JASPAR motifs, or sequences; spacing needs two", text=[], read=_read_motifs
    )
    backgrounds: int = setting(
        1000, "dinucleotide:K, shuffles of the sequences", text="dinucleotide:1000", read=_read_backgrounds
    )


def check_marginals(predictor: Predictor, settings: MarginalSettings) -> None:
    """Raises `InputError` where no motif is named, or one does not fit into the network's sequences."""
    if not settings.motif:
        raise InputError("--methods=marginalize: needs --motif=NAME or --motif=SEQUENCE")
    for insert in settings.motif:
        if insert.width > predictor.length:
            raise InputError(f"--motif={insert.text}: {insert.width} bases do not fit into {predictor.length}")


def check_spacing(predictor: Predictor, settings: MarginalSettings) -> None:
    """Raises `InputError` where not two motifs are named that fit into the network's sequences together."""
    if len(settings.motif) != 2:
        raise InputError(f"--methods=spacing: needs two motifs, --motif=A,B; {len(settings.motif)} are named")
    if sum(insert.width for insert in settings.motif) > predictor.length:
        texts = ",".join(insert.text for insert in settings.motif)
        raise InputError(f"--motif={texts}: do not fit into {predictor.length} bases together")


def analyse_marginals(
    predictor: Predictor, sequences: Sequences, settings: MarginalSettings, output: Path, batch_size: int | None = None
) -> list[str]:
    """Writes `marginalize.tsv`: the mean effect of each motif at the centre of shuffled sequences, on each logit.

    Of networks trained side by side, effects are those of their mean logit.

    Args:
      predictor: the network, with only the tasks that are asked about.
      sequences: whose shuffles are the backgrounds.
      settings: the motifs, the number of backgrounds and the seed.
      output: folder of the results.
      batch_size: sequences at a time.

    Raises:
      InputError: no motif is named, or one does not fit into the sequences.
    """
    check_marginals(predictor, settings)
    print(*(insert.told for insert in settings.motif), sep="\n")
    predict, around = _network(predictor, batch_size), backgrounds(sequences.bases, settings.backgrounds, settings.seed)
    rows = ["motif\twidth\tstart\ttask\teffect\tstandard_error\tstandard_deviation\tbackgrounds"]
    lines = []
    for insert in settings.motif:
        found = marginalize(predict, around, _sites(insert, settings))
        start = (predictor.length - insert.width) // 2
        for task, mean, error, spread in zip(predictor.tasks, found.mean, found.error, found.spread, strict=True):
            numbers = f"{mean:.6g}\t{error:.6g}\t{spread:.6g}"
            rows.append(f"{insert.name}\t{insert.width}\t{start}\t{task}\t{numbers}\t{settings.backgrounds}")
        effects = ", ".join(f"{task} {mean:+.2f}" for task, mean in zip(predictor.tasks, found.mean, strict=True))
        lines.append(
            f"{insert.name} in {settings.backgrounds} backgrounds changes the {word(predictor.unit)}s by {effects}"
        )
    return [*lines, _written(output / "marginalize.tsv", rows)]


def analyse_spacing(
    predictor: Predictor, sequences: Sequences, settings: MarginalSettings, output: Path, batch_size: int | None = None
) -> list[str]:
    """Writes `spacing.tsv` and `figures/spacing/<task>.png`: two motifs at every distance, in all four orientations.

    Arguments and errors as of `analyse_marginals`; exactly two motifs must be named.
    """
    check_spacing(predictor, settings)
    print(*(insert.told for insert in settings.motif), sep="\n")
    first, second = settings.motif
    room = predictor.length - first.width - second.width
    around = backgrounds(sequences.bases, settings.backgrounds, settings.seed)
    gaps = np.arange(min(room, _WIDEST_GAP) + 1)
    network = _network(predictor, batch_size)
    curve = spacing(network, around, _sites(first, settings), _sites(second, settings), gaps)
    folder = output / "figures" / "spacing"
    for number, (task, name) in enumerate(zip(predictor.tasks, file_names(predictor.tasks), strict=True)):
        from genomics.plots.spacing import spacing_figure  # late: matplotlib takes a while

        figure = spacing_figure(
            gaps,
            dict(zip(ORIENTATIONS, curve.interaction[:, :, number], strict=True)),
            dict(zip(ORIENTATIONS, curve.error[:, :, number], strict=True)),
            title=f"{first.name} and {second.name} · {task}",
            unit=word(predictor.unit),
        )
        write_png(folder / f"{name}.png", figure)
    return [_written(output / "spacing.tsv", _rows(curve, predictor.tasks)), f"figures: {folder}"]


def _rows(curve: SpacingCurve, tasks: tuple[str, ...]) -> list[str]:
    rows = ["orientation\tgap\ttask\tpair\tinteraction\tstandard_error"]
    for o, orientation in enumerate(ORIENTATIONS):
        for g, gap in enumerate(curve.gaps):
            for t, task in enumerate(tasks):
                numbers = (each[o, g, t] for each in (curve.pair, curve.interaction, curve.error))
                rows.append("\t".join([orientation, str(gap), task, *(f"{number:.6g}" for number in numbers)]))
    return rows


def _network(predictor: Predictor, batch_size: int | None) -> PredictMany:
    mean = mean_of_networks(lambda own, x, background: predictor.bound(own, background)(x), predictor.replicates)
    return in_batches(partial(mean, predictor.parameters), batch_size or _BATCH_SIZE)


def _sites(insert: Insert, settings: MarginalSettings) -> np.ndarray:
    """The same for the same motif, whichever other motifs are asked about."""
    return insert.sites(settings.backgrounds, np.random.default_rng([settings.seed, *insert.text.lower().encode()]))


def _written(path: Path, rows: list[str]) -> str:
    write_text(path, "\n".join(rows) + "\n")
    return f"table: {path}"
