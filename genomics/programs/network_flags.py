"""The flags that say which input of a file's network is the sequence, and which output is explained."""

from collections.abc import Sequence
from typing import cast

from absl import flags

from genomics.models.sequence_input import Layout
from genomics.programs import lens_flags
from genomics.programs.network_model import Wanted, read_fixed

HEAD = flags.DEFINE_string(
    "head",
    None,
    "Which output of a --model with several is explained: its name or index (default: all, side by side, where each is "
    "a single number).",
)
FIXED_INPUT = flags.DEFINE_multi_string(
    "fixed_input",
    [],
    "NAME=FILE.npy or NAME=NUMBER, repeatable: what an input of --model beside the sequence, or what the "
    "sequence's own channels beyond the four bases, are held at; controls=0.",
)
SEQUENCE_INPUT = flags.DEFINE_string("sequence_input", None, "Which input of --model is the sequence, of several.")
LAYOUT = flags.DEFINE_enum(
    "layout", None, ["length_first", "bases_first"], "(L, 4) or (4, L), where the input of --model fits both."
)
KERAS_BACKEND = flags.DEFINE_enum(
    "keras_backend",
    None,
    ["tensorflow", "jax", "torch"],
    "The backend of Keras that a .keras file was trained on, which it does not say; torch averages unevenly padded "
    "windows in its own way.",
)

#: Those that say something of a file's network alone.
OF_FILES = (HEAD, FIXED_INPUT, SEQUENCE_INPUT, LAYOUT, KERAS_BACKEND)


def wanted(task_names: Sequence[str] | None) -> Wanted:
    """What these flags, and --task_names, say.

    Raises:
      InputError: --fixed_input is malformed, or its file cannot be read.
    """
    return Wanted(
        head=HEAD.value,
        fixed=read_fixed(FIXED_INPUT.value),
        sequence=SEQUENCE_INPUT.value,
        layout=cast(Layout | None, LAYOUT.value),
        task_names=task_names,
        lens=lens_flags.lens(),
    )
