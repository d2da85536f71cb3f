"""How well logits tell labels: the numbers by which networks are compared."""

import numpy as np
from jaxtyping import Float, UInt8


def final_metrics(
    logits: Float[np.ndarray, "R N T"], labels: UInt8[np.ndarray, "N T"], tasks: tuple[str, ...]
) -> dict[str, dict[str, float | None]]:
    """Accuracy, loss, AUROC and AUPRC (average precision) per task, and their means over the tasks.

    With several replicates each number is the mean over them, and `<name>_std` its standard deviation. AUROC and AUPRC
    of a task whose labels are all equal do not exist and are None; they are left out of the mean.
    """
    from sklearn.metrics import average_precision_score, roc_auc_score  # slow to import, and needed at a run's end

    table: dict[str, dict[str, float | None]] = {}
    for column, task in enumerate(tasks):
        truth = labels[:, column].astype(bool)
        each: dict[str, list[float]] = {"loss": [], "accuracy": [], "auroc": [], "auprc": []}
        for scores in logits[:, :, column]:
            each["loss"].append(float(np.mean(np.logaddexp(0, np.where(truth, -scores, scores)))))
            each["accuracy"].append(float(np.mean((scores > 0) == truth)))
            if truth.any() and not truth.all():
                each["auroc"].append(float(roc_auc_score(truth, scores)))
                each["auprc"].append(float(average_precision_score(truth, scores)))
        table[task] = {name: float(np.mean(values)) if values else None for name, values in each.items()}
        if len(logits) > 1:
            table[task] |= {f"{name}_std": float(np.std(values)) if values else None for name, values in each.items()}
    mean = {}
    for name in table[tasks[0]]:
        known = [value for row in table.values() if (value := row[name]) is not None]
        mean[name] = float(np.mean(known)) if known else None
    return {"mean": mean, **table}
