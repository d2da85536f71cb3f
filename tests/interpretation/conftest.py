"""A network small enough to compile in no time: 12 bases, two tasks, one or three replicates."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.references import parse_reference
from genomics.interpretation.method import Explainer
from genomics.interpretation.methods import METHODS
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


_SMALL = {
    "rule": "rescale",
    "reference": parse_reference("uniform"),
    "steps": 20,
    "samples": 4,
    "occlusion_width": 3,
    "max_indel": 2,
}


@pytest.fixture(scope="session")
def ask():
    """(names of methods, settings) -> them under these settings, each with those that it has, by default small."""

    def ask(*names, **settings):
        found = []
        for name in names:
            record = METHODS[name].settings
            own = {"reference": parse_reference("dinucleotide:3")} if name == "expected_gradients" else {}
            values = _SMALL | own | settings
            fields = {field.name for field in dataclasses.fields(record)}
            values = {field: value for field, value in values.items() if field in fields}
            found.append(Explainer(name=name, method=METHODS[name], settings=record(**values)))
        return found

    return ask
