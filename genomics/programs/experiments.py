"""Holds a network against a real experiment: predicted effects of alleles beside measured ones, a matrix and k-mers.

  python -m genomics.evaluation.experiments --workdir=runs/chipseq \\
         --allelic=asb.vcf --fasta=asb.fa --measured=ASB
  python -m genomics.evaluation.experiments --workdir=runs/chipseq \\
         --saturation=element.tsv --fasta=hg38.fa
  python -m genomics.evaluation.experiments --model=motifs.meme --length=200 \\
         --tasks=CTCF --allelic=asb.vcf --fasta=asb.fa --measured=ASB

A table of saturation mutagenesis has, between tabs, the columns Chromosome, Position (from 1), Ref, Alt, Tags, Value,
P-Value and Element; a VCF has an INFO key with one number for each ALT allele, above 0 where ALT has more. Every allele
is scored in the window of the network whose middle is REF's first base, N beyond the contig: logit of ALT less logit of
REF. Beside the network stand the task's matrix (best site of either strand) and a linear model of gapped k-mers,
learned from the training split; each has 95 % bootstrap intervals, and its difference to the matrix by the same draws.
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags
from jaxtyping import Float, UInt8

from genomics.command import run
from genomics.data.dataset import load
from genomics.data.motifs import packaged_motifs
from genomics.errors import InputError
from genomics.evaluation import experiment, kmers
from genomics.evaluation.allele_windows import AlleleWindows, allele_windows
from genomics.evaluation.measured import MEASURES, zero_where_tiny
from genomics.evaluation.pwm import best_scores
from genomics.flag_help import Group, Help
from genomics.io.atomic import write_text
from genomics.io.bad_rows import BAD_ROWS, BadRows
from genomics.io.genome import open_genome
from genomics.io.lock import holding
from genomics.io.measurements import Measurements, read_allelic, read_saturation
from genomics.io.meme import read_meme
from genomics.lenses.networks import each_network
from genomics.lenses.units import UNITS, check_unit
from genomics.models.predictor import Predictor
from genomics.programs import lens_flags, model_flags
from genomics.programs.experiment_tables import alone_lines, table, table_lines, without_nan
from genomics.programs.tasks import restricted
from genomics.programs.workdir import workdirs
from genomics.scan.windows import of_codes
from genomics.sequence.motif import Motif
from genomics.training import config as configuration

#: Alleles that are scored at a time.
_BATCH = 64

HELP = Help(
    usage="--workdir=DIR --fasta=FILE --saturation=TSV|--allelic=VCF",
    required=("fasta",),
    groups=(
        Group(
            title="Experiment",
            shown={
                "saturation": "table of saturation mutagenesis",
                "allelic": "VCF with a measured INFO key",
                "measured": "that key (default: ASB)",
                "fasta": "the genome, or the sequences, of its positions",
                "min_tags": "rows of --saturation with fewer are passed over",
                "bad_rows": "what becomes of rows that break a rule",
            },
        ),
        Group(
            title="Network (--workdir, or --model)",
            shown={
                "workdir": "folder of a training run",
                "model": "instead of --workdir: a network from elsewhere",
                "tasks": "the task that was measured (default: the first)",
                "strands": "both, averaged (the default here), or forward",
                "gauge": "unit of the effects",
            },
            modules=(
                "genomics.programs.model_flags",
                "genomics.programs.network_flags",
                "genomics.programs.lens_flags",
            ),
        ),
        Group(
            title="Baselines",
            shown={
                "motif": "identifier, or a MEME file (default: the task's)",
                "kmers": "learn k-mers from the training split",
                "data": "that data set (default: the run's)",
            },
        ),
    ),
)


def define_flags(values: flags.FlagValues = flags.FLAGS) -> None:
    """Defines the command's own flags; importing this file defines none: other programs have flags of these names."""
    string, integer, enum = (
        partial(each, flag_values=values) for each in (flags.DEFINE_string, flags.DEFINE_integer, flags.DEFINE_enum)
    )
    string("saturation", None, "Table of saturation mutagenesis, TSV, plain or gzip.")
    string("allelic", None, "VCF whose INFO key --measured says what each ALT allele has more of.")
    string("measured", "ASB", "INFO key of --allelic.")
    string("fasta", None, "FASTA, plain or bgzip; a contig may be a part, named like a region: X:1000-2999.")
    integer("min_tags", 10, "Rows of --saturation with fewer barcodes are passed over.", lower_bound=0)
    enum("bad_rows", "error", BAD_ROWS, "Rows that break a rule: an error, or counted and passed over.")
    string("motif", None, "Matrix: an identifier of the packaged motifs, or a MEME file (its first motif).")
    flags.DEFINE_boolean(
        "kmers", True, "Also learn a linear model of gapped k-mers from the training split.", flag_values=values
    )
    string("data", None, "Data set for --kmers (default: that of --workdir).")
    integer("first", None, "Also grade an element's first so many bases (default: L).", lower_bound=1)
    integer("draws", 1000, "Of the bootstrap.", lower_bound=1)


def main(argv: list[str]) -> None:
    """Grades one experiment, prints the table, and keeps numbers and predictions."""
    if len(argv) > 1:
        raise InputError(f"{argv[1]!r}: arguments are given as --flag=value")
    values = flags.FLAGS
    if bool(values.saturation) == bool(values.allelic) or not values.fasta:
        raise InputError("--fasta=FILE and exactly one of --saturation=TSV and --allelic=VCF must be given")
    file = Path(values.saturation or values.allelic)
    if not any(values[name].present for name in lens_flags.NAMES_OF_STRANDS):
        values.strands = "both"
    predictor = _one_task(model_flags.load_predictor())
    gauge = lens_flags.GAUGE.value
    if gauge not in UNITS:
        raise InputError(f"--gauge={gauge}: is of ism of a sequence; here it must be one of {', '.join(UNITS)}")
    check_unit(gauge, predictor.unit)
    output = model_flags.output_folder("experiments")
    grades_file, alleles_file = output / f"{file.stem}.json", output / f"{file.stem}.tsv"
    if file.resolve() in (grades_file.resolve(), alleles_file.resolve()):
        raise InputError(f"--output={output}: the table of all alleles would replace {file}; give another folder")
    bad_rows = BadRows(mode=values.bad_rows)
    with holding(output), open_genome(values.fasta, index_folder=output) as genome:
        found = _read(file, bad_rows)
        alleles = allele_windows(found.rows, genome, predictor.length, bad_rows)
        _tell_rows(file, found, alleles, bad_rows)
        motif = _motif(predictor.tasks[0])
        mean, each = _effects(predictor, alleles.windows)
        predictions = _predictions(predictor, mean, alleles, motif)
        matrix = predictions.get(experiment.MATRIX)
        if values.saturation:
            parts = experiment.saturation_parts(alleles, genome, motif, values.first or predictor.length)
        else:
            parts = experiment.allelic_parts(len(alleles.rows), matrix)
        measured = np.array([row.value for row in alleles.rows])
        grades = experiment.grades(predictions, measured, parts, draws=values.draws)
        alone = experiment.alone(each, measured, parts)
        record = {**_record(file, predictor, motif, found, alleles, grades), "each_network": without_nan(alone)}
        write_text(grades_file, json.dumps(record, indent=2, allow_nan=False) + "\n")
        write_text(alleles_file, table(alleles, predictions, each.std(0) if len(each) > 1 else None))
    if motif is not None:
        print(f"matrix: {motif.identifier} {motif.name}, best site of either strand, bits to a uniform background")
    print(*table_lines(grades), *alone_lines(alone), sep="\n")
    print(f"written to {output}: {grades_file.name}, {alleles_file.name} (every allele)")


def _one_task(predictor: Predictor) -> Predictor:
    tasks = model_flags.chosen_tasks(predictor.tasks) if model_flags.TASKS.value else (0,)
    if len(tasks) != 1:
        raise InputError(f"--tasks={','.join(model_flags.TASKS.value or ())}: must name the one task that was measured")
    return restricted(predictor, tasks)


def _read(file: Path, bad_rows: BadRows) -> Measurements:
    values = flags.FLAGS
    if values.saturation:
        return read_saturation(file, min_tags=values.min_tags, bad_rows=bad_rows)
    return read_allelic(file, key=values.measured, bad_rows=bad_rows)


def _tell_rows(file: Path, found: Measurements, alleles: AlleleWindows, bad_rows: BadRows) -> None:
    print(f"{file}: {len(alleles.rows):,} measured alleles")
    others = found.passed_over - bad_rows.counts
    if others:
        print("passed over:", *(f"  {count:,} {reason}" for reason, count in others.most_common()), sep="\n")
    print(*bad_rows.lines(), sep="\n", end="\n" if bad_rows.counts else "")
    for name, own in alleles.renamed.items():
        print(f"contig {name} is {own} of the FASTA file")


def _motif(task: str) -> Motif | None:
    """The matrix that --motif names; without it the packaged motif of the task's name, the first of several."""
    given = flags.FLAGS.motif
    if given is None:
        named = (motif for motif in packaged_motifs().values() if task.lower().startswith(motif.name.lower()))
        return next(named, None)
    if given in packaged_motifs():
        return packaged_motifs()[given]
    if not Path(given).is_file():
        raise InputError(f"--motif={given}: must be a MEME file or one of {', '.join(packaged_motifs())}")
    return read_meme(given)[0]


def _predictions(
    predictor: Predictor, mean: Float[np.ndarray, " M"], alleles: AlleleWindows, motif: Motif | None
) -> dict[str, Float[np.ndarray, " M"]]:
    """Effects by name: of several networks that of their mean."""
    found = {experiment.NETWORK: zero_where_tiny(mean)}
    if motif is not None:
        scores = [best_scores(alleles.windows[:, allele], motif) for allele in (0, 1)]
        with np.errstate(invalid="ignore"):  # of two sequences without a single whole site
            found[experiment.MATRIX] = zero_where_tiny(scores[1] - scores[0])
    model = _kmer_model(predictor.tasks[0])
    if model is not None:
        scores = [model.scores(alleles.windows[:, allele]) for allele in (0, 1)]
        found[experiment.KMERS] = zero_where_tiny(scores[1] - scores[0])
    return found


def _effects(
    predictor: Predictor, windows: UInt8[np.ndarray, "M 2 L"]
) -> tuple[Float[np.ndarray, " M"], Float[np.ndarray, "R M"]]:
    """Of the mean network and of each, in the unit of --gauge."""
    bound, convert = of_codes(predictor, "float32"), UNITS[lens_flags.GAUGE.value].convert

    def effect(parameters: Any, pair: jax.Array) -> jax.Array:
        predict = bound(parameters, pair[0])
        before = predict(pair[0])
        return jnp.stack([predict(pair[1])[0] - before[0], before[0]])

    def every(parameters: Any) -> jax.Array:
        return jax.lax.map(lambda pair: effect(parameters, pair), windows, batch_size=_BATCH)

    of_networks = every if predictor.replicates is None else partial(each_network, every)
    found = jnp.reshape(jax.jit(of_networks)(predictor.parameters), (-1, len(windows), 2))
    changes, before = found[..., 0], found[..., 1]
    told = convert(changes.mean(0), before.mean(0)), convert(changes, before)
    return np.asarray(told[0], np.float64), np.asarray(told[1], np.float64)


def _kmer_model(task: str) -> kmers.KmerModel | None:
    values = flags.FLAGS
    path = Path(values.data) if values.data else None
    if path is None and workdirs():
        path = Path(configuration.read(workdirs()[0]).config.data.path)
    if not values.kmers or path is None or not path.exists():
        return None
    data = load(path)
    names = [name.lower() for name in data.tasks]
    if task.lower() not in names:
        print(f"no k-mers: {path} has no task {task}")
        return None
    column = names.index(task.lower())
    train, valid = (data.splits[name] for name in ("train", "valid"))
    if not 0 < train.labels[:, column].sum() < len(train.labels):
        return None
    return kmers.fit(train.bases, train.labels[:, column], valid.bases, valid.labels[:, column])


def _record(
    file: Path, predictor: Predictor, motif: Motif | None, found: Measurements, alleles: AlleleWindows, grades: Any
) -> dict[str, Any]:
    values = flags.FLAGS
    return {
        "experiment": file.name,
        "kind": "saturation" if values.saturation else "allelic",
        "network": predictor.source,
        "fingerprint": predictor.fingerprint,
        "networks": predictor.replicates or 1,
        "task": predictor.tasks[0],
        "strands": predictor.strands,
        "gauge": lens_flags.GAUGE.value,
        "matrix": motif.identifier if motif else None,
        "alleles": len(alleles.rows),
        "passed_over": dict(found.passed_over + alleles.passed_over),
        "measures": list(MEASURES),
        "parts": without_nan(grades),
    }


def command() -> None:
    """The command line."""
    define_flags()
    flags.declare_key_flag("workdir")
    flags.adopt_module_key_flags(model_flags)
    run(main, told=HELP)
