"""Sequence-tasks a second of DeepLIFT on the lab's network, and its cost in plain gradients of one task.

  python -m benchmarks.deeplift [--batch_size=64]

Three tasks, one constant reference, max-pool rule `cross`, nothing written; all ways in turn in one process.
"""

import jax
import jax.numpy as jnp
import numpy as np
from absl import app, flags
from flax import nnx

from benchmarks.timing import alternate
from genomics.attribution.deeplift import deeplift
from genomics.models.lab import LabConfig, LabNetwork

BATCH_SIZE = flags.DEFINE_integer("batch_size", 64, "Sequences at a time.", lower_bound=1)
REPEATS = flags.DEFINE_integer("repeats", 100, "Timed calls of each way.", lower_bound=1)
_LENGTH, _TASKS = 200, 3
_GRADIENT = "gradient of one task"


def main(argv: list[str]) -> None:
    del argv
    jax.config.update("jax_default_matmul_precision", "highest")
    network = LabNetwork(LabConfig(), length=_LENGTH, num_tasks=_TASKS, rngs=nnx.Rngs(0))
    graph, parameters = nnx.split(network)
    x = jax.nn.one_hot(np.random.default_rng(0).integers(0, 4, (BATCH_SIZE.value, _LENGTH)), 4)
    reference = jnp.broadcast_to(jnp.array([0.3, 0.2, 0.2, 0.3]), (_LENGTH, 4))

    def batched(method):
        def of_one(parameters, x):
            return method(lambda x: nnx.merge(graph, parameters)(x), x)

        compiled = jax.jit(jax.vmap(of_one, in_axes=(None, 0)))
        return lambda: compiled(parameters, x)

    ways = {_GRADIENT: batched(lambda predict, x: jax.grad(lambda x: predict(x)[0])(x))}
    for rule in ("rescale", "genomics_default", "reveal_cancel"):
        ways[rule] = batched(lambda predict, x, rule=rule: deeplift(predict, reference=reference, rule=rule)(x))
    residuals = {rule: float(jnp.abs(way().residual).max()) for rule, way in ways.items() if rule != _GRADIENT}
    seconds = alternate(ways, REPEATS.value)
    gradient = np.median(seconds[_GRADIENT])
    print(f"{jax.devices()}, {len(x)} sequences of {_LENGTH} a call, {_TASKS} tasks")
    print(f"{_GRADIENT}: best {len(x) / seconds[_GRADIENT].min():,.0f} sequences/s")
    for rule, residual in residuals.items():
        print(
            f"{rule}: best {len(x) * _TASKS / seconds[rule].min():,.0f} sequence-tasks/s, median of all tasks"
            f" {np.median(seconds[rule]) / gradient:.2f} gradients of one task, largest residual {residual:.0e}"
        )


if __name__ == "__main__":
    app.run(main)
