"""From sums to the numbers that are reported."""

from typing import Any

from genomics.training.loss import Counts


def epoch_record(epoch: int, split: str, replicate: int, counts: Counts, tasks: tuple[str, ...]) -> dict[str, Any]:
    """One line of `metrics.jsonl`: means over the examples, and over the tasks.

    `loss` is the cross-entropy alone; what a network adds to it while training stands in `penalties`, each by its name.

    Args:
      epoch: from 1.
      split: `train` or `valid`.
      replicate: from 0.
      counts: of this replicate, as numpy arrays.
      tasks: T names.
    """
    losses, accuracies = counts.loss / counts.examples, counts.correct / counts.examples
    penalties = {name: float(total / counts.examples) for name, total in counts.penalties.items()}
    return {
        "epoch": epoch,
        "split": split,
        "replicate": replicate,
        "loss": float(losses.mean()),
        "accuracy": float(accuracies.mean()),
        **({"penalties": penalties} if penalties else {}),
        "tasks": {
            task: {"loss": float(loss), "accuracy": float(accuracy)}
            for task, loss, accuracy in zip(tasks, losses, accuracies, strict=True)
        },
    }
