"""`python -m genomics.evaluation.experiments`: see `genomics.programs.experiments`, which this runs."""

from genomics.programs.experiments import command

if __name__ == "__main__":
    command()
