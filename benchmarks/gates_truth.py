"""Which method finds a planted motif in a network with a recurrence or with attention? Two small ones, trained here.

  python -m benchmarks.gates_truth [--networks=lstm,attention] [--steps=1000] [--sequences=200]

Half of the sequences of 100 nt hold one site of a motif of 10 bases (each base is the consensus's with probability .9),
the other half the same bases shuffled; the label says which. Two networks learn it: a convolution, a pool and a
bidirectional LSTM; a convolution, a pool and a transformer block. The maps of held-out positives by every method of
`--methods=all`, by several rules where it has them, are graded by the planted bases, read as `interpret.py --evaluate`
reads them: AUPRC by the size of the number of each base. Means with 95 % bootstrap intervals over sequences, and the
residual of those that have one. References are .25 of each base, of DeepSHAP and expected gradients shuffles. Nothing
is chosen by the outcome.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from absl import flags
from jax import lax

from genomics.attribution.lrp import lrp
from genomics.attribution.references import parse_reference
from genomics.command import run
from genomics.errors import InputError
from genomics.evaluation.bootstrap import bootstrap_means, interval
from genomics.evaluation.grading import grade
from genomics.evaluation.reduction import per_base
from genomics.interpretation.batches import in_batches
from genomics.interpretation.explanation import explanation
from genomics.interpretation.method import Explainer, reading_of
from genomics.interpretation.methods import ALL, METHODS
from genomics.interpretation.reference_setting import Compared
from genomics.interpretation.sequences import Sequences
from genomics.models.predictor import Predictor
from genomics.sequence.bases import one_hot

STEPS = flags.DEFINE_integer("steps", 1000, "Training steps of 64 sequences.", lower_bound=1)
NETWORKS = flags.DEFINE_list("networks", ["lstm", "attention"], "Which of the two.")
SEQUENCES = flags.DEFINE_integer("sequences", 200, "Held-out positives that are graded.", lower_bound=2)

_LENGTH, _CHANNELS = 100, 16
_MOTIF = np.array([2, 0, 3, 0, 0, 2, 0, 3, 3, 1])  # GATAAGATTC
#: Methods of `all`, and rules of theirs that it does not take.
_METHODS = {name: METHODS[name] for name in ALL} | {
    f"lrp, {rule}": replace(METHODS["lrp"], build=lambda predict, *_, rule=rule: lrp(predict, rule=rule))
    for rule in ("epsilon", "0")
}
_SETTINGS: dict[str, dict[str, dict[str, Any]]] = {
    "deeplift": {f", {rule}": {"rule": rule} for rule in ("rescale", "genomics_default")}
}
#: Methods that compare with shuffles of each sequence.
_SHUFFLED = ("expected_gradients", "deepshap")


def main(argv: list[str]) -> None:
    del argv
    jax.config.update("jax_default_matmul_precision", "highest")
    networks = {"lstm": recurrent, "attention": attentive}
    if unknown := [name for name in NETWORKS.value if name not in networks]:
        raise InputError(f"--networks: {', '.join(unknown)}: must be of {', '.join(networks)}")
    print(f"{'network':12} {'accuracy':>8}  {'method':22} {'AUPRC':>6}  {'95 % interval':14} residual")
    for name in NETWORKS.value:
        network, generator = networks[name], np.random.default_rng(0)
        parameters = trained(network, generator)
        x, labels, planted = drawn(generator, 4 * SEQUENCES.value)
        held_out = jax.jit(jax.vmap(lambda x, p=parameters, f=network: f(p, x)[0]))(x)
        accuracy = float(((held_out > 0) == (labels == 1)).mean())
        chosen = np.flatnonzero(labels)[: SEQUENCES.value]
        predictor = Predictor(
            apply=network,
            parameters=parameters,
            replicates=None,
            length=_LENGTH,
            tasks=("site",),
            fingerprint="",
            source=name,
        )
        names = tuple(map(str, chosen))
        sequences = Sequences(
            bases=x[chosen].argmax(-1).astype(np.uint8), names=names, index=chosen.astype(np.int32), source=name
        )
        for method, importance, residual in maps(predictor, sequences):
            grades = grade(importance, planted[chosen])
            means = bootstrap_means(grades.auprc[:, None], draws=1000, seed=0)
            low, high = interval(float(grades.auprc.mean()), means[:, 0])[1:]
            worst = "" if residual is None else f"{np.abs(residual).max():8.1e}"
            line = f"{name:12} {accuracy:8.3f}  {method:22} {grades.auprc.mean():6.3f}  {low:.3f} to {high:.3f} {worst}"
            print(line, flush=True)


def drawn(generator: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One-hot sequences (N, L, 4), labels (N,), and which bases are the site's (N, L)."""
    codes = generator.integers(0, 4, (count, _LENGTH))
    labels = np.arange(count) % 2
    planted = np.zeros((count, _LENGTH), bool)
    for row, (label, start) in enumerate(zip(labels, generator.integers(0, _LENGTH - len(_MOTIF), count), strict=True)):
        site = np.where(generator.random(len(_MOTIF)) < 0.9, _MOTIF, generator.integers(0, 4, len(_MOTIF)))
        codes[row, start : start + len(site)] = site if label else generator.permutation(site)
        planted[row, start : start + len(site)] = label
    return np.eye(4, dtype=np.float32)[codes], labels, planted


def stem(p: dict[str, Any], x: jax.Array) -> jax.Array:
    """(L, 4) -> (L / 4, channels)."""
    h = lax.conv_general_dilated(x[None], p["conv"], (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC"))[0]
    h = jax.nn.relu(h + p["bias"])
    return lax.reduce_window(h, -jnp.inf, lax.max, (4, 1), (4, 1), "VALID")


def recurrent(p: dict[str, Any], x: jax.Array) -> jax.Array:
    """A bidirectional LSTM over pooled positions."""

    def direction(rows: jax.Array, name: str) -> jax.Array:
        def step(state: tuple[jax.Array, jax.Array], row: jax.Array) -> tuple[tuple[jax.Array, jax.Array], None]:
            cell, hidden = state
            gates = row @ p[f"{name}_in"] + hidden @ p[f"{name}_state"] + p[f"{name}_bias"]
            keep, put, show, new = jnp.split(gates, 4)
            cell = jax.nn.sigmoid(keep) * cell + jax.nn.sigmoid(put) * jnp.tanh(new)
            return (cell, jax.nn.sigmoid(show) * jnp.tanh(cell)), None

        zero = jnp.zeros(_CHANNELS, x.dtype)
        return lax.scan(step, (zero, zero), rows)[0][1]

    h = stem(p, x)
    return jnp.concatenate([direction(h, "a"), direction(h[::-1], "b")]) @ p["head"] + p["last"]


def attentive(p: dict[str, Any], x: jax.Array) -> jax.Array:
    """One head of attention with a residual sum and a norm, then the mean over positions."""
    h = stem(p, x) + p["place"]
    n = h * lax.rsqrt(jnp.square(h).mean(-1, keepdims=True) + 1e-5)
    weights = jax.nn.softmax((n @ p["q"]) @ (n @ p["k"]).T / 4, axis=-1)
    h = h + weights @ (n @ p["v"])
    return jax.nn.relu(h @ p["up"]).mean(0) @ p["head"][:_CHANNELS] + p["last"]


def initial(generator: np.random.Generator) -> dict[str, jax.Array]:
    """Of both networks."""
    shapes = {"conv": (11, 4, _CHANNELS), "head": (2 * _CHANNELS, 1), "place": (_LENGTH // 4, _CHANNELS)}
    shapes |= dict.fromkeys(("q", "k", "v", "up"), (_CHANNELS, _CHANNELS))
    shapes |= {f"{name}_{part}": (_CHANNELS, 4 * _CHANNELS) for name in "ab" for part in ("in", "state")}
    values = {name: generator.normal(size=s) / np.sqrt(np.prod(s[:-1])) for name, s in shapes.items()}
    values["place"] *= 0.1
    zeros = {"bias": _CHANNELS, "a_bias": 4 * _CHANNELS, "b_bias": 4 * _CHANNELS, "last": 1}
    values |= {name: np.zeros(size) for name, size in zeros.items()}
    return {name: jnp.asarray(value, jnp.float32) for name, value in values.items()}


def trained(network: Callable[..., jax.Array], generator: np.random.Generator) -> dict[str, jax.Array]:
    """By Adam on the logistic loss, new sequences in every step."""
    parameters, optimizer = initial(generator), optax.adam(3e-3)
    state = optimizer.init(parameters)

    @jax.jit
    def step(parameters: Any, state: Any, x: jax.Array, y: jax.Array) -> tuple[Any, Any]:
        def loss(p: Any) -> jax.Array:
            return optax.sigmoid_binary_cross_entropy(jax.vmap(lambda x: network(p, x)[0])(x), y).mean()

        updates, state = optimizer.update(jax.grad(loss)(parameters), state)
        return optax.apply_updates(parameters, updates), state

    for _ in range(STEPS.value):
        x, labels, _ = drawn(generator, 64)
        parameters, state = step(parameters, state, x, labels)
    return parameters


def maps(predictor: Predictor, sequences: Sequences) -> Iterator[tuple[str, np.ndarray, np.ndarray | None]]:
    """Of each method under its settings the importance (N, L), and the residuals (N, T) where it has some."""
    for name, method in _METHODS.items():
        for told, settings in _SETTINGS.get(name, {"": {}}).items():
            record = method.settings
            if issubclass(record, Compared) and name not in _SHUFFLED:
                settings = {**settings, "reference": parse_reference("uniform")}
            explainer = Explainer(name=name, method=method, settings=record(**settings))
            try:
                explain = explanation(predictor, sequences, explainer)
            except InputError as error:
                print(f"{name}: {error}", flush=True)
                continue
            batches = in_batches(explain.function, predictor.parameters, explain.inputs, len(sequences.bases))
            joined = [dict(batch) for batch in batches]
            found = {key: np.concatenate([batch[key] for batch in joined]) for key in joined[0]}
            reading = reading_of(explainer.method, found)
            importance = per_base(reading, found["scores"][:, 0], one_hot(sequences.bases))
            yield f"{name}{told}", np.abs(np.asarray(importance)), found.get("residual")


if __name__ == "__main__":
    run(main)
