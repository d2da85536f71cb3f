"""Mutagenesis, dense evaluation, receptive fields: what reads which positions a layer looks at."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from genomics.errors import InputError
from genomics.lenses.head import Head
from genomics.lenses.strands import both_strands
from genomics.motifs.layer import read_layer, responses
from genomics.mutagenesis.epistasis import epistasis
from genomics.mutagenesis.gauge import in_gauge
from genomics.mutagenesis.incremental.ism import effects_of, incremental_ism
from genomics.mutagenesis.occlusion import occlusion
from genomics.mutagenesis.table import in_columns
from genomics.scan.dense import dense as dense_evaluation
from genomics.scan.effects_program import central_effects
from genomics.tracing.program import trace, walk
from genomics.tracing.receptive_field import receptive_fields
from tests.networks import plain
from tests.networks.checks.outcome import EQUAL, Outcome, equal, exact, refused, said, something
from tests.networks.record import Network

#: Windows of a scan.
WINDOWS = 9
#: Epistasis of longer sequences is that of neighbours.
_ALL_PAIRS = 26


def incremental(network: Network, thorough: bool) -> dict[str, Outcome]:
    """The engine of incremental mutagenesis, whatever the planner would choose, against every mutant by itself."""
    with plain.exactly(), said() as lines:
        x = plain.sequence(network.length, unknown=4)
        positions = [network.length, 12] if thorough else [network.length]

        def both(x):
            program = trace(network.predict, x)
            found = [in_columns(effects_of(program, x, p), x) for p in positions]
            return found, plain.ism(network.predict, x)

        found, expected = plain.compiled(both)(x)
    something(expected)
    assert np.array_equal(np.isnan(expected).any((0, 2)), np.arange(network.length) == 4)
    for each in found:
        equal(each, expected, network)
    return {"incremental": exact(lines)}


def ism(network: Network, thorough: bool) -> dict[str, Outcome]:
    """Mutagenesis as users call it, which may choose the plain way itself; centred, both strands averaged."""

    def both(x):
        head = Head(apply=lambda _, x: network.predict(x), shape=jax.eval_shape(network.predict, x).shape)
        predict = partial(both_strands(head).apply, None)
        explain = in_gauge(incremental_ism(predict), predict, "centred")
        centred = lambda effects: effects - effects.mean(-1, keepdims=True)  # noqa: E731
        other = centred(plain.ism(network.predict, x[::-1, ::-1]))[:, ::-1, ::-1]
        return explain(x).scores, (centred(plain.ism(network.predict, x)) + other) / 2

    with plain.exactly(), said():
        found, expected = plain.compiled(both)(plain.sequence(network.length, seed=2))
    equal(found, expected, network)
    return {"ism": EQUAL}


def hidden(network: Network, thorough: bool) -> dict[str, Outcome]:
    """Occlusion against every hidden window by itself."""

    def both(x):
        found = [occlusion(network.predict, 3, fill)(x).scores for fill in (None, [0.4, 0.1, 0.1, 0.4])]
        place = jnp.arange(network.length)
        around = jnp.abs(place[:, None] - place)[:, :, None] <= 1
        fills = jnp.zeros(4), jnp.array([0.4, 0.1, 0.1, 0.4])
        lost = [network.predict(x) - jax.vmap(network.predict)(jnp.where(around, fill, x)) for fill in fills]
        return found, [each.T[:, :, None] * x for each in lost]

    with plain.exactly(), said():
        found, expected = plain.compiled(both)(plain.sequence(network.length, unknown=7))
    equal(found, expected, network)
    return {"occlusion": EQUAL}


def codes_of(length: int) -> np.ndarray:
    """Bases of a long sequence, with N at both ends and in the midst."""
    codes = np.random.default_rng(5).integers(0, 4, length + WINDOWS - 1).astype(np.uint8)
    codes[[0, 1, length // 2 + 3, -1]] = 4
    return codes


def scanned(network: Network, thorough: bool) -> dict[str, Outcome]:
    """Dense evaluation and central effects against every window, and every mutant of it, by itself."""
    codes, length = codes_of(network.length), network.length
    with plain.exactly(), said() as lines:

        def both(codes):
            one_hot = jax.nn.one_hot(codes, 4)
            logits = dense_evaluation(network.predict, length)(one_hot)
            return (logits, central_effects(network.predict, length)(codes)), plain.scanned(
                network.predict, codes, length
            )

        (logits, effects), (expected, expected_effects) = plain.compiled(both)(jnp.asarray(codes))
    known = codes[length // 2 :][:WINDOWS] != 4
    something(expected)
    equal(logits, expected, network)
    equal(effects[..., known], expected_effects[..., known], network)
    outcome = exact(lines)
    return {"dense": outcome, "effects": outcome}


def fields(network: Network, thorough: bool) -> dict[str, Outcome]:
    """A receptive field holds every position that a value depends on."""
    with plain.exactly():
        program = trace(network.predict, jax.ShapeDtypeStruct((network.length, 4), jnp.float64))
        found = receptive_fields(program)
        variables = [v for equation in program.equations for v in equation.outputs if v in found]

        def values(x):
            seen = {}

            def step(equation, operands):
                results = equation.evaluate(*operands)
                seen.update(zip(equation.outputs, results, strict=True))
                return results

            walk(program, x, step)
            return [seen[variable] for variable in variables]

        x = jnp.stack([plain.sequence(network.length, seed) for seed in range(4)])
        depends = plain.compiled(lambda x: plain.influence(values, x))(x)
    for variable, reads in zip(variables, depends, strict=True):
        field = found[variable]
        reads = np.moveaxis(np.asarray(reads), 1 + field.axis, 0)  # (M, L, ...)
        for index, positions in enumerate(reads.any(tuple(range(2, reads.ndim)))):
            seen = np.flatnonzero(positions)
            if len(seen):
                assert field.first + index * field.stride <= seen[0], variable.shape
                assert seen[-1] <= field.last + index * field.stride, variable.shape
    lost = [e for e in program.equations if e.primitive == "conv_general_dilated" and e.outputs[0] not in found]
    if lost:
        return {"fields": Outcome(mark="~", reason=f"the convolution at {lost[0].where} has none")}
    return {"fields": EQUAL}


def pairs(network: Network, thorough: bool) -> dict[str, Outcome]:
    """Epistasis against every double mutant by itself: of all pairs, or of neighbours in longer sequences."""
    length = network.length
    every = length <= _ALL_PAIRS

    def expected_of(x):
        firsts = plain.mutants(x).reshape(-1, length, 4)
        twice = jax.lax.map(lambda first: jax.vmap(jax.vmap(network.predict))(plain.mutants(first)), firsts)
        twice = jnp.moveaxis(twice.reshape(length, 4, length, 4, -1), -1, 0)
        single = plain.ism(network.predict, x)
        return twice - network.predict(x)[:, None, None, None, None] - single[..., None, None] - single[:, None, None]

    with plain.exactly(), said():
        x = plain.sequence(length, seed=3)
        kind = "all" if every else "window:1"
        found, expected = plain.compiled(lambda x: (epistasis(network.predict, kind)(x), expected_of(x)))(x)
    computed = ~np.isnan(found)
    place = np.arange(length)
    apart = np.abs(place[:, None] - place)
    np.testing.assert_array_equal(computed.all((0, 2, 4)), (apart > 0) & (apart <= (length if every else 1)))
    equal(found[computed], np.asarray(expected)[computed], network)
    return {"epistasis": EQUAL}


def filters(network: Network, thorough: bool) -> dict[str, Outcome]:
    """Every convolution's windows against its receptive field, its responses against what the convolution gives."""
    given = {}

    def step(equation, operands):
        results = equation.evaluate(*operands)
        given.update(zip(equation.outputs, results, strict=True))
        return results

    with plain.exactly():
        x = plain.sequence(network.length, seed=4)
        program = trace(network.predict, x)
        walk(program, x, step)
        found = receptive_fields(program)
        convolutions = [e for e in program.equations if e.primitive == "conv_general_dilated"]
        try:
            for number, equation in enumerate(convolutions or [None], 1):
                layer = read_layer(network.predict, network.length, number)
                response = np.asarray(responses(network.predict, number, before_activation=True)(x))
                field = found.get(equation.outputs[0])
                given_here = np.asarray(given[equation.outputs[0]])
                _are_channels(response, given_here, equation, field, max(1e-8, network.tolerance))
                if field is None:
                    continue
                assert layer.width == field.last - field.first + 1, number
                first = field.first + field.stride * np.arange(equation.outputs[0].shape[field.axis])
                assert np.array_equal(layer.whole, (first >= 0) & (first + layer.width <= network.length)), number
                assert np.array_equal(layer.starts[layer.whole], first[layer.whole]), number
        except InputError as error:
            return {"filters": refused(error)}
    return {"filters": EQUAL}


def _are_channels(response: np.ndarray, given: np.ndarray, equation, field, atol: float) -> None:
    """Each filter's response is a channel of the convolution, but for the factor and summand of a normalisation."""
    _, channels, *_ = equation.params["dimension_numbers"].out_spec
    by_position = np.moveaxis(given, field.axis, 0) if field else np.moveaxis(given, channels, -1)
    by_position = by_position.reshape(-1 if not field else len(by_position), response.shape[-1])
    assert response.shape == by_position.shape, (response.shape, given.shape)
    for ours in response.T:
        lines = [np.stack([theirs, np.ones_like(theirs)], 1) for theirs in by_position.T]
        misses = [np.abs(line @ np.linalg.lstsq(line, ours, rcond=None)[0] - ours).max() for line in lines]
        assert min(misses) < atol, misses
