"""What each base around an allele is worth to the network, with REF and with ALT: two logos side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Int, UInt8

from genomics.interpretation.batches import in_batches
from genomics.io.genome import Genome, open_genome
from genomics.lenses.networks import mean_and_spread
from genomics.models.predictor import Predictor
from genomics.report.scan_tally import shortened
from genomics.sequence.bases import ALTERNATIVES, BASES, N
from genomics.sequence.variants import fetch_bounds, reason_against_reference, windows_of

#: Bases drawn on either side of an allele, and of the allele itself at most.
_FLANK, _LONGEST = 15, 30
#: Alleles drawn in all, whatever the number of tasks.
_MOST = 60


@dataclass(frozen=True, kw_only=True)
class _Stretch:
    """The bases that are drawn of one window.

    Attributes:
      window: (L,) codes.
      first: of the positions that are drawn.
      end: behind the last one.
    """

    window: UInt8[np.ndarray, " L"]
    first: int
    end: int


def with_logos(
    scan: Mapping[str, Any], plan: Mapping[str, Any], predictor: Predictor, each: int, index_folder: Path
) -> dict[str, Any]:
    """A summary whose largest alleles have logos: `logos` of an entry of `top`, and `no_logos`, why there are none.

    A letter's height is what the base is worth: minus the mean effect of its three substitutions, which are all
    evaluated, in the network's unit. `logos` has `from` (the first base drawn, in bases from REF's first one), `room`
    (columns that the allele takes, so that what follows lies in line), and for `ref` and `alt` the `bases` drawn, how
    many of these are the `allele`, and `values`, None at N.

    Args:
      scan: as `of_variants` makes it.
      plan: of the scan.
      predictor: the network; where it is not the one that was scanned there are no logos.
      each: how many alleles of each task.
      index_folder: where an index of the genome goes that cannot stand beside it.
    """
    if plan["provenance"].get("fingerprint") != predictor.fingerprint:
        return {**scan, "no_logos": "the scan is of another network, or of another number of it, than this page"}
    if not Path(plan["fasta"]).is_file():
        return {**scan, "no_logos": f"the genome is not there any more: {plan['fasta']}"}
    chosen: list[tuple[int, int]] = []
    for task in dict.fromkeys(entry["task"] for entry in scan["top"]):
        own = [row for row, entry in enumerate(scan["top"]) if entry["task"] == task and task in predictor.tasks]
        chosen += [(row, predictor.tasks.index(task)) for row in own[:each]]
    chosen = chosen[:_MOST]
    top = [dict(entry) for entry in scan["top"]]
    other = {**scan, "no_logos": f"the genome is not that of the scan any more: {plan['fasta']}"}
    with open_genome(plan["fasta"], index_folder) as genome:
        if dict(genome.contigs) != plan["contigs"]:
            return other
        stretches: list[_Stretch] = []
        for row, _ in chosen:
            own = _stretches(genome, top[row], predictor.length)
            if own is None:
                return other
            stretches += own
    worth = _worth(predictor, stretches)
    for number, (row, task) in enumerate(chosen):
        pair = slice(2 * number, 2 * number + 2)
        top[row]["logos"] = _logos(top[row], stretches[pair], [each[:, task] for each in worth[pair]], predictor.length)
    return {**scan, "top": top}


def _stretches(genome: Genome, entry: Mapping[str, Any], length: int) -> list[_Stretch] | None:
    """Of both alleles; None where the genome has another REF."""
    start, centre = entry["position"] - 1, length // 2
    context = genome.fetch(entry["chrom"], *fetch_bounds(start, entry["ref"], length))
    if reason_against_reference(entry["ref"], context[centre : centre + len(entry["ref"])]):
        return None
    found = []
    for window, allele in zip(
        windows_of(context, entry["ref"], entry["alt"], length), (entry["ref"], entry["alt"]), strict=True
    ):
        drawn = min(len(allele), _LONGEST)
        flank = _FLANK if len(allele) <= _LONGEST else 0
        found.append(_Stretch(window=window, first=max(centre - _FLANK, 0), end=min(centre + drawn + flank, length)))
    return found


def _worth(predictor: Predictor, stretches: Sequence[_Stretch]) -> list[np.ndarray]:
    """(W, T) of each stretch: minus the mean effect of the three substitutions of a base, NaN at N."""
    sizes = [1 + ALTERNATIVES * (each.end - each.first) for each in stretches]
    begins = np.cumsum([0, *sizes])

    def of_one(parameters: Any, own: Mapping[str, Array]) -> dict[str, Array]:
        predict = predictor.bound(parameters, jax.nn.one_hot(own["window"], 4))
        return {"output": predict(jax.nn.one_hot(own["mutant"], 4))}

    def inputs(numbers: Int[np.ndarray, " B"]) -> dict[str, np.ndarray]:
        which = np.searchsorted(begins, numbers, "right") - 1
        windows = np.stack([stretches[each].window for each in which.tolist()])
        mutants = windows.copy()
        for row, (own, number) in enumerate(zip(which.tolist(), (numbers - begins[which]).tolist(), strict=True)):
            if number:  # the first is the window as it is
                place, change = divmod(number - 1, ALTERNATIVES)
                place += stretches[own].first
                if mutants[row, place] != N:
                    mutants[row, place] = (mutants[row, place] + change + 1) % 4
        return {"window": windows, "mutant": mutants}

    if not stretches:
        return []
    function = mean_and_spread(of_one, predictor.replicates)
    batches = in_batches(function, predictor.parameters, inputs, int(begins[-1]))
    outputs = np.concatenate([batch["output"] for batch in batches])
    found = []
    for number, stretch in enumerate(stretches):
        own = outputs[begins[number] : begins[number + 1]]
        effects = (own[1:] - own[0]).reshape(-1, ALTERNATIVES, own.shape[1])
        unknown = stretch.window[stretch.first : stretch.end] == N
        found.append(np.where(unknown[:, None], np.nan, -effects.mean(1)))
    return found


def _logos(
    entry: Mapping[str, Any], pair: Sequence[_Stretch], worth: Sequence[np.ndarray], length: int
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "from": pair[0].first - length // 2,
        "room": max(min(len(entry[side]), _LONGEST) for side in ("ref", "alt")),
    }
    for side, stretch, values in zip(("ref", "alt"), pair, worth, strict=True):
        found[side] = {
            "bases": "".join(BASES[code] if code != N else "N" for code in stretch.window[stretch.first : stretch.end]),
            "allele": min(len(entry[side]), _LONGEST),
            "values": [None if np.isnan(value) else shortened(value) for value in values],
        }
    return found
