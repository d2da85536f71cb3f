"""How well any network can do on a simulated set: `python -m genomics.data.ceiling --data=data/lab5.h5`.

The best answer to "is this factor planted?" is its exact posterior probability under the model that the sequences were
drawn from (`posterior`). What that answer scores on a split is the ceiling for every network on the same split: chance
aside, none has a lower loss, and none a higher accuracy, AUROC or AUPRC.
"""

import os
from collections.abc import Mapping

from absl import flags

from genomics.data.dataset import SPLITS, Dataset, load
from genomics.data.metrics import final_metrics
from genomics.data.motifs import packaged_motifs
from genomics.data.posterior import presence_logits
from genomics.data.recipes import RECIPES, Recipe
from genomics.errors import InputError

_STRANDS = {"both": True, "forward": False}
_MEASURES = ("accuracy", "loss", "auroc", "auprc")


def ceiling(path: str | os.PathLike[str], *, split: str = "test") -> Mapping[str, Mapping[str, float | None]] | None:
    """Accuracy, cross-entropy loss, AUROC and AUPRC of the exact posterior, by task and as the tasks' `mean`.

    Args:
      path: of a data set in HDF5.
      split: whose sequences and labels.

    Returns:
      The numbers, named as in a run's `test_metrics.json`; None for a set that is not simulated.

    Raises:
      InputError: the file cannot be read, or it is not what the recipe that it names gives.
    """
    dataset = load(path, splits=(split,))
    if "recipe" not in dataset.provenance:
        return None
    try:
        recipe, both_strands = _checked(dataset, split)
        motifs = [packaged_motifs()[identifier].probabilities for identifier in recipe.motifs]
        own = dataset.splits[split]
        logits = presence_logits(own.bases, motifs, recipe.count_probabilities, both_strands=both_strands)
    except InputError as error:
        raise InputError(f"{path}: {split}: {error}; the ceiling is known of sets as simulated only") from error
    return final_metrics(logits[None], own.labels, dataset.tasks)


def _checked(dataset: Dataset, split: str) -> tuple[Recipe, bool]:
    """The recipe that the set names, and whether it plants on both strands, if all else that it holds agrees."""
    name, strands = dataset.provenance["recipe"], dataset.provenance.get("strands")
    if name not in RECIPES:
        raise InputError(f"attribute recipe is {name!r}; must be one of {', '.join(RECIPES)}")
    if strands not in _STRANDS:
        raise InputError(f"attribute strands is {strands!r}; must be one of {', '.join(_STRANDS)}")
    recipe = RECIPES[str(name)]
    widths = tuple(packaged_motifs()[identifier].width for identifier in recipe.motifs)
    for what, found, expected in (
        ("tasks", dataset.tasks, recipe.factors),
        ("factors", dataset.factors, recipe.factors),
        ("widths", dataset.widths, widths),
    ):
        if found != expected:
            raise InputError(f"{what} are {found}; those of the recipe {name} are {expected}")
    own = dataset.splits[split]
    if own.truth is None:
        raise InputError("has no truth, by which its labels are checked")
    for task in range(len(recipe.factors)):
        wrong = own.labels[:, task] != (own.truth.factor == task).any(1)
        if wrong.any():
            row = int(wrong.argmax())
            raise InputError(f"row {row} (from 0): label {recipe.factors[task]} is not whether one is planted")
    return recipe, _STRANDS[str(strands)]


def table(found: Mapping[str, Mapping[str, float | None]]) -> str:
    """The numbers as lines of text, the mean last."""
    names = [name for name in found if name != "mean"] + ["mean"]
    width = max(map(len, names))
    lines = [f"{'':{width}}" + "".join(f"{measure:>10}" for measure in _MEASURES)]
    for name in names:
        values = (found[name][measure] for measure in _MEASURES)
        lines.append(f"{name:{width}}" + "".join("         -" if v is None else f"{v:10.4f}" for v in values))
    return "\n".join(lines)


def main(argv: list[str]) -> None:
    """Prints the ceiling of a data set."""
    if len(argv) > 1:
        raise InputError(f"{argv[1]!r}: arguments are given as --flag=value")
    values = flags.FLAGS
    found = ceiling(values.data, split=values.split)
    if found is None:
        raise InputError(
            f"--data={values.data}: is not a simulated set (no attribute recipe): its ceiling is not known"
        )
    print(table(found))


def define_flags() -> None:
    """The command's flags; importing this file defines none."""
    flags.DEFINE_string("data", None, "HDF5 file of genomics.data.simulate.", required=True)
    flags.DEFINE_enum("split", "test", SPLITS, "Whose sequences.")


if __name__ == "__main__":
    from genomics.command import run

    define_flags()
    run(main)
