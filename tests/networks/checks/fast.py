"""Incremental mutagenesis, a scan and DeepLIFT in one program: compiling is most of the time of the fast suite."""

import jax
import jax.numpy as jnp
import numpy as np

from genomics.attribution.deeplift import deeplift
from genomics.errors import InputError
from genomics.mutagenesis.incremental.ism import effects_of
from genomics.mutagenesis.table import in_columns
from genomics.scan.effects_program import central_effects
from genomics.tracing.program import trace
from tests.networks import plain
from tests.networks.checks.engines import WINDOWS, codes_of
from tests.networks.checks.outcome import EQUAL, Outcome, equal, exact, refused, said, something
from tests.networks.record import Network


def at_once(network: Network) -> dict[str, Outcome]:
    """Each against the plain way: all sequences that they ask about, in one batch."""
    length, codes = network.length, codes_of(network.length)

    def fast(x, r, codes, explained):
        effects = in_columns(effects_of(trace(network.predict, x), x, length), x)
        contributions = deeplift(network.predict, reference=r)(x).scores.sum((1, 2)) if explained else None
        return effects, central_effects(network.predict, length)(codes), contributions

    def slow(x, r, codes):
        scanned = plain.of_scan(codes, length)
        asked = [x[None], r[None], plain.mutants(x).reshape(-1, length, 4), scanned.reshape(-1, length, 4)]
        logits = jax.vmap(network.predict)(jnp.concatenate(asked))
        effects = (logits[2 : 2 + 4 * length] - logits[0]).reshape(length, 4, -1)
        after = logits[2 + 4 * length :].reshape(4, WINDOWS, -1)
        known = (x != 0).any(-1)[:, None, None]
        effects = jnp.moveaxis(jnp.where(known, effects, jnp.nan), -1, 0)
        return effects, (after[1:] - after[0]).transpose(2, 0, 1), logits[0] - logits[1]

    with plain.exactly(), said() as lines:
        x = plain.sequence(length, unknown=4)
        r = jnp.asarray(np.random.default_rng(7).normal(size=(length, 4)))
        given = x, r, jnp.asarray(codes)
        outcomes = dict.fromkeys(("deeplift", "deepshap"), EQUAL)
        try:
            found, expected = plain.compiled(lambda *given: (fast(*given, True), slow(*given)))(*given)
        except InputError as error:
            outcomes = dict.fromkeys(outcomes, refused(error))
            lines.clear()
            found, expected = plain.compiled(lambda *given: (fast(*given, False), slow(*given)))(*given)
        found, expected = jax.tree.map(np.asarray, (found, expected))
    something(expected[0])
    equal(found[0], expected[0], network, of="incremental")
    known = codes[length // 2 :][:WINDOWS] != 4
    equal(found[1][..., known], expected[1][..., known], network, of="effects")
    if found[2] is not None:
        np.testing.assert_allclose(found[2], expected[2], atol=10 * network.tolerance, rtol=1e-9)
    outcomes["incremental"] = exact([line for line in lines if line.startswith("in-silico")])
    outcomes["effects"] = exact([line for line in lines if line.startswith("scanning")])
    return outcomes
