"""Which attribution predicts mutations? Each method's scores of both alleles against what was measured.

  python -m benchmarks.experiment_methods --workdir=runs/chipseq --allelic=asb.vcf --fasta=asb.fa --task=CTCF
  python -m benchmarks.experiment_methods ... --planted=runs/chipseq_simulated

Every method explains the windows of REF and of ALT, both strands averaged. Its prediction is the score of the base that
the ALT sequence has at the variant, in the ALT sequence, less that of REF's in the REF sequence. Gradients, and the
`hypothetical` scores that some methods give of bases that are not there, are read as the score of ALT's base less that
of REF's, mean over both sequences; `ism` as it is meant, the change of the logit. Printed: Pearson, Spearman, sign and
top half (`genomics.evaluation.measured`).

With --planted=RUN the same of that run's network on its simulated test sequences: in each of 300 planted sites one
substitution, chosen by chance as is which of both alleles is called REF, against the change of the planting matrix.
What --output holds already of the same method, networks, substitutions and code is printed and not computed again.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from absl import app, flags, logging
from jaxtyping import Float, Int, UInt8

import genomics
from benchmarks import lines
from benchmarks.planted_sites import single_sites
from genomics.evaluation.allele_windows import allele_windows
from genomics.evaluation.measured import MEASURES, measures, rank_correlation, zero_where_tiny
from genomics.interpretation.methods import ALL
from genomics.io.genome import open_genome
from genomics.io.measurements import read_allelic
from genomics.sequence.bases import decode
from genomics.training.config import read

WORKDIR = flags.DEFINE_list("workdir", ["runs/chipseq"], "Runs; of several the mean.")
ALLELIC = flags.DEFINE_string("allelic", None, "VCF with the measured INFO key.")
MEASURED = flags.DEFINE_string("measured", "ASB", "That key.")
FASTA = flags.DEFINE_string("fasta", None, "Of its contigs.")
PLANTED = flags.DEFINE_list("planted", [], "Runs on simulated data; of several the mean.")
TASK = flags.DEFINE_string("task", "CTCF", "That was measured.")
OUTPUT = flags.DEFINE_string("output", None, "JSON lines to which each method's measures are added.")
METHODS = flags.DEFINE_list("methods", list(ALL), "Names of the table of methods.")
#: Their scores are of all four bases.
_OF_ALL_BASES = (
    *("saliency", "corrected_gradient", "smoothgrad"),
    *("guided_backprop", "deconvnet", "guided_grad_cam"),
)
_SITES = 300


class Pairs(NamedTuple):
    """M substitutions: windows of both alleles, the place that differs, and what is known of the change."""

    windows: UInt8[np.ndarray, "M 2 L"]
    place: Int[np.ndarray, " M"]
    values: Float[np.ndarray, " M"]


def main(argv: list[str]) -> None:
    del argv
    logging.set_verbosity(logging.WARNING)
    vcf, fasta = ALLELIC.value, FASTA.value
    if not vcf or not fasta:
        raise app.UsageError("--allelic=VCF and --fasta=FILE must be given")
    asked = [(genomics.load(WORKDIR.value, strands="both"), vcf)]
    pairs = [measured(vcf, fasta, asked[0][0].length)]
    if PLANTED.value:
        path = read(Path(PLANTED.value[0])).config.data.path
        asked.append((genomics.load(PLANTED.value, strands="both"), f"planted {TASK.value} sites of {path}"))
        pairs.append(planted(path))
    for (run, what), own in zip(asked, pairs, strict=True):
        print(f"{len(own.values)} substitutions, {what}; {run}")
    heads = [name[:8] for name in MEASURES] * len(asked)
    print(f"{'method':26}" + "".join(f"{head:>9}" for head in heads))
    runs, by = [run for run, _ in asked], lines.computed_by()
    table: list[list[float]] = []
    for method in METHODS.value:
        found = lines.answered(OUTPUT.value, question(method, runs, pairs) | by, partial(graded, method, runs, pairs))
        for name, numbers in found.items():
            table.append(numbers)
            print(f"{name:26}" + "".join(f"{number:9.3f}" for number in numbers), flush=True)
    if PLANTED.value and len(table) > 2:
        columns, half = np.array(table).T, len(MEASURES)
        ranks = rank_correlation(columns[:half], columns[half:])
        print(f"{'ranks of the methods agree':26}" + "".join(f"{rank:9.3f}" for rank in ranks))


def question(method: str, runs: Sequence[genomics.Run], pairs: Sequence[Pairs]) -> dict[str, Any]:
    """What decides the measures, as values of JSON, beside the code."""
    networks = [run.predictor.fingerprint for run in runs]
    return {
        "method": method,
        "task": TASK.value,
        "networks": networks,
        "substitutions": [lines.digest_of(*own) for own in pairs],
    }


def graded(method: str, runs: Sequence[genomics.Run], pairs: Sequence[Pairs]) -> dict[str, list[float]]:
    """The measures of all pairs, side by side, by the method's name, and of its hypothetical scores."""
    found: dict[str, list[float]] = {}
    for run, own in zip(runs, pairs, strict=True):
        for name, predicted in effects(run, own, method):
            found.setdefault(name, []).extend(measures(zero_where_tiny(predicted), own.values).values())
    return found


def measured(vcf: str, fasta: str, length: int) -> Pairs:
    """The substitutions of a VCF."""
    rows = read_allelic(vcf, key=MEASURED.value).rows
    with open_genome(fasta, index_folder=Path(fasta).parent) as genome:
        alleles = allele_windows(rows, genome, length)
    single = [len(row.ref) == len(row.alt) == 1 for row in alleles.rows]
    values = np.array([row.value for row in alleles.rows])[single]
    return Pairs(windows=alleles.windows[single], place=np.full(len(values), length // 2), values=values)


def planted(path: str) -> Pairs:
    """One substitution in each planted site."""
    sites, rng = single_sites(path, TASK.value, _SITES), np.random.default_rng(0)
    every = np.arange(len(sites.bases))
    column = rng.integers(sites.motif.width, size=len(every))
    alt = (sites.observed[every, column] + rng.integers(1, 4, size=len(every))) % 4
    place = sites.places[every, column]
    windows = np.stack([sites.bases, sites.bases], 1)
    windows[every, 1, place] = alt
    values, swapped = sites.effects[every, column, alt], rng.random(len(every)) < 0.5
    windows[swapped] = windows[swapped, ::-1]
    return Pairs(windows=windows, place=place, values=np.where(swapped, -values, values))


def effects(run: genomics.Run, pairs: Pairs, method: str) -> Iterator[tuple[str, Float[np.ndarray, " M"]]]:
    """What a method says of each substitution, by the method's name, and of its hypothetical scores."""
    texts = [decode(window) for pair in pairs.windows for window in pair]
    found = run.explain(texts, method, tasks=TASK.value)
    every = np.arange(len(pairs.values))
    ref, alt = pairs.windows[every, 0, pairs.place], pairs.windows[every, 1, pairs.place]

    def at(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(M, 4) of each sequence: scores of the bases at the substitution."""
        both = values.reshape(-1, 2, *values.shape[2:]).astype(np.float64)
        return both[every, 0, pairs.place], both[every, 1, pairs.place]

    before, after = at(found.values)
    if method == "ism":
        yield method, before[every, alt]
    elif method in _OF_ALL_BASES:
        yield method, of_all_bases(before, after, ref, alt)
    else:
        yield method, after[every, alt] - before[every, ref]
    if "hypothetical" in found.further:
        yield f"{method}, hypothetical", of_all_bases(*at(found.further["hypothetical"].values), ref, alt)


def of_all_bases(before: np.ndarray, after: np.ndarray, ref: np.ndarray, alt: np.ndarray) -> np.ndarray:
    """Scores (M, 4) of all bases at the substitution: ALT's less REF's, mean over both sequences."""
    every = np.arange(len(ref))
    mean = (before + after) / 2
    return mean[every, alt] - mean[every, ref]


if __name__ == "__main__":
    app.run(main)
