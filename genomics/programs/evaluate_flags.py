"""The flags that ask whether the methods can be trusted, and the evaluation that they ask for."""

from collections.abc import Collection, Mapping
from pathlib import Path

from absl import flags

from genomics.errors import InputError
from genomics.interpretation.method import Explainer
from genomics.interpretation.sequences import Sequences
from genomics.models.predictor import Predictor
from genomics.programs import model_flags, sequence_flags

EVALUATE = flags.DEFINE_boolean(
    "evaluate",
    False,
    "Also evaluate all methods that scores.h5 holds: against planted motifs where they are known, by deletion and "
    "insertion of bases, and with the network's parameters redrawn -> evaluation.json, evaluation.tsv, figures.",
)
DRAWS = flags.DEFINE_integer(
    "evaluate_draws", 10, "Of --evaluate: how often all parameters are redrawn; 0 = not at all.", lower_bound=0
)


def check(methods: Collection[str], output: Path) -> None:
    """Raises `InputError` where the flags ask for nothing that could be evaluated, before anything is computed."""
    if not EVALUATE.value:
        if flags.FLAGS["evaluate_draws"].present:
            raise InputError(f"--evaluate_draws={DRAWS.value}: only says how --evaluate works, which is not given")
        return
    from genomics.interpretation import evaluate

    if not methods:
        raise InputError("--evaluate: --methods must name a method that scores every base")
    evaluate.check(methods, output / "scores.h5")


def run(predictor: Predictor, sequences: Sequences, scores: Path, explainers: Mapping[str, Explainer]) -> list[str]:
    """Evaluates what a `scores.h5` holds if the flags ask for it; lines for the user.

    Args:
      predictor: with the tasks that are asked about.
      sequences: those of the file.
      scores: the file.
      explainers: all methods by name.
    """
    if not EVALUATE.value:
        return []
    # Imported late: what is behind it takes a second, at every start of the program.
    from genomics.interpretation.evaluate import evaluate

    split = None if sequence_flags.SEQUENCES.value else sequence_flags.SPLIT.value
    return evaluate(
        predictor,
        sequences,
        scores,
        explainers,
        seed=model_flags.SEED.value,
        draws=DRAWS.value,
        split=split,
        batch_size=model_flags.BATCH_SIZE.value,
    )
