"""Keras networks described in a few lines, without a file."""

from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.io.keras import KerasInput, KerasLayer, KerasModel, LayerCall, Source
from tests.models.single import built, ended


@pytest.fixture(scope="session")
def network() -> Callable[..., KerasModel]:
    """Makes a Sequential model of an input shape and layers, each (class, fields) or (class, fields, weights)."""

    def make(shape: tuple[int | None, ...], *layers: tuple, generation: int = 3) -> KerasModel:
        names = ["x", *(f"{class_name.lower()}_{i}" for i, (class_name, *_) in enumerate(layers))]
        named = {
            name: KerasLayer(
                file=Path("m.h5"),
                generation=generation,
                name=name,
                class_name=class_name,
                config=config,
                weights={role: np.asarray(array, np.float32) for role, array in (weights or [{}])[0].items()},
            )
            for name, (class_name, config, *weights) in zip(names, [("InputLayer", {}), *layers], strict=True)
        }
        fed = [(), *((Source(name, 0),) for name in names)]
        calls = tuple(LayerCall(layer=name, index=0, inputs=inputs) for name, inputs in zip(names, fed, strict=False))
        return KerasModel(
            file=Path("m.h5"),
            keras_version=f"{generation}.0.0",
            inputs=(KerasInput(name="x", shape=shape),),
            outputs=ended(calls),
            layers=named,
            calls=calls,
        )

    return make


@pytest.fixture(scope="session")
def compare() -> Callable[..., None]:
    """Compares networks of one sequence with what each should give; they are compiled together, which is quicker."""

    def check(x: np.ndarray, *pairs: tuple[KerasModel, np.ndarray]) -> None:
        imported = [built(model) for model, _ in pairs]
        parameters = [model.parameters for model in imported]
        together = jax.jit(lambda x: [model.apply(p, x) for model, p in zip(imported, parameters, strict=True)])
        for found, (model, expected) in zip(together(jnp.asarray(x, jnp.float32)), pairs, strict=True):
            np.testing.assert_allclose(
                found, np.asarray(expected).reshape(found.shape), rtol=1e-5, atol=2e-5, err_msg=str(list(model.layers))
            )

    return check
