"""A tiny genome and a tiny network, evaluated here once more in the plainest way."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.io.genome import open_genome
from genomics.models.predictor import Predictor
from genomics.sequence.bases import decode, one_hot

LENGTH = 12
TASKS = ("alpha", "Beta")


def _weights(seed):
    rng = np.random.default_rng(seed)
    return [jnp.asarray(rng.normal(size=shape), jnp.float32) for shape in ((LENGTH, 4, 8), (8, len(TASKS)))]


def _apply(parameters, x):
    first, second = parameters
    return jnp.tanh(jnp.einsum("lb,lbf->f", x, first)) @ second


@pytest.fixture(scope="session")
def predictor():
    return Predictor(
        apply=_apply,
        parameters=_weights(0),
        replicates=None,
        length=LENGTH,
        tasks=TASKS,
        fingerprint="f" * 64,
        source="tiny",
    )


@pytest.fixture(scope="session")
def replicated(predictor):
    import dataclasses

    parameters = jax.tree.map(lambda *leaves: jnp.stack(leaves), _weights(0), _weights(1), _weights(2))
    return dataclasses.replace(predictor, parameters=parameters, replicates=3)


@pytest.fixture(scope="session")
def contigs():
    """Codes by name: N at both ends of a contig, short and long runs within, one contig shorter than a window."""
    rng = np.random.default_rng(7)
    codes = {
        name: rng.integers(0, 4, length).astype(np.uint8) for name, length in (("z:1-9", 150), ("a", 7), ("n", 20))
    }
    codes["z:1-9"][:3] = 4
    codes["z:1-9"][40:43] = 4
    codes["z:1-9"][60:100] = 4
    codes["z:1-9"][-1] = 4
    codes["n"][:] = 4
    return codes


@pytest.fixture(scope="session")
def fasta(tmp_path_factory, contigs):
    path = tmp_path_factory.mktemp("genome") / "tiny.fa"
    path.write_text("".join(f">{name}\n{decode(codes)}\n" for name, codes in contigs.items()))
    return path


@pytest.fixture
def genome(fasta, tmp_path):
    with open_genome(fasta, tmp_path) as found:
        yield found


@pytest.fixture(scope="session")
def truth(predictor, contigs):
    """(contig, position, its place in the window) -> logits (5, T): of the window as it is, then with A C G T."""
    predict = jax.jit(lambda x: _apply(predictor.parameters, x))

    def logits(contig, position, place):
        codes = contigs[contig]
        window = np.array(
            [codes[i] if 0 <= i < len(codes) else 4 for i in range(position - place, position - place + LENGTH)],
            np.uint8,
        )
        found = [predict(one_hot(window))]
        for base in range(4):
            window[place] = base
            found.append(predict(one_hot(window)))
        return np.array(found)

    return logits


@pytest.fixture(scope="session")
def true_effects(truth, contigs):
    """(contig, position, place) -> effects (4, T)."""

    def effects(contig, position, place=LENGTH // 2):
        base = contigs[contig][position]
        if base == 4:
            return np.full((4, len(TASKS)), np.nan)
        found = truth(contig, position, place)
        difference = found[1:] - found[0]
        difference[base] = 0
        return difference

    return effects
