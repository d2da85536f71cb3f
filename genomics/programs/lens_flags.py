"""The flags that say which number of a network is explained: its lenses."""

import re

from absl import flags

from genomics.errors import InputError
from genomics.lenses.strands import STRANDS as STRANDS_OF
from genomics.lenses.target import OVER, TARGETS
from genomics.lenses.view import Lens
from genomics.mutagenesis.gauge import GAUGES

TARGET = flags.DEFINE_enum(
    "target",
    "output",
    list(TARGETS),
    "Which number of the network's output is explained: the output itself; a head that gives log_counts; or, of a head "
    "along the sequence, its profile: w.(y - mean y), w = softmax(y - mean y) of the sequence explained; _per_strand: "
    "a softmax for each strand, not centred; _free: weights of each sequence itself.",
)
BINS = flags.DEFINE_string(
    "bins", None, "FIRST-LAST from 0, both included: explain these bins of an output along the sequence, by track."
)
OVER_BINS = flags.DEFINE_enum("over_bins", "sum", list(OVER), "What of the --bins is explained.")
LOG1P = flags.DEFINE_boolean("log1p", False, "Explain log(1 + it) of the --bins.")
STRANDS = flags.DEFINE_enum(
    "strands",
    "forward",
    STRANDS_OF,
    "Both: the network's output is the mean over a sequence and its reverse complement, positions turned round.",
)
STRAND_PAIRS = flags.DEFINE_string(
    "strand_pairs",
    None,
    "With --strands=both, channels of the output that change places on the other strand: 0-1, or 0-1,2-3, or none.",
)
GAUGE = flags.DEFINE_enum(
    "gauge",
    "delta",
    list(GAUGES),
    "The unit of differences: of the number itself, log_odds or probability (of a logit), log2_fold_change (of a "
    "natural log of counts); centred and projected, of ism alone, move their zero.",
)
#: Names of --strands=both as they were; each program still takes them.
_EARLIER = [
    flags.DEFINE_boolean("reverse_complement", False, "An earlier name of --strands=both."),
    flags.DEFINE_boolean("average_strands", False, "An earlier name of --strands=both."),
]
#: All of them, the new one first.
NAMES_OF_STRANDS = (STRANDS.name, *(holder.name for holder in _EARLIER))


def lens() -> Lens:
    """What these flags say.

    Raises:
      InputError: flags that contradict each other, or --bins of another form.
    """
    for holder in (OVER_BINS, LOG1P):
        if flags.FLAGS[holder.name].present and BINS.value is None:
            raise InputError(f"--{holder.name}: is for --bins=FIRST-LAST")
    both = strands() == "both"
    if STRAND_PAIRS.value is not None and not both:
        raise InputError("--strand_pairs: is for --strands=both")
    return Lens(
        target=TARGET.value,
        bins=None if BINS.value is None else _bins(BINS.value),
        over=OVER_BINS.value,
        log1p=LOG1P.value,
        strands="both" if both else "forward",
        pairs=STRAND_PAIRS.value,
    )


def strands() -> str:
    """--strands, or what its earlier names say.

    Raises:
      InputError: they differ.
    """
    found = STRANDS.value
    for holder in _EARLIER:
        if not flags.FLAGS[holder.name].present:
            continue
        said = "both" if holder.value else "forward"
        if flags.FLAGS[STRANDS.name].present and said != STRANDS.value:
            raise InputError(
                f"--{holder.name}={holder.value}: contradicts --strands={STRANDS.value}; the latter is enough"
            )
        found = said
    return found


def _bins(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,9})-([0-9]{1,9})", text.strip())
    if not match or int(match[1]) > int(match[2]):
        raise InputError(f"--bins={text}: must be FIRST-LAST, bins from 0, both included")
    return int(match[1]), int(match[2])
