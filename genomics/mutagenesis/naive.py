"""In-silico mutagenesis in its plain form: every mutant through the whole network. The reference of the fast form."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from genomics.attribution.record import Attribution, Explain, Predict
from genomics.errors import InputError
from genomics.mutagenesis.batches import predictions
from genomics.mutagenesis.table import alternative_codes, in_columns
from genomics.sequence.bases import ALTERNATIVES


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
        alternatives = alternative_codes(x)

        def mutant(number: Int[Array, ""]) -> Float[Array, "L 4"]:
            position, alternative = number // ALTERNATIVES, number % ALTERNATIVES
            row = jax.nn.one_hot(alternatives[position, alternative], 4, dtype=x.dtype)
            return jnp.where(jnp.arange(length)[:, None] == position, row, x)

        mutants = predictions(predict, mutant, jnp.arange(length * ALTERNATIVES), x, batch_size)
        effects = mutants - predict(x)
        return Attribution(scores=in_columns(effects.reshape(length, ALTERNATIVES, -1), x))

    return explain
