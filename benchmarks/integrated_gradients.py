"""Sequence-tasks a second of integrated gradients on the lab's network, and of the plain way in the same process.

  python -m benchmarks.integrated_gradients [--steps=50] [--batch_size=16]

Three tasks, one constant reference, nothing written. The plain way evaluates the whole network at every step.
"""

import jax
import jax.numpy as jnp
import numpy as np
from absl import app, flags
from flax import nnx

from benchmarks.timing import alternate
from genomics.attribution.integrated_gradients import integrated_gradients, plain_integrated_gradients
from genomics.models.lab import LabConfig, LabNetwork

STEPS = flags.DEFINE_integer("steps", 50, "Gradients along the line.", lower_bound=1)
BATCH_SIZE = flags.DEFINE_integer("batch_size", 16, "Sequences at a time.", lower_bound=1)
_LENGTH, _TASKS, _REPEATS = 200, 3, 7


def main(argv: list[str]) -> None:
    del argv
    jax.config.update("jax_default_matmul_precision", "highest")
    network = LabNetwork(LabConfig(), length=_LENGTH, num_tasks=_TASKS, rngs=nnx.Rngs(0))
    graph, parameters = nnx.split(network)
    codes = np.random.default_rng(0).integers(0, 4, (BATCH_SIZE.value, _LENGTH))
    x = jax.nn.one_hot(codes, 4)
    reference = jnp.zeros((_LENGTH, 4))

    def batched(method):
        def of_one(parameters, x):
            predict = lambda x: nnx.merge(graph, parameters)(x)  # noqa: E731
            return method(predict, reference=reference, steps=STEPS.value)(x)

        compiled = jax.jit(jax.vmap(of_one, in_axes=(None, 0)))
        return lambda: compiled(parameters, x)

    ways = {"fast": batched(integrated_gradients), "plain": batched(plain_integrated_gradients)}
    error = jnp.abs(ways["fast"]().scores - ways["plain"]().scores).max()
    seconds = alternate(ways, _REPEATS)
    rate = {name: len(x) * _TASKS / values.min() for name, values in seconds.items()}
    print(f"{jax.devices()}, {STEPS.value} steps, {len(x)} sequences of {_LENGTH} a call, {_TASKS} tasks")
    print(f"integrated gradients: best {rate['fast']:,.0f} sequence-tasks/s, the plain way {rate['plain']:,.0f}")
    print(f"ratio of medians {np.median(seconds['plain']) / np.median(seconds['fast']):.1f}, difference {error:.1e}")


if __name__ == "__main__":
    app.run(main)
