"""Trains a network on labelled sequences: `python train.py --config=lab5 --workdir=runs/lab5`, in a checkout.

Installed it is `genomics-train`; both are `genomics.programs.train`.
"""

from genomics.programs.train import command

if __name__ == "__main__":
    command()
