"""The flags that say which methods explain the network, and how."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from absl import flags
from jaxtyping import Float

from genomics.data.dataset import base_frequencies, load
from genomics.interpretation.methods import METHODS, Settings
from genomics.interpretation.references import parse_reference

NAMES = flags.DEFINE_list("methods", ["saliency", "gradient_x_input", "ism"], f"Any of {', '.join(METHODS)}; or all.")
RULE = flags.DEFINE_enum(
    "rule", "genomics_default", ["genomics_default", "rescale", "reveal_cancel"], "Of deeplift, at activations."
)
MAX_POOL_RULE = flags.DEFINE_enum(
    "max_pool_rule",
    "cross",
    ["cross", "gradient"],
    "Of deeplift and deepshap; gradient does not sum to the difference.",
)
REFERENCE = flags.DEFINE_string(
    "reference",
    "zeros",
    "What sequences are compared with: zeros, uniform, background (base frequencies of the training split), four "
    "frequencies as 0.3,0.2,0.2,0.3, dinucleotide:K (shuffles of each sequence), or FILE.npy.",
)
STEPS = flags.DEFINE_integer("steps", 50, "Of integrated_gradients.", lower_bound=1)


def load_settings(length: int, seed: int, data_path: Callable[[], Path]) -> Settings:
    """The settings of all methods.

    Args:
      length: L of the network.
      seed: of everything random.
      data_path: gives the data set whose training split is the background; called only where that is asked for.

    Raises:
      InputError: a reference that is none.
    """

    def background() -> Float[np.ndarray, " 4"]:
        return base_frequencies(load(data_path(), splits=["train"]).splits["train"].bases)

    return Settings(
        seed=seed,
        rule=RULE.value,
        max_pool_rule=MAX_POOL_RULE.value,
        reference=parse_reference(REFERENCE.value, length, background),
        steps=STEPS.value,
    )
