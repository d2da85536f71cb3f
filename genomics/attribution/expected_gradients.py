"""Expected gradients: integrated gradients averaged over random references and random places on the line."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from genomics.attribution.fast_gradient import with_fast_gradient
from genomics.attribution.gradients import logits_and_gradients
from genomics.attribution.record import Attribution, Explain, Predict
from genomics.errors import InputError


def expected_gradients(
    predict: Predict,
    *,
    references: Float[Array | np.ndarray, "K L 4"],
    key: Key[Array, ""],
    samples: int = 50,
) -> Explain:
    """An estimate of the mean, over references r, of integrated gradients from r to the sequence.

    `scores[t] = mean_s (x - r_s) * grad f_t(r_s + a_s (x - r_s))`, where each sample draws its reference r_s uniformly
    from the K given and a_s uniformly from [0, 1]. The expectation of the sum of the scores is
    `f_t(x) - mean_r f_t(r)`; one estimate misses it by about 1/sqrt(samples), so no residual is reported.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.
      references: (K, L, 4), e.g. shuffles of the sequence or other sequences of the data.
      key: of the draws; every call of `explain` draws the same. For draws of its own for each sequence, map over keys
        (and over references, if each sequence has its own).
      samples: gradients; one at a time is held in memory.

    Returns:
      `explain(x)`: (L, 4) -> `Attribution` of scores (T, L, 4).

    Raises:
      InputError: `samples` < 1; on calling `explain`, references of another shape, or a `predict` that does not return
        a vector.

    Source:
      Erion, Janizek, Sturmfels, Lundberg & Lee (2021), Improving performance of deep learning models with axiomatic
      attribution priors and expected gradients, doi:10.1038/s42256-021-00343-w.
    """
    if samples < 1:
        raise InputError(f"samples={samples}: must be at least 1")
    network = with_fast_gradient(predict)
    of_reference, of_place = jax.random.split(key)

    def explain(x: Float[Array, "L 4"]) -> Attribution:
        given = jnp.asarray(references, x.dtype)
        if given.shape[1:] != x.shape or not len(given):
            raise InputError(f"references of shape {given.shape}: must be (K, {x.shape[0]}, {x.shape[1]})")
        drawn = jax.random.randint(of_reference, (samples,), 0, len(given))
        places = jax.random.uniform(of_place, (samples,), x.dtype)

        def add_sample(total, draw):
            which, place = draw
            difference = x - given[which]
            _, gradients = logits_and_gradients(network, given[which] + place * difference)
            return total + gradients * difference / samples, None

        zero = jnp.zeros_like(jax.eval_shape(lambda x: logits_and_gradients(network, x)[1], x))
        scores, _ = jax.lax.scan(add_sample, zero, (drawn, places))
        return Attribution(scores=scores)

    return explain
