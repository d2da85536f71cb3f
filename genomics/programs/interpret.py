"""Asks a trained network why: attribution, mutagenesis, motifs; figures, a page.

  genomics-interpret --workdir=runs/lab5 --methods=all --evaluate
  genomics-interpret --workdir=runs/lab5 --methods=ism --sequences=my.fa
  genomics-interpret --model=net.keras --sequences=my.fa --output=results

A second run with other methods adds them to the same scores.h5 and report.html.
A run that was stopped goes on where it ended.
"""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from absl import flags

from genomics.command import run
from genomics.errors import InputError
from genomics.flag_help import Group, Help
from genomics.interpretation.analyses import ANALYSES
from genomics.interpretation.handoff import check_methods, export_modisco
from genomics.interpretation.method import Explainer
from genomics.interpretation.methods import ALL
from genomics.interpretation.patterns import show_patterns
from genomics.interpretation.residuals import report
from genomics.interpretation.scoring import score
from genomics.interpretation.selfcheck import check_request, verify_mutagenesis
from genomics.interpretation.sequences import Sequences
from genomics.interpretation.style import Style
from genomics.interpretation.tracks import write_tracks
from genomics.interpretation.units import check_gauges, probabilities_hint
from genomics.io.figure import FORMATS
from genomics.io.lock import holding
from genomics.io.scores import Questions, read_attributes
from genomics.models.predictor import Predictor
from genomics.programs import (
    evaluate_flags,
    genome_flags,
    method_flags,
    model_flags,
    report_flags,
    sequence_flags,
    tracks_flags,
)
from genomics.programs.method_flags import FURTHER
from genomics.programs.tasks import restricted
from genomics.programs.window import WINDOW

NUM_FIGURES = flags.DEFINE_integer("num_figures", 10, "How many of the sequences are drawn.", lower_bound=0)
MOST_FIGURES = flags.DEFINE_integer(
    "most_figures",
    500,
    "Pictures of sequences, in all methods and tasks together; where there would be more, the tasks with the highest "
    "logits of each sequence are drawn.",
    lower_bound=1,
)
FIGURE_FORMAT = flags.DEFINE_enum(
    "figure_format", "png", FORMATS, "Of pictures of sequences; in svg and pdf text stays text."
)
OBSERVED = flags.DEFINE_boolean(
    "observed",
    None,
    "Logos show the scores of observed bases alone, scores times the one-hot sequence. Default: where what sequences "
    "are compared with is dense (uniform, frequencies, shuffles), so that scores are spread over bases not there.",
)
VERIFY = flags.DEFINE_integer(
    "verify", 0, "Recompute so many random mutations of ism in double precision; fail where one is off.", lower_bound=0
)
MODISCO = flags.DEFINE_boolean("modisco", False, "Also write hypothetical scores as files for TF-MoDISco.")

flags.declare_key_flag("workdir")
flags.declare_key_flag("window")
for shared in (model_flags, genome_flags, sequence_flags, tracks_flags, method_flags, evaluate_flags, report_flags):
    flags.adopt_module_key_flags(shared)


HELP = Help(
    usage="--workdir=DIR",
    groups=(
        Group(
            title="Network (--workdir, or --model)",
            shown={
                "workdir": "folder of a training run",
                "model": "instead of --workdir: a network from elsewhere",
                "length": "sequence length, for a --model that leaves it open",
                "tasks": "names or indices (default: all)",
                "checkpoint": "of --workdir (default: best)",
            },
            modules=("genomics.programs.model_flags", "genomics.programs.network_flags"),
        ),
        Group(
            title="Number explained (docs/lenses.md)",
            shown={
                "target": "output, log_counts or profile (default: output)",
                "strands": "forward, or both: their mean (default: forward)",
                "gauge": "unit of differences, e.g. log2_fold_change",
            },
            modules=("genomics.programs.lens_flags",),
        ),
        Group(
            title="Sequences",
            shown={
                "sequences": "sequences to explain",
                "data": "or a data set (default: that of --workdir)",
                "regions": "or peaks, or CONTIG:FIRST-LAST, of --fasta",
                "fasta": "the genome, plain, bgzip or 2bit",
                "num_sequences": "how many are scored; 0 = all (default: 100)",
            },
            modules=("genomics.programs.sequence_flags", "genomics.programs.genome_flags"),
        ),
        Group(
            title="Methods",
            shown={
                "methods": "names, or all (default: five of them)",
                "reference": "zeros, uniform, 0.3,0.2,0.2,0.3, dinucleotide:K, ...",
                "rule": "of DeepLIFT (default: genomics_default)",
                "evaluate": "also grade the methods",
            },
            modules=("genomics.programs.method_flags", "genomics.programs.evaluate_flags"),
            note=f"all: {', '.join(ALL)}; further: {', '.join(FURTHER)}",
        ),
        Group(title="Settings of single methods", modules=("genomics.programs.settings_flags",)),
        Group(
            title="Results",
            shown={
                "output": "(default: WORKDIR/interpret)",
                "figure_format": "png, svg or pdf (default: png)",
                "window": "positions that figures show, FIRST-END from 0",
                "observed": "logos of observed bases alone (default: see --helpfull)",
                "modisco": "also write files for TF-MoDISco",
                "tracks": "also contributions as bigWig; bases: of all four bases",
                "scan": "folder of a finished scan, summed up on the page",
            },
            modules=("genomics.programs.interpret", "genomics.programs.report_flags", "genomics.programs.tracks_flags"),
        ),
    ),
    values={
        "bins": "FIRST-LAST",
        "workdir": "DIR",
        "output": "DIR",
        "scan": "DIR",
        "model": "FILE|MODULE:FUNCTION",
        "data": "FILE",
    }
    | {"sequences": "FASTA", "fasta": "FILE", "regions": "FILE|PLACE", "window": "FIRST-END"},
)


def main(argv: list[str]) -> None:
    """Scores the chosen sequences by the chosen methods, draws some, and says where everything is."""
    if len(argv) > 1:
        raise InputError(f"{argv[1]!r}: arguments are given as --flag=value")
    methods, analyses = method_flags.asked_for()
    whole = model_flags.load_predictor()
    if method_flags.LIST_LAYERS.value:
        print(method_flags.list_layers(whole))
        return
    if MODISCO.value:
        check_methods(methods)
    style = style_of_figures()
    style.check(whole.length)
    report_flags.check()
    sequence_flags.check()
    for name in method_flags.unread_flags(methods, analyses):
        print(f"note: --{name} changes none of the methods {', '.join([*methods, *analyses])}")
    output = model_flags.output_folder("interpret")
    evaluate_flags.check(methods, output)
    tasks = model_flags.chosen_tasks(whole.tasks)
    predictor = restricted(whole, tasks)
    explainers, settings = method_flags.load_settings(
        predictor, model_flags.SEED.value, sequence_flags.data_path, methods
    )
    check_gauges(predictor.unit, methods, explainers)
    if VERIFY.value:
        check_request([explainers[name] for name in methods])
    for name in analyses:
        ANALYSES[name].check(predictor, settings[name])
    sequences = explained = None
    with holding(output):
        if methods:
            sequences = sequence_flags.load_sequences(whole, tasks, output)
            explained = explain(predictor, sequences, methods, explainers, output)
        if analyses:
            sequences = sequence_flags.load_sequences(whole, tasks, output, default=0)
            for name in analyses:
                lines = ANALYSES[name].run(predictor, sequences, settings[name], output, model_flags.BATCH_SIZE.value)
                print(*lines, sep="\n")
        if report_flags.MODISCO_RESULTS.value:
            print(*show_patterns(Path(report_flags.MODISCO_RESULTS.value), output / "scores.h5"), sep="\n")
        print(f"report: {report_flags.write(predictor, sequences, output)}", flush=True)
        if explained is not None:  # last: the page holds what they show
            from genomics.interpretation.figures import draw_figures  # late: matplotlib takes a while

            figures = draw_figures(*explained, NUM_FIGURES.value, MOST_FIGURES.value, style)
            if figures:
                print(f"figures: {figures}")


def style_of_figures() -> Style:
    """How the flags want figures to look.

    Raises:
      InputError: --window is not FIRST-END.
    """
    window = None
    if flags.FLAGS["window"].present:
        match = re.fullmatch(r"([0-9]{1,9})-([0-9]{1,9})", str(WINDOW.value))
        if not match:
            raise InputError(f"--window={WINDOW.value}: must be FIRST-END, the positions that figures show, from 0")
        window = int(match[1]), int(match[2])
    return Style(window=window, observed=OBSERVED.value, format=FIGURE_FORMAT.value)


def explain(
    predictor: Predictor,
    sequences: Sequences,
    methods: Collection[str],
    explainers: Mapping[str, Explainer],
    output: Path,
) -> tuple[Path, Questions, Sequences, list[str]]:
    """Scores every base by some of the methods, and says where everything is; what `draw_figures` draws."""
    scores, questions = score(
        predictor,
        sequences,
        [explainers[name] for name in methods],
        output,
        model_flags.BATCH_SIZE.value,
        passing_over=method_flags.meant_by_all(methods),
    )
    known = (predictor.unit == "logit" and not predictor.unit_assumed) or bool(predictor.definition)
    hint = None if known else probabilities_hint(questions.logits)
    if hint is not None:
        print(hint)
    methods = [name for name in methods if name in read_attributes(scores)]
    if VERIFY.value:
        print(verify_mutagenesis(predictor, scores, questions, VERIFY.value, model_flags.SEED.value))
    for line in report(scores, questions, methods):
        print(line)
    if MODISCO.value:
        print(*export_modisco(scores, methods, predictor.length), sep="\n")
    if tracks_flags.TRACKS.value:
        contigs = sequence_flags.contigs(sequences, output)
        print(*write_tracks(scores, methods, contigs, bases=tracks_flags.TRACKS.value == "bases"), sep="\n")
    print(f"scores: {scores}")
    for line in evaluate_flags.run(predictor, sequences, scores, explainers):
        print(line)
    return scores, questions, sequences, methods


def command() -> None:
    """The command line."""
    run(main, define=method_flags.define_own, told=HELP)
