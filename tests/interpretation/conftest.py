"""A network small enough to compile in no time: 12 bases, two tasks, one or three replicates."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.references import parse_reference
from genomics.interpretation.method import Settings
from genomics.interpretation.sequences import Sequences
from genomics.models.predictor import Predictor

LENGTH = 12


def _apply(parameters, x):
    h = jax.lax.conv_general_dilated(x[None], parameters["w"], (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))
    return jax.nn.relu(h[0] + parameters["b"]).reshape(-1) @ parameters["dense"]


def _parameters(seed):
    rng = np.random.default_rng(seed)
    shapes = {"w": (3, 4, 5), "b": (5,), "dense": (50, 2)}
    return {name: jnp.asarray(rng.normal(size=shape), jnp.float32) for name, shape in shapes.items()}


@pytest.fixture(scope="session")
def predictor():
    return Predictor(
        apply=_apply,
        parameters=_parameters(0),
        replicates=None,
        length=LENGTH,
        tasks=("A", "B"),
        fingerprint="0" * 64,
        source="test",
    )


@pytest.fixture(scope="session")
def replicated():
    return Predictor(
        apply=_apply,
        parameters=jax.tree.map(lambda *leaves: jnp.stack(leaves), *map(_parameters, range(3))),
        replicates=3,
        length=LENGTH,
        tasks=("A", "B"),
        fingerprint="3" * 64,
        source="test",
    )


@pytest.fixture(scope="session")
def sequences():
    bases = np.random.default_rng(0).integers(0, 4, (6, LENGTH)).astype(np.uint8)
    bases[3, 4] = 4
    names = tuple(f"s{row}" for row in range(6))
    return Sequences(bases=bases, names=names, index=np.arange(6, dtype=np.int32), source="test")


@pytest.fixture
def settings():
    return Settings(
        seed=0,
        rule="rescale",
        max_pool_rule="cross",
        reference=parse_reference("uniform"),
        distribution=parse_reference("dinucleotide:3"),
        layer=None,
        steps=20,
        samples=4,
        ism="fast",
        gauge="delta",
        average_strands=False,
        occlusion_width=3,
        pairs="all",
        max_indel=2,
        motif=(),
        backgrounds=8,
        convolution=1,
        site_rule="half_max",
    )
