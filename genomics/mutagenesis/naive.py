"""In-silico mutagenesis in its plain form: every mutant through the whole network. The reference of the fast form."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from genomics.attribution.record import Attribution, Explain, Predict
from genomics.errors import InputError
from genomics.mutagenesis.table import ALTERNATIVES, alternative_codes, in_columns
from genomics.tracing.program import trace

#: Bytes that the widest layer of a batch of mutants may take: a share of the cache on a CPU (measured: a third slower
#: at four times as much), enough to fill the device elsewhere.
_WIDEST_LAYER = {"cpu": 3 * 2**20}
_WIDEST_LAYER_ELSEWHERE = 2**30


def ism(predict: Predict, batch_size: int | None = None) -> Explain:
    """In-silico mutagenesis: the effect of each single-base substitution, by evaluating all 3 L of them.

    score[t, l, a] = f_t(x with base a at l) - f_t(x), in logits (Zhou & Troyanskaya 2015, doi:10.1038/nmeth.3547).
    Mutants are built on the device, inside the call; `jax.jit` and `jax.vmap` apply as to any function.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.
      batch_size: mutants evaluated at a time; None = from the size of the network's widest layer, for the cache of a
        CPU or the memory of an accelerator.

    Returns:
      (L, 4) one-hot, N a row of zeros -> scores (T, L, 4): exactly 0 at the reference base, NaN at a reference N.

    Raises:
      InputError: batch_size is below 1.
    """
    if batch_size is not None and batch_size < 1:
        raise InputError(f"batch_size={batch_size}: at least one mutant at a time")

    def explain(x: Float[Array, "L 4"]) -> Attribution:
        length = x.shape[0]
        reference = predict(x)
        alternatives = alternative_codes(x)

        def effect(mutant):
            position, alternative = mutant // ALTERNATIVES, mutant % ALTERNATIVES
            row = jax.nn.one_hot(alternatives[position, alternative], 4, dtype=x.dtype)
            here = jnp.arange(length)[:, None] == position
            return predict(jnp.where(here, row, x)) - reference

        mutants = jnp.arange(length * ALTERNATIVES)
        batch = batch_size or _batch_size(predict, x, len(mutants))
        effects = jax.vmap(effect)(mutants) if batch >= len(mutants) else jax.lax.map(effect, mutants, batch_size=batch)
        return Attribution(scores=in_columns(effects.reshape(length, ALTERNATIVES, -1), x))

    return explain


def _batch_size(predict: Predict, x: Float[Array, "L 4"], mutants: int) -> int:
    """As many mutants as the memory for the widest layer holds; preferably a divisor of their number."""
    layers = [output for equation in trace(predict, x).equations for output in equation.outputs]
    widest = max((math.prod(layer.shape) * layer.dtype.itemsize for layer in layers), default=1)
    budget = _WIDEST_LAYER.get(jax.default_backend(), _WIDEST_LAYER_ELSEWHERE)
    most = min(max(budget // widest, 1), mutants)
    return next((n for n in range(most, most // 2, -1) if mutants % n == 0), most)
