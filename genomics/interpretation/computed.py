"""What a network or a method says of all sequences, in memory."""

import numpy as np

from genomics.interpretation.batches import in_batches
from genomics.interpretation.explanation import Explanation
from genomics.interpretation.sequences import Sequences
from genomics.models.predictor import Predictor


def computed(
    predictor: Predictor, sequences: Sequences, explain: Explanation, batch_size: int | None = None
) -> dict[str, np.ndarray]:
    """Arrays by name, with a leading axis N.

    Args:
      predictor: the network.
      sequences: N of them.
      explain: of them.
      batch_size: sequences at a time; None = by the memory.
    """
    batches = list(
        in_batches(explain.function, predictor.parameters, explain.inputs, len(sequences.bases), batch_size=batch_size)
    )
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
