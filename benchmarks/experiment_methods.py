"""Which attribution predicts mutations? Each method's scores of both alleles against what was measured.

  python -m benchmarks.experiment_methods --workdir=runs/chipseq --allelic=asb.vcf --fasta=asb.fa --task=CTCF

Every method explains the windows of REF and of ALT, both strands averaged. Its prediction is the score of the base that
the ALT sequence has at the variant, in the ALT sequence, less that of REF's in the REF sequence. Gradients, and the
`hypothetical` scores that some methods give of bases that are not there, are read as the score of ALT's base less that
of REF's, mean over both sequences; `ism` as it is meant, the change of the logit. Printed: Pearson, Spearman, sign and
top half (`genomics.evaluation.measured`).
"""

from pathlib import Path

import numpy as np
from absl import app, flags, logging

import genomics
from genomics.evaluation.allele_windows import allele_windows
from genomics.evaluation.measured import MEASURES, agreement, zero_where_tiny
from genomics.io.genome import open_genome
from genomics.io.measurements import read_allelic
from genomics.sequence.bases import decode

WORKDIR = flags.DEFINE_list("workdir", ["runs/chipseq"], "Runs; of several the mean.")
ALLELIC = flags.DEFINE_string("allelic", None, "VCF with the measured INFO key.")
MEASURED = flags.DEFINE_string("measured", "ASB", "That key.")
FASTA = flags.DEFINE_string("fasta", None, "Of its contigs.")
TASK = flags.DEFINE_string("task", "CTCF", "That was measured.")
METHODS = flags.DEFINE_list(
    "methods",
    [
        *("ism", "saliency", "gradient_x_input", "corrected_gradient", "smoothgrad", "integrated_gradients"),
        *("deeplift", "deepshap", "lrp", "guided_backprop", "deconvnet", "occlusion"),
    ],
    "Names of the table of methods.",
)
#: Their scores are of all four bases.
_OF_ALL_BASES = ("saliency", "corrected_gradient", "smoothgrad")


def main(argv: list[str]) -> None:
    del argv
    logging.set_verbosity(logging.WARNING)
    if not ALLELIC.value or not FASTA.value:
        raise app.UsageError("--allelic=VCF and --fasta=FILE must be given")
    run = genomics.load(WORKDIR.value, strands="both")
    rows = read_allelic(ALLELIC.value, key=MEASURED.value).rows
    with open_genome(FASTA.value, index_folder=Path(FASTA.value).parent) as genome:
        alleles = allele_windows(rows, genome, run.length)
    single = [len(row.ref) == len(row.alt) == 1 for row in alleles.rows]
    windows = alleles.windows[single]
    values = np.array([row.value for row in alleles.rows])[single]
    place = run.length // 2
    ref, alt = windows[:, 0, place], windows[:, 1, place]
    texts = [decode(window) for pair in windows for window in pair]
    every = np.arange(len(windows))
    print(f"{len(windows)} single-base alleles of {ALLELIC.value}; {run}")
    print(f"{'method':34}" + "".join(f"{name:>10}" for name in MEASURES))
    for method in METHODS.value:
        found = run.explain(texts, method, tasks=TASK.value)
        predictions = {method: _at(found.values, place)}
        if "hypothetical" in found.further:
            predictions[f"{method}, hypothetical"] = _at(found.further["hypothetical"].values, place)
        for name, scores in predictions.items():
            before, after = scores[every, 0], scores[every, 1]
            if method == "ism":
                effects = before[every, alt]
            elif name == method and method not in _OF_ALL_BASES:
                effects = after[every, alt] - before[every, ref]
            else:
                effects = ((after + before)[every, alt] - (after + before)[every, ref]) / 2
            graded = agreement({name: zero_where_tiny(effects.astype(np.float64))}, values, draws=1)[name]["itself"]
            print(f"{name:34}" + "".join(f"{graded[measure][0]:10.3f}" for measure in MEASURES), flush=True)


def _at(values: np.ndarray, place: int) -> np.ndarray:
    """(pairs, 2, 4): scores of the variant's bases in both sequences."""
    return values.reshape(-1, 2, *values.shape[2:])[:, :, place]


if __name__ == "__main__":
    app.run(main)
