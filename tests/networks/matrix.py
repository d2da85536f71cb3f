"""What each transformation makes of each network: equal to the plain way, or refused with the layer and the reason."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
from absl import logging

from genomics.attribution.deeplift import deeplift
from genomics.errors import InputError
from genomics.mutagenesis.incremental import engine
from genomics.mutagenesis.incremental.ism import effects_of
from genomics.mutagenesis.table import in_columns
from genomics.scan.dense import dense as dense_evaluation
from genomics.scan.dense import program as dense_program
from genomics.scan.effects_program import central_effects
from genomics.tracing.program import trace, walk
from genomics.tracing.receptive_field import receptive_fields
from tests.networks import plain
from tests.networks.record import Network

#: Windows of a scan.
WINDOWS = 9


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Of one transformation on one network; an outcome that is wrong is an `AssertionError` instead.

    Attributes:
      mark: `=` equal to the plain way; `~` equal, but from some layer on computed in full; `-` refused.
      reason: what was said to the user; empty with `=`.
    """

    mark: str
    reason: str = ""


#: (network, whether to check all settings) -> what came out.
Check = Callable[[Network, bool], Outcome]

COMPLETE_RULES = ("genomics_default", "rescale", "reveal_cancel")


@contextlib.contextmanager
def said() -> Iterator[list[str]]:
    """What the transformations log, said anew for each network."""
    lines: list[str] = []
    engine.announce.cache_clear()
    dense_program._SAID.clear()
    keep = lambda text, *values: lines.append(text % values)  # noqa: E731
    with mock.patch.object(logging, "info", keep), mock.patch.object(logging, "warning", keep):
        yield lines


def equal(found, expected, network: Network) -> None:
    """Within rounding; NaN only where NaN is expected, and something to compare."""
    expected = np.asarray(expected)
    assert np.nanmax(np.abs(expected)) > 1e-3, f"{network.name}: nothing to compare"
    np.testing.assert_allclose(found, expected, atol=network.tolerance, err_msg=network.name)


def exact(lines: list[str], network: Network) -> Outcome:
    """Of a way that computes in full what it has no rule for, and says so."""
    # A mutation that reaches most of a short sequence's columns is the sequence's fault, not the network's.
    lines = [line for line in lines if "to most of its output" not in line]
    if not lines:
        return Outcome(mark="=")
    assert len(lines) == 1, lines
    _names_the_layer(lines[0])
    return Outcome(mark="~", reason=lines[0])


def refused(error: InputError) -> Outcome:
    """Where a network is refused, the layer and the reason are named."""
    _names_the_layer(str(error))
    return Outcome(mark="-", reason=str(error))


def _names_the_layer(line: str) -> None:
    assert "tests/networks/" in line, line
    assert "\n" not in line, line


def incremental(network: Network, thorough: bool) -> Outcome:
    """The engine of incremental mutagenesis, whatever the planner would choose, against every mutant by itself."""
    with plain.exactly(), said() as lines:
        x = plain.sequence(network.length, unknown=4)
        positions = [network.length, 12] if thorough else [network.length]

        def both(x):
            program = trace(network.predict, x)
            found = [in_columns(effects_of(program, x, p), x) for p in positions]
            return found, plain.ism(network.predict, x)

        found, expected = plain.compiled(both)(x)
    assert np.array_equal(np.isnan(expected).any((0, 2)), np.arange(network.length) == 4), network.name
    for each in found:
        equal(each, expected, network)
    return exact(lines, network)


def _codes(length: int) -> np.ndarray:
    """Bases of a long sequence, with N at both ends and in the midst."""
    codes = np.random.default_rng(5).integers(0, 4, length + WINDOWS - 1).astype(np.uint8)
    codes[[0, 1, length // 2 + 3, -1]] = 4
    return codes


def dense(network: Network, thorough: bool) -> Outcome:
    """Dense evaluation and central effects against every window, and every mutant of it, by itself."""
    codes, length = _codes(network.length), network.length
    with plain.exactly(), said() as lines:

        def both(codes):
            one_hot = jax.nn.one_hot(codes, 4)
            expected = jax.vmap(lambda window: network.predict(jax.nn.one_hot(window, 4)))(plain.windows(codes, length))
            found = dense_evaluation(network.predict, length)(one_hot), central_effects(network.predict, length)(codes)
            return found, (expected, plain.central_effects(network.predict, codes, length))

        (logits, effects), (expected, expected_effects) = plain.compiled(both)(jnp.asarray(codes))
    known = codes[length // 2 :][:WINDOWS] != 4
    equal(logits, expected, network)
    np.testing.assert_allclose(effects[..., known], expected_effects[..., known], atol=network.tolerance)
    return exact(lines, network)


def deeplift_rules(network: Network, thorough: bool) -> Outcome:
    """Contributions sum to f(x) - f(r), whatever the reference; with gradient rules they are gradient times x - r."""
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
            found = plain.compiled(explain)(x)
        except InputError as error:
            return refused(error)
        logits, of_references = plain.compiled(lambda x, r: (network.predict(x), jax.vmap(network.predict)(r)))(x, r)
        logits, of_references, found = jax.tree.map(np.asarray, (logits, of_references, found))
    difference = logits - of_references
    scale = np.maximum(1, np.maximum(np.abs(logits), np.abs(of_references)))
    for rule, (sums, residual) in zip(rules, found, strict=True):
        np.testing.assert_allclose(sums / scale, difference / scale, atol=10 * network.tolerance, err_msg=rule)
        atol = max(1e-12, network.tolerance / 100)
        np.testing.assert_allclose(residual, (sums - difference) / scale, atol=atol, err_msg=rule)
    return Outcome(mark="=")


def fields(network: Network, thorough: bool) -> Outcome:
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
                assert field.first + index * field.stride <= seen[0], (network.name, variable.shape)
                assert seen[-1] <= field.last + index * field.stride, (network.name, variable.shape)
    lost = [e for e in program.equations if e.primitive == "conv_general_dilated" and e.outputs[0] not in found]
    if lost:
        return Outcome(mark="~", reason=f"the convolution at {lost[0].where} has none")
    return Outcome(mark="=")


#: Heading -> check: a column of the matrix.
COLUMNS: dict[str, Check] = {
    "incremental": incremental,
    "dense": dense,
    "fields": fields,
    "deeplift": deeplift_rules,
}
#: What each network meets in the fast suite.
FAST = ("incremental", "dense", "deeplift")
