"""`--model=FILE.h5` and `--model=FILE.keras`: a network saved by Keras."""

from collections.abc import Sequence

from genomics.models.keras.load import load
from genomics.models.predictor import Predictor
from genomics.programs.fingerprint import fingerprint
from genomics.programs.function_model import named


def load_keras(path: str, length: int | None = None, task_names: Sequence[str] | None = None) -> Predictor:
    """Reads the file; says which final activation it leaves out, because what is explained is the logit.

    Args:
      path: of the `.h5` or `.keras` file.
      length: L, for a network that leaves it open.
      task_names: T names; None = `task_0`, ...

    Raises:
      InputError: the file is no Keras network of DNA that can be read, or the length or the number of names differ.
    """
    model = load(path, length=length)
    if model.removed_activation:
        print(f"{path}: the final {model.removed_activation} is left out; logits are explained")
    return Predictor(
        apply=model.apply,
        parameters=model.parameters,
        replicates=None,
        length=model.length,
        tasks=named(task_names, model.num_tasks, path),
        fingerprint=fingerprint(lambda x: model.apply(model.parameters, x), model.length),
        source=path,
    )
