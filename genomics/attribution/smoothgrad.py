"""SmoothGrad: the gradient averaged over noisy copies of the sequence."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from genomics.attribution.affine_prefix import split_affine_prefix
from genomics.attribution.fast_gradient import evaluate_with_fast_gradient
from genomics.attribution.gradients import logits_and_gradients
from genomics.attribution.record import Attribution, Explain, Predict
from genomics.errors import InputError
from genomics.tracing.program import trace


def smoothgrad(predict: Predict, *, key: Key[Array, ""], samples: int = 50, sigma: float = 0.1) -> Explain:
    """The mean gradient of each logit over copies of the input with Gaussian noise.

    `scores[t] = mean_s grad f_t(x + sigma e_s)` with standard normal `e_s` for every base of every position. With
    `sigma=0` it is the gradient. Noise leaves the simplex of one-hot rows; `genomics.attribution.corrected_gradient`
    removes that component of a gradient.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.
      key: of the noise; every call of `explain` draws the same. For noise of its own for each sequence, map over keys
        too: `jax.vmap(lambda x, key: smoothgrad(predict, key=key)(x))`.
      samples: noisy copies; one at a time is held in memory.
      sigma: standard deviation of the noise, in units of the one-hot input.

    Returns:
      `explain(x)`: (L, 4) -> `Attribution` of scores (T, L, 4).

    Raises:
      InputError: `samples` < 1 or `sigma` < 0; on calling `explain`, where `predict` does not return a vector.

    Source:
      Smilkov, Thorat, Kim, Viegas & Wattenberg (2017), SmoothGrad, doi:10.48550/arXiv.1706.03825.
    """
    if samples < 1:
        raise InputError(f"samples={samples}: must be at least 1")
    if not sigma >= 0:
        raise InputError(f"sigma={sigma}: must not be negative")

    def explain(x: Float[Array, "L 4"]) -> Attribution:
        # The first layers are affine: their transpose is the same for every copy, and applied once, to the mean.
        program = trace(predict, x, inline_custom_rules=False)
        prefix, suffix = split_affine_prefix(program, evaluate_with_fast_gradient)
        without_noise, pull_back = jax.vjp(prefix, x)

        def gradients(values):
            return logits_and_gradients(suffix, values)[1]

        def add_sample(total, key):
            noise = sigma * jax.random.normal(key, x.shape, x.dtype)
            return jax.tree.map(lambda t, g: t + g / samples, total, gradients(prefix(x + noise))), None

        zero = jax.tree.map(jnp.zeros_like, jax.eval_shape(gradients, without_noise))
        mean, _ = jax.lax.scan(add_sample, zero, jax.random.split(key, samples))
        (scores,) = jax.vmap(pull_back)(mean)
        return Attribution(scores=scores)

    return explain
