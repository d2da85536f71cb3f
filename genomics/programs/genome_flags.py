"""The flags that name a genome and places in it, the same in every program."""

from absl import flags

from genomics.io.bad_rows import BAD_ROWS as BAD_ROWS_MODES

FASTA = flags.DEFINE_string("fasta", None, "The genome: FASTA, plain or bgzip, which is indexed on first use; or 2bit.")
REGIONS = flags.DEFINE_multi_string(
    "regions",
    None,
    "A BED or narrowPeak file, CONTIG:FIRST-LAST from 1, or a contig; may be repeated, or hold several between commas.",
)
BAD_ROWS = flags.DEFINE_enum(
    "bad_rows",
    "error",
    BAD_ROWS_MODES,
    "What becomes of lines of --vcf that cannot be read, or of peaks whose window leaves its contig: an error, or they "
    "are counted by reason and left out.",
)
