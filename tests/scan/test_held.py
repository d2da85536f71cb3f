"""Scans of targets that hold something of each window: the trunk is evaluated once, and only what changes counts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.lenses.head import Head
from genomics.lenses.target import TARGETS
from genomics.lenses.view import Lens, view
from genomics.mutagenesis.incremental.planner import work
from genomics.scan.allele_ways import ways_of
from genomics.scan.effects import chunk_scorer, together
from genomics.scan.one_by_one import work_of_window
from genomics.scan.windows import windows_scorer
from tests.predictors import predictor_of

LENGTH, CHUNK = 44, 9
DILATIONS = (1, 2, 4)
WEIGHTS = (
    *(0.5 * jax.random.normal(jax.random.key(seed), (3, 4 if seed == 0 else 5, 5)) for seed in range(len(DILATIONS))),
    jax.random.normal(jax.random.key(9), (7, 5, 2)),
)
CODES = np.random.default_rng(0).integers(0, 5, CHUNK + LENGTH - 1).astype(np.uint8)


def _head(padding, crop, length=LENGTH):
    def apply(parameters, x):
        h = x[None]
        for kernel, dilation in zip(parameters, (*DILATIONS, 1), strict=True):
            h = jax.lax.conv_general_dilated(
                h, kernel, (1,), padding, rhs_dilation=(dilation,), dimension_numbers=("NWC", "WIO", "NWC")
            )
            h = jax.nn.relu(h) if kernel.shape[-1] == 5 else h
        return h[0, crop : h.shape[1] - crop]

    lost = crop if padding == "SAME" else crop + sum(DILATIONS) + 3
    return Head(apply=apply, shape=(length - 2 * lost, 2), name="profile")


def _predictor(padding, crop, lens):
    shown = view(_head(padding, crop), lens, WEIGHTS, LENGTH)
    return predictor_of(shown, WEIGHTS, LENGTH)


PROFILES = {
    "not padded": ("VALID", 0, Lens(target="profile")),
    "cropped": ("SAME", 11, Lens(target="profile")),
    "padded": ("SAME", 0, Lens(target="profile_per_strand")),
    "both strands": ("VALID", 2, Lens(target="profile", strands="both", pairs="0-1")),
    "bins": ("VALID", 0, Lens(bins=(3, 7), over="max", log1p=False)),
}


@pytest.mark.parametrize("what", ["effects", "predictions"])
@pytest.mark.parametrize("name", PROFILES)
def test_as_every_window_by_itself(name, what):
    predictor = _predictor(*PROFILES[name])
    program = together(predictor, what=what)
    assert program is not None
    found = chunk_scorer(predictor, what=what, chunk=CHUNK, program=program)(WEIGHTS, jnp.asarray(CODES))
    expected = jax.jit(windows_scorer(predictor, what=what, chunk=CHUNK))(WEIGHTS, jnp.asarray(CODES))
    assert np.nanmax(np.abs(expected)) > 0.01
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_alleles_of_a_profile_have_their_ways():
    predictor = _predictor(*PROFILES["not padded"])
    ways = ways_of(predictor, "float32", CHUNK)
    assert ways.shared is not None
    codes = np.where(CODES == 4, 0, CODES)
    bases = (codes[LENGTH // 2 : LENGTH // 2 + CHUNK] + 1) % 4
    asked = jnp.arange(CHUNK), jnp.asarray(bases.astype(np.uint8))
    shared = np.asarray(ways.shared(WEIGHTS, jnp.asarray(codes), *asked))
    effects = jax.jit(windows_scorer(predictor, chunk=CHUNK))(WEIGHTS, jnp.asarray(codes))
    np.testing.assert_allclose(shared[:, 1, 0], np.asarray(effects)[np.arange(CHUNK), bases, 0], atol=1e-5)
    windows = np.lib.stride_tricks.sliding_window_view(codes, LENGTH)
    single = allele_ways_single(predictor)(WEIGHTS, jnp.asarray(windows), jnp.asarray(bases))
    np.testing.assert_allclose(single, shared, atol=1e-5)


def allele_ways_single(predictor):
    from genomics.scan.allele_ways import _single

    return jax.jit(_single(predictor, "float32"))


def test_columns_that_are_cropped_are_not_computed():
    """Padding makes the first and last columns of each window its own; where they are cropped nothing is lost."""
    operations = {
        name: work(together(_predictor(*PROFILES[name]))).operations for name in ("not padded", "cropped", "padded")
    }
    assert operations["cropped"] < 1.1 * operations["not padded"]
    assert operations["padded"] > 1.3 * operations["not padded"]
    window = work_of_window(_predictor(*PROFILES["cropped"]), WEIGHTS, "predictions").operations
    assert work(together(_predictor(*PROFILES["cropped"]), what="predictions")).operations / 1024 < 0.5 * window


@pytest.mark.parametrize("name", ["profile", "profile_per_strand"])
def test_a_target_that_holds_something_is_affine_in_the_output(name):
    target = TARGETS[name](Head(apply=lambda p, x: x, shape=(9, 2), name="profile", positions=0))
    assert target.hold is not None
    y, a, b = jax.random.normal(jax.random.key(0), (3, 9, 2))
    held = target.hold(y)
    value = lambda y: np.asarray(target.value(y, held))  # noqa: E731
    np.testing.assert_allclose(value(a + b) - value(a), value(b) - value(0 * b), atol=1e-5)
