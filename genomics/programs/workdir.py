"""`--workdir`, a flag that every program shares: absl allows each name one definition in a process."""

from absl import flags

WORKDIR = flags.DEFINE_string("workdir", None, "Folder of a training run; train.py makes it when absent.")
