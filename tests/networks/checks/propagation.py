"""Rules at every layer: DeepLIFT, relevance propagation, guided gradients."""

import jax
import jax.numpy as jnp
import numpy as np

from genomics.attribution.deconvnet import deconvnet
from genomics.attribution.deeplift import deeplift
from genomics.attribution.guided_backprop import guided_backprop
from genomics.attribution.lrp import lrp
from genomics.errors import InputError
from tests.networks import plain
from tests.networks.checks.outcome import EQUAL, Outcome, equal, refused
from tests.networks.record import Network

COMPLETE_RULES = ("genomics_default", "rescale", "reveal_cancel")


def contributions(network: Network, thorough: bool) -> dict[str, Outcome]:
    """DeepLIFT's contributions sum to f(x) - f(r) whatever the reference; the rule `gradient` is the gradient."""
    rng = np.random.default_rng(7)
    length = network.length
    references = [rng.normal(size=(length, 4)), np.eye(4)[rng.integers(0, 4, length)], np.full((length, 4), 0.25)]
    with plain.exactly():
        x = plain.sequence(length, unknown=None if thorough else 4)
        r = jnp.asarray(np.stack(references[: 3 if thorough else 1]))
        rules = COMPLETE_RULES if thorough else COMPLETE_RULES[:1]

        def explain(x):
            explained = [jax.vmap(lambda r: deeplift(network.predict, reference=r, rule=rule)(x))(r) for rule in rules]
            return [(each.scores.sum((2, 3)), each.residual) for each in explained]

        try:
            found = jax.tree.map(np.asarray, plain.compiled(explain)(x))
        except InputError as error:
            return dict.fromkeys(("deeplift", "deepshap"), refused(error))
        logits = np.asarray(plain.compiled(jax.vmap(network.predict))(jnp.concatenate([x[None], r])))
        logits, of_references = logits[0], logits[1:]
        if thorough:
            averaged = deeplift(network.predict, reference=r, rule="rescale")
            sums = plain.compiled(lambda x: averaged(x).scores.sum((1, 2)))(x)
            np.testing.assert_allclose(sums, found[1][0].mean(0), atol=network.tolerance)
    difference = logits - of_references
    scale = np.maximum(1, np.maximum(np.abs(logits), np.abs(of_references)))
    for rule, (sums, residual) in zip(rules, found, strict=True):
        np.testing.assert_allclose(sums / scale, difference / scale, atol=10 * network.tolerance, err_msg=rule)
        atol = max(1e-12, network.tolerance / 100)
        np.testing.assert_allclose(residual, (sums - difference) / scale, atol=atol, err_msg=rule)
    return dict.fromkeys(("deeplift", "deepshap"), EQUAL)


def relevance(network: Network, thorough: bool) -> dict[str, Outcome]:
    """Relevance by the rule 0 is input times gradient, if activations were lines through zero; and its residual."""

    def explain(x):
        explained = [lrp(network.predict, rule=rule)(x) for rule in ("0", "composite")]
        return [(each.scores, each.residual) for each in explained]

    with plain.exactly():
        x = plain.sequence(network.length)
        try:
            (zero, of_zero), (composite, of_composite) = plain.compiled(explain)(x)
        except InputError as error:
            return {"lrp": refused(error)}
        expected = plain.compiled(lambda x: x * plain.gradients(plain.through_zero(network.predict), x))(x)
        logits = np.asarray(network.predict(x))
        for scores, residual in ((zero, of_zero), (composite, of_composite)):
            equal(residual * np.maximum(1, np.abs(logits)), np.asarray(scores).sum((1, 2)) - logits, network)
    if network.lines:
        equal(zero, expected, network)
    return {"lrp": EQUAL}


def guided(network: Network, thorough: bool) -> dict[str, Outcome]:
    """Gradients that rectifiers pass back by rules of their own, against rectifiers with these derivatives."""
    rules = {"guided_backprop": (guided_backprop, plain.guided), "deconvnet": (deconvnet, plain.deconvnet)}
    outcomes = {}
    with plain.exactly():
        x = plain.sequence(network.length)
        for name, (method, by_hand) in rules.items():
            try:
                found = plain.compiled(lambda x: method(network.predict)(x).scores)(x)
            except InputError as error:
                outcomes[name] = refused(error)
                continue
            expected = plain.compiled(lambda x: plain.gradients(by_hand(network.predict), x))(x)
            equal(found, expected, network, of=name)
            outcomes[name] = EQUAL
    return outcomes
