"""The flags that say what `report.html` shows, and its writing."""

import re
from pathlib import Path

from absl import flags

from genomics.errors import InputError
from genomics.interpretation.sequences import Sequences
from genomics.models.predictor import Predictor
from genomics.programs import model_flags, sequence_flags
from genomics.programs.workdir import workdirs

SCAN = flags.DEFINE_string("scan", None, "Folder of a finished scan (--output of scan.py), summed up in report.html.")
REPORT_SEQUENCES = flags.DEFINE_integer(
    "report_sequences", 20, "How many of the scored sequences report.html holds.", lower_bound=1
)
REPORT_ALLELES = flags.DEFINE_integer(
    "report_alleles",
    5,
    "Of how many alleles of a --scan of variants, the largest effects of each task, report.html has logos.",
    lower_bound=0,
)
MODISCO_RESULTS = flags.DEFINE_string(
    "modisco_results",
    None,
    "Results of `modisco motifs` on what --modisco wrote: patterns, their sites as BED, and known motifs like them.",
)
ASSEMBLY = flags.DEFINE_string(
    "assembly", None, "Name of the genome at UCSC and IGV, e.g. hg38: report.html links its sequences to them."
)


def check() -> None:
    """Raises `InputError` where a flag names nothing that can be shown, before anything is computed."""
    if ASSEMBLY.value is not None and not re.fullmatch(r"[A-Za-z0-9_.-]+", ASSEMBLY.value):
        raise InputError(f"--assembly={ASSEMBLY.value}: must be a name such as hg38")
    if MODISCO_RESULTS.value is not None and not Path(MODISCO_RESULTS.value).is_file():
        raise InputError(f"--modisco_results={MODISCO_RESULTS.value}: must be a file that `modisco motifs` wrote")
    if REPORT_ALLELES.present and SCAN.value is None:
        raise InputError(f"--report_alleles={REPORT_ALLELES.value}: is for a --scan of variants")
    if SCAN.value is None:
        return
    if not Path(SCAN.value).is_dir():
        raise InputError(f"--scan={SCAN.value}: must be the folder of a finished scan")
    from genomics.report.scan_summary import finished_plan

    plan = finished_plan(Path(SCAN.value))
    if REPORT_ALLELES.present and not plan["settings"]["vcf"]:
        raise InputError(f"--report_alleles={REPORT_ALLELES.value}: is for a --scan of variants")


def write(predictor: Predictor, sequences: Sequences | None, output: Path) -> Path:
    """Writes `OUTPUT/report.html` from all results that lie there.

    Args:
      predictor: with the tasks that are asked about.
      sequences: that were asked about in this run, if any.
      output: folder of the results.

    Raises:
      InputError: a file that the page shows is damaged, or the page cannot be written.
    """
    # Imported late: only when everything else is done.
    from genomics.report.page import write_report
    from genomics.report.payload import Subject

    workdir = next(iter(workdirs()), None)
    return write_report(
        Subject(
            predictor=predictor,
            output=output,
            workdir=workdir,
            checkpoint=model_flags.CHECKPOINT.value,
            data=_data(workdir),
            sequences=sequences,
            scan=Path(SCAN.value) if SCAN.value else None,
            count=REPORT_SEQUENCES.value,
            seed=model_flags.SEED.value,
            assembly=ASSEMBLY.value,
            alleles=REPORT_ALLELES.value,
        )
    )


def _data(workdir: Path | None) -> Path | None:
    """The data set that the network was trained on; for a network from elsewhere the one that --data names."""
    if workdir:
        from genomics.training import config as configuration  # late: it knows all networks

        return Path(configuration.read(workdir).config.data.path)
    return Path(sequence_flags.DATA.value) if sequence_flags.DATA.value else None
