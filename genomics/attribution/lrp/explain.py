"""Layer-wise relevance propagation of a network."""

from collections.abc import Callable

from jaxtyping import Array, Float

from genomics.attribution.completeness import relative_residual
from genomics.attribution.lrp.passes import Choice, kept, propagate, rule_names
from genomics.attribution.lrp.rules import RULES, Options
from genomics.attribution.record import Attribution, Explain, Predict
from genomics.errors import InputError
from genomics.tracing.elementwise import fold_elementwise
from genomics.tracing.program import Equation, Program, trace

_COMPOSITE = "composite"


def lrp(
    predict: Predict,
    *,
    rule: str = _COMPOSITE,
    first: str | None = None,
    epsilon: float = 1e-6,
    gamma: float = 0.25,
    alpha: float = 2.0,
) -> Explain:
    """The relevance of every base: the logit, handed back layer by layer in shares.

    A layer's outputs hand their relevance to its inputs by the layer's rule (`genomics.attribution.lrp.rules` has the
    formulas). Biases and normalisations that follow a convolution or matrix product are folded into it. Activations
    pass relevance on unchanged, as do constant factors and summands elsewhere; sums of values (residual connections,
    average pools) share it in proportion to the summands; maxima give it all to the winner (the first of equal values
    in a window, equal shares in a global maximum). Of a product with a gate (a sigmoid or softmax) the signal gets all;
    other products of two values, attention's matrix products among them, are halved; softmax has its Taylor rule, and
    norms hand relevance on as it is (`genomics.attribution.lrp.equations` has the table). Loops (LSTM, GRU) are their
    steps one after the other; of a branch only what was taken counts.

    Relevance is conserved but for what biases, epsilon and softmaxes that are no gates keep: without these
    `sum(scores[t]) = logit[t]`.
    Unobserved bases get relevance too under the first layer's rules `z_box`, `w_squared` and `flat`; for one number per
    position sum over the bases (conserves), or take the observed base's (`scores * x`).

    Args:
      predict: (L, 4) one-hot -> (T,) logits.
      rule: `composite` (`gamma` in convolutions, `epsilon` in matrix products), or the same for all layers: `0`,
        `epsilon`, `gamma`, `z_plus` (alpha 1, beta 0), `alpha_beta`, `w_squared`, `flat`.
      first: the rule of the layers that read the sequence: one of the above, or `z_box`, the rule for inputs between
        two bounds (0 and 1 for one-hot rows). Default: `z_box` with `composite`, otherwise `rule`.
      epsilon: stabiliser of the rule `epsilon`, in units of a layer's output.
      gamma: weight of the favoured contributions of the rule `gamma`.
      alpha: weight of the positive contributions of the rule `alpha_beta`; beta = alpha - 1.

    Returns:
      `explain(x)`: (L, 4) -> `Attribution` of scores (T, L, 4) and residual (T,): the sum of the scores minus the
      logit, relative to max(1, |logit|). It is the share that biases, epsilon and attention's softmaxes keep.

    Raises:
      InputError: an unknown rule or a number out of range; on calling `explain`, where `predict` does not return a
        vector.
      UnsupportedPrimitiveError: on calling `explain`, the network holds a primitive without a rule.

    Sources:
      Bach, Binder, Montavon, Klauschen, Mueller & Samek (2015), doi:10.1371/journal.pone.0130140; composites: Montavon,
      Binder, Lapuschkin, Samek & Mueller (2019), doi:10.1007/978-3-030-28954-6_10; gates: Arras, Montavon, Mueller &
      Samek (2017), doi:10.18653/v1/W17-5221; products, softmax and norms: Achtibat et al. (2024), arXiv:2402.05602.

    >>> import genomics, jax.numpy as jnp
    >>> predict = lambda x: jnp.stack([x.ravel() @ jnp.array([2.0, 0, 0, 0] * 2).ravel()])  # twice the A's
    >>> genomics.lrp(predict, rule="0")(jnp.eye(4)[jnp.array([0, 2])]).scores[0].sum(1).tolist()  # AG
    [2.0, 0.0]
    """
    choice = _choice(rule, first, Options(epsilon=epsilon, gamma=gamma, alpha=alpha))

    def explain(x: Float[Array, "L 4"]) -> Attribution:
        logits, scores = propagate(_read(predict, x), x, choice)
        return Attribution(scores=scores, residual=relative_residual(scores, logits, 0.0))

    return explain


def kept_relevance(
    predict: Predict, *, rule: str = _COMPOSITE
) -> Callable[[Float[Array, "L 4"]], dict[str, Float[Array, " T"]]]:
    """Where the relevance is that `lrp` does not hand to the sequence: what its residual is made of.

    Args:
      predict: as of `lrp`.
      rule: as of `lrp`, with its other settings as they are there by default.

    Returns:
      (L, 4) -> rule -> (T,): the relevance that stays where that rule holds, in units of the logit. In layers with
      weights it is what the bias gets; with the sum of the scores it makes up the logit.

    Raises:
      InputError: an unknown rule; on calling, `predict` does not return a vector.
      UnsupportedPrimitiveError: on calling, the network holds a primitive without a rule.
    """
    choice = _choice(rule, None, Options())
    return lambda x: kept(_read(predict, x), x, choice)


def relevance_rules(program: Program) -> dict[Equation, str]:
    """The rule of `composite` at every equation, for a reader.

    Args:
      program: with its elementwise chains folded.
    """
    return rule_names(program, _choice(_COMPOSITE, None, Options(epsilon=0.0, gamma=0.0, alpha=1.0)))


def _read(predict: Predict, x: Float[Array, "L 4"]) -> Program:
    program = fold_elementwise(trace(predict, x))
    if len(program.output.shape) != 1:
        raise InputError(f"predict must return logits of shape (T,), it returned {program.output.shape}")
    return program


def _choice(rule: str, first: str | None, options: Options) -> Choice:
    everywhere = [name for name in RULES if name != "z_box"]  # bounds are known at the sequence only
    if rule != _COMPOSITE and rule not in everywhere:
        raise InputError(f"LRP rule {rule!r}: must be one of {', '.join([_COMPOSITE, *everywhere])}")
    if first is not None and first not in RULES:
        raise InputError(f"LRP rule of the first layer {first!r}: must be one of {', '.join(RULES)}")
    if not options.epsilon >= 0:
        raise InputError(f"epsilon={options.epsilon}: must not be negative")
    if not options.gamma >= 0:
        raise InputError(f"gamma={options.gamma}: must not be negative")
    if not options.alpha >= 1:
        raise InputError(f"alpha={options.alpha}: must be at least 1")
    if rule == _COMPOSITE:
        return Choice(first=first or "z_box", convolution="gamma", dense="epsilon", options=options)
    return Choice(first=first or rule, convolution=rule, dense=rule, options=options)
