"""Asks a trained network why: `python interpret.py --workdir=runs/lab5`, in a checkout.

Installed it is `genomics-interpret`; both are `genomics.programs.interpret`.
"""

from genomics.programs.interpret import command

if __name__ == "__main__":
    command()
