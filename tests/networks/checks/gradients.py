"""Gradients and their averages: with the fast forms of pools and convolutions against JAX's own."""

import jax
import jax.numpy as jnp
import numpy as np

from genomics.attribution.corrected_gradient import corrected_gradient
from genomics.attribution.expected_gradients import expected_gradients
from genomics.attribution.grad_cam import _chosen, grad_cam
from genomics.attribution.gradient_x_input import gradient_x_input
from genomics.attribution.guided_backprop import guided_backprop
from genomics.attribution.guided_grad_cam import guided_grad_cam
from genomics.attribution.integrated_gradients import integrated_gradients
from genomics.attribution.saliency import saliency
from genomics.attribution.smoothgrad import smoothgrad
from genomics.errors import InputError
from genomics.tracing.elementwise import fold_elementwise
from genomics.tracing.program import trace, walk
from tests.networks import plain
from tests.networks.checks.outcome import EQUAL, Outcome, equal, refused
from tests.networks.record import Network


def slopes(network: Network, thorough: bool) -> dict[str, Outcome]:
    """The gradient, times the input, and without its mean over the bases."""

    def both(x):
        found = [method(network.predict)(x).scores for method in (saliency, gradient_x_input, corrected_gradient)]
        gradient = plain.gradients(network.predict, x)
        return found, [gradient, x * gradient, gradient - gradient.mean(-1, keepdims=True)]

    with plain.exactly():
        found, expected = plain.compiled(both)(plain.sequence(network.length, unknown=4))
    equal(found, expected, network)
    return dict.fromkeys(("saliency", "gradient_x_input", "corrected_gradient"), EQUAL)


def paths(network: Network, thorough: bool) -> dict[str, Outcome]:
    """Averages of gradients over noise, over a line from a reference, and over random places on such lines."""
    key, samples = jax.random.key(3), 3

    def both(x, references):
        found = {
            "smoothgrad": smoothgrad(network.predict, key=key, samples=samples, sigma=0.2)(x),
            "integrated_gradients": integrated_gradients(network.predict, reference=references[0], steps=samples)(x),
            "expected_gradients": expected_gradients(network.predict, references=references, key=key, samples=samples)(
                x
            ),
        }
        gradients = jax.vmap(lambda at: plain.gradients(network.predict, at))
        noise = jax.vmap(lambda key: jax.random.normal(key, x.shape, x.dtype))(jax.random.split(key, samples))
        of_reference, of_place = jax.random.split(key)
        drawn = references[jax.random.randint(of_reference, (samples,), 0, len(references))]
        places = jax.random.uniform(of_place, (samples,), x.dtype)[:, None, None]
        line = ((jnp.arange(samples) + 0.5) / samples)[:, None, None]
        expected = {
            "smoothgrad": gradients(x + 0.2 * noise).mean(0),
            "integrated_gradients": gradients(references[0] + line * (x - references[0])).mean(0) * (x - references[0]),
            "expected_gradients": (gradients(drawn + places * (x - drawn)) * (x - drawn)[:, None]).mean(0),
        }
        return {name: explained.scores for name, explained in found.items()}, expected

    with plain.exactly():
        references = jnp.asarray(np.random.default_rng(1).dirichlet(np.ones(4), (2, network.length)))
        found, expected = plain.compiled(both)(plain.sequence(network.length), references)
    for name in found:
        equal(found[name], expected[name], network, of=name)
    return dict.fromkeys(("smoothgrad", "integrated_gradients", "expected_gradients"), EQUAL)


def maps(network: Network, thorough: bool) -> dict[str, Outcome]:
    """Grad-CAM by shifting the layer by hand; guided Grad-CAM is the product with guided backpropagation."""
    with plain.exactly():
        x = plain.sequence(network.length)
        try:
            explain = lambda x: (grad_cam(network.predict)(x).scores, guided_grad_cam(network.predict)(x).scores)  # noqa: E731
            found, product = plain.compiled(explain)(x)
        except InputError as error:
            return dict.fromkeys(("grad_cam", "guided_grad_cam"), refused(error))
        expected = _by_hand(network, x)
        guided = plain.compiled(lambda x: guided_backprop(network.predict)(x).scores)(x)
        equal(found.sum(-1), expected, network)
        equal(product, found.sum(-1)[:, :, None] * guided, network)
    return dict.fromkeys(("grad_cam", "guided_grad_cam"), EQUAL)


def _by_hand(network: Network, x):
    """Mean gradient times value of the channels of the layer that Grad-CAM takes, at the middles of their fields."""
    program = fold_elementwise(trace(plain.without_holes(network.predict), x))
    chosen = _chosen(program, None)
    values = []

    def shifted(shift):
        def step(equation, operands):
            results = equation.evaluate(*operands)
            if chosen.variable in equation.outputs:
                values.append(results[0])
                results = [results[0] + shift]
            return results

        return walk(program, x, step)

    def by_position(array):
        axis = chosen.field.axis
        return jnp.moveaxis(array, axis, 0).reshape(array.shape[axis], -1)

    slopes = plain.gradients(shifted, jnp.zeros(chosen.variable.shape))
    shifted(0.0)
    value = by_position(values[-1])
    found = np.maximum(np.asarray(jax.vmap(by_position)(slopes).mean(1) @ value.T), 0)
    centres = chosen.field.centres(len(value))
    order = np.argsort(centres)
    return np.stack([np.interp(np.arange(len(x)), centres[order], row[order]) for row in found])
