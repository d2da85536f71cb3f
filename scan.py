"""Scores a genome: `python scan.py --workdir=runs/chipseq --fasta=hg38.fa --output=effects`, in a checkout.

Installed it is `genomics-scan`; both are `genomics.programs.scan`.
"""

from genomics.programs.scan import command

if __name__ == "__main__":
    command()
