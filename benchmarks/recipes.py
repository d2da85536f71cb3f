"""Which recipe generalises? Each one's lowest validation loss: the table of docs/experiments.md.

  python -m benchmarks.recipes --data=data/chipseq.h5 [--only=chosen,relu] [--seeds=0,1,2] [--output=recipes.jsonl]

Every recipe is trained until its validation loss, both strands averaged, has not fallen for six epochs, forty at most;
printed are that loss, by task too, and the AUROC at that epoch. Nothing else is looked at: neither the test split nor
any experiment. What --output holds already of the same recipe as it is (not of its name), seed, data and code is
printed and not trained again, so that a run may be stopped.
"""

import time
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from absl import app, flags
from jaxtyping import Array, Float
from sklearn.metrics import roc_auc_score

from benchmarks import lines
from benchmarks.recipe_network import Network, Parameters, initial, logits
from genomics.data.dataset import load
from genomics.io.examples import Dataset, Split
from genomics.training.augment import DROPOUT, NONE, Augmentation, augmented
from genomics.training.epoch import epoch_order, example_keys
from genomics.training.optimizer import rmsprop

DATA = flags.DEFINE_string("data", "data/chipseq.h5", "HDF5 file in the lab's layout.")
ONLY = flags.DEFINE_list("only", [], "Recipes by name; default all.")
SEEDS = flags.DEFINE_list("seeds", ["0"], "Of each recipe.")
OUTPUT = flags.DEFINE_string("output", None, "JSON lines to which each result is added.")

_EPOCHS, _PATIENCE, _WARM_UP = 40, 6, 0.05
_STRANDS = Augmentation(random_strand=True)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A network and how it is trained.

    Attributes:
      network: its architecture.
      optimizer: `rmsprop`, `adam` or `adamw`.
      rate: the learning rate.
      decay: weight decay of AdamW.
      cosine: the rate rises over the first twentieth of the steps and falls to 0 as a cosine; no early stop.
      batch: examples a step.
      epochs: at most.
      smoothing: labels are 1 - smoothing / 2 and smoothing / 2.
      balanced: each task's bound windows weigh together what its unbound ones do.
    """

    network: Network = field(default_factory=Network)
    optimizer: str = "rmsprop"
    rate: float = 1e-3
    decay: float = 0.0
    cosine: bool = False
    batch: int = 64
    epochs: int = _EPOCHS
    smoothing: float = 0.0
    balanced: bool = False


_MOTIFS = ("MA0139.1", "MA0151.1", "MA0496.1")
_DROPPED = Network(dropout=0.3)
_CHOSEN = replace(_DROPPED, activation="mixed")
_RELU = replace(_DROPPED, activation="relu")
#: The second layer of the recipes with Adam, and of those that pool over the whole sequence.
_NARROW = replace(_DROPPED, filters=(32, 32), widths=(19, 5), pools=(4, 4), hidden=64)
_ATTENTION = {"head": "attention", "residual": ((3, 1), (3, 2))}
_ADAM = Recipe(network=_NARROW, optimizer="adam")
_SHARED = replace(_ADAM, network=replace(_NARROW, shared_strands=True))
_ADAMW = replace(_ADAM, optimizer="adamw", decay=0.05)
_SHARED_ADAMW = replace(_ADAMW, network=replace(_NARROW, shared_strands=True, dropout=0.5))


def _other(recipe: Recipe, **changed: Any) -> Recipe:
    return replace(recipe, network=replace(recipe.network, **changed))


RECIPES: dict[str, Recipe] = {
    "relu": Recipe(network=Network(activation="relu")),
    "relu_dropout": Recipe(network=_RELU),
    "relu_wide": Recipe(network=replace(_RELU, filters=(64, 32))),
    "relu_motifs": Recipe(network=replace(_RELU, motifs=_MOTIFS)),
    "exponential": Recipe(),
    "exponential_dropout": Recipe(network=_DROPPED),
    "exponential_motifs": Recipe(network=replace(_DROPPED, motifs=_MOTIFS)),
    "exponential_pool25": Recipe(network=replace(_DROPPED, filters=(24, 48), widths=(19, 3), pools=(25, 2), hidden=96)),
    "chosen": Recipe(network=_CHOSEN),
    "adam": _other(_ADAM, dropout=0.0),
    "adam_dropout": _other(_ADAM, dropout=0.5),
    "adamw": replace(_ADAMW, batch=128),
    "adamw_cosine": replace(_ADAMW, rate=2e-3, cosine=True, epochs=25),
    "maximum": _other(_ADAM, head="max"),
    "residual_mean_maximum": _other(_ADAM, head="mean_max", residual=((3, 1), (3, 2), (3, 4))),
    "residual_attention": _other(_ADAM, **_ATTENTION),
    "shared": _SHARED,
    "shared_maximum": _other(_SHARED, head="max"),
    "shared_adamw": _SHARED_ADAMW,
    "shared_adamw_motifs": _other(_SHARED_ADAMW, motifs=_MOTIFS),
    "shared_log_mean": _other(_SHARED_ADAMW, dropout=0.3, head="log_mean", filters=(32, 0), pools=(1, 1)),
    "chosen_smoothing": Recipe(network=_CHOSEN, smoothing=0.05),
    "chosen_balanced": Recipe(network=_CHOSEN, balanced=True),
    "chosen_adamw": Recipe(network=_CHOSEN, optimizer="adamw", decay=0.05),
    "chosen_width25": Recipe(network=replace(_CHOSEN, widths=(25, 8))),
    "chosen_maximum": Recipe(network=replace(_CHOSEN, head="max")),
    "chosen_residual_attention": Recipe(network=replace(_CHOSEN, **_ATTENTION)),
    "chosen_shared": Recipe(network=replace(_CHOSEN, shared_strands=True)),
}


def main(argv: list[str]) -> None:
    del argv
    unknown = set(ONLY.value) - RECIPES.keys()
    if unknown:
        raise app.UsageError(f"--only: {', '.join(sorted(unknown))}: must be of {', '.join(RECIPES)}")
    data = load(Path(DATA.value), splits=("train", "valid"))
    by = lines.computed_by()
    print(f"{'recipe':27}{'seed':>5}{'loss':>8}{'AUROC':>8}  best/epochs  CPU s  " + " / ".join(data.tasks))
    for name in ONLY.value or RECIPES:
        for seed in map(int, SEEDS.value):
            recipe = RECIPES[name]
            found = lines.answered(OUTPUT.value, question(recipe, data, seed) | by, partial(lowest, recipe, data, seed))
            print(_line(name, seed, found), flush=True)


def question(recipe: Recipe, data: Dataset, seed: int) -> dict[str, Any]:
    """What decides a result, as values of JSON, beside the code."""
    arrays = [each for name in ("train", "valid") for each in (data.splits[name].bases, data.splits[name].labels)]
    return {"recipe": asdict(recipe), "seed": seed, "data": lines.digest_of(*arrays)}


def _line(name: str, seed: int, found: dict[str, Any]) -> str:
    tasks = " / ".join(f"{loss:.3f}" for loss in found["tasks"])
    epochs = f"{found['best']}/{found['epochs']}"
    return f"{name:27}{seed:5}{found['loss']:8.4f}{found['auroc']:8.4f}{epochs:>13}{found['seconds']:7.0f}  {tasks}"


def lowest(recipe: Recipe, data: Dataset, seed: int) -> dict[str, Any]:
    """Trains one network; its validation loss and AUROC at the epoch with the lowest loss."""
    train, valid = data.splits["train"], data.splits["valid"]
    key = jax.random.key(seed)
    parameters = initial(
        recipe.network, jax.random.fold_in(key, 0), length=train.bases.shape[1], tasks=train.labels.shape[1]
    )
    steps = len(train.bases) // recipe.batch
    optimizer = _optimizer(recipe, steps * recipe.epochs)
    epoch, state = _epoch(recipe, optimizer, train, key), optimizer.init(parameters)
    predict = jax.jit(lambda parameters: _both_strands(recipe.network, parameters, jnp.asarray(valid.bases)))
    start, best = time.process_time(), {"loss": np.inf, "best": 0}
    number = 0
    while number < recipe.epochs and (recipe.cosine or number - best["best"] < _PATIENCE):
        number += 1
        parameters, state = epoch(parameters, state, number)
        found = np.asarray(predict(parameters), np.float64)
        losses = np.logaddexp(0, np.where(valid.labels > 0, -found, found)).mean(0)
        if not np.isfinite(losses).all():
            raise ValueError(f"{recipe}: the validation loss of epoch {number} is {losses}")
        if losses.mean() < best["loss"]:
            auroc = float(np.mean([roc_auc_score(*pair) for pair in zip(valid.labels.T, found.T, strict=True)]))
            best = {"loss": float(losses.mean()), "tasks": losses.tolist(), "auroc": auroc, "best": number}
    return {**best, "epochs": number, "seconds": time.process_time() - start}


def _optimizer(recipe: Recipe, steps: int) -> optax.GradientTransformation:
    rate: Any = recipe.rate
    if recipe.cosine:
        rate = optax.warmup_cosine_decay_schedule(0.0, recipe.rate, int(_WARM_UP * steps), steps)
    if recipe.optimizer == "rmsprop":
        return rmsprop(rate)
    return optax.adamw(rate, weight_decay=recipe.decay) if recipe.optimizer == "adamw" else optax.adam(rate)


def _epoch(recipe: Recipe, optimizer: optax.GradientTransformation, train: Split, key: Array) -> Any:
    """One jitted call an epoch; the rows left over by whole batches change from epoch to epoch."""
    bases, labels = jnp.asarray(train.bases), jnp.asarray(train.labels, jnp.float32)
    targets = labels * (1 - recipe.smoothing) + recipe.smoothing / 2
    bound = labels.mean(0)
    weights = jnp.where(labels > 0, 0.5 / bound, 0.5 / (1 - bound)) if recipe.balanced else jnp.ones_like(labels)
    data, augmentation = jax.random.key_data(key), NONE if recipe.network.shared_strands else _STRANDS
    steps = len(train.bases) // recipe.batch

    def loss(parameters: Parameters, rows: Array, keys: Array) -> Array:
        examples = bases[rows]
        if augmentation:
            examples = jax.vmap(lambda row, own: augmented(row, own, augmentation))(examples, keys)
        keys = jax.vmap(lambda own: jax.random.fold_in(own, DROPOUT))(keys)
        one = lambda row, own: logits(recipe.network, parameters, jax.nn.one_hot(row, 4), own)  # noqa: E731
        found = jax.vmap(one)(examples, keys)
        return (weights[rows] * optax.sigmoid_binary_cross_entropy(found, targets[rows])).mean()

    def step(carry: Any, batch: Any) -> Any:
        parameters, state, number = carry
        rows, place = batch
        gradient = jax.grad(loss)(parameters, rows, example_keys(data, number, place, recipe.batch))
        updates, state = optimizer.update(gradient, state, parameters)
        return (optax.apply_updates(parameters, updates), state, number), None

    @jax.jit
    def epoch(parameters: Parameters, state: Any, number: Any) -> Any:
        order = epoch_order(data, number, len(bases))[: steps * recipe.batch].reshape(steps, recipe.batch)
        return jax.lax.scan(step, (parameters, state, number), (order, jnp.arange(steps)))[0][:2]

    return epoch


def _both_strands(network: Network, parameters: Parameters, bases: Array) -> Float[Array, "N T"]:
    def both(row: Array) -> Array:
        x = jax.nn.one_hot(row, 4)
        return (logits(network, parameters, x) + logits(network, parameters, x[::-1, ::-1])) / 2

    return jax.lax.map(both, bases, batch_size=256)


if __name__ == "__main__":
    app.run(main)
