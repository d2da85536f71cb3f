"""The fast scan of a chunk: equal to every window by itself, for the lab's network in all its settings."""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from genomics.errors import InputError
from genomics.lenses.units import UNITS
from genomics.lenses.view import Lens
from genomics.models.lab import LabConfig, LabNetwork
from genomics.models.predictor import Predictor
from genomics.programs.lensed import lensed
from genomics.scan import effects
from genomics.scan.effects import chunk_scorer, together
from genomics.scan.one_by_one import one_by_one
from genomics.scan.outputs import in_unit
from genomics.scan.windows import windows_scorer

LENGTH, CHUNK = 200, 40
SMALL = LabConfig(filters=(6, 5), widths=(7, 3), pools=(3, 4), hidden=7)


def lab(config, length, seed=0):
    network = LabNetwork(config, length=length, num_tasks=3, rngs=nnx.Rngs(seed))
    graph, parameters = nnx.split(network)
    noise = iter(jax.random.split(jax.random.key(seed), 99))
    parameters = jax.tree.map(lambda leaf: leaf + 0.05 * jax.random.normal(next(noise), leaf.shape), parameters)
    return Predictor(
        apply=lambda parameters, x: nnx.merge(graph, parameters)(x),
        parameters=parameters,
        replicates=None,
        length=length,
        tasks=("a", "b", "c"),
        fingerprint="",
        source="",
    )


@pytest.fixture(scope="module")
def small():
    return lab(SMALL, 45)


def bases(length, chunk, seed=0):
    """The start of a contig, padded with N, then a run of N, then a lone N in the centre of a window."""
    codes = np.random.default_rng(seed).integers(0, 4, chunk + length - 1).astype(np.uint8)
    codes[: length // 2] = 4
    codes[length // 2 + 9 : length // 2 + 14] = 4
    codes[length // 2 + chunk // 2] = 4
    return codes


def plain(predictor, codes, **options):
    """Windows one by one, written by `windows_scorer`."""
    chunk = len(codes) - predictor.length + 1
    return jax.jit(windows_scorer(predictor, chunk=chunk, **options))(predictor.parameters, codes)


@pytest.mark.parametrize("pooling", ["max", "subsample"])
@pytest.mark.parametrize("what", ["effects", "predictions"])
def test_the_labs_network_scores_as_every_window_by_itself(pooling, what):
    predictor, codes = lab(LabConfig(pooling=pooling), LENGTH), bases(LENGTH, CHUNK)
    found = chunk_scorer(predictor, what=what, chunk=CHUNK)(predictor.parameters, codes)
    expected = plain(predictor, codes, what=what)
    assert found.shape == ((CHUNK, 4, 3) if what == "effects" else (CHUNK, 3))
    assert found.dtype == jnp.float32
    np.testing.assert_allclose(found, expected, atol=1e-5)
    if what == "effects":
        own = codes[LENGTH // 2 : LENGTH // 2 + CHUNK]
        assert np.array_equal(np.isnan(found).all((1, 2)), own == 4)
        assert np.array_equal(np.isnan(found).any((1, 2)), own == 4)
        assert (np.asarray(found)[np.flatnonzero(own < 4), own[own < 4]] == 0).all()
        assert np.nanmax(np.abs(found)) > 0.01


@pytest.mark.parametrize("what", ["effects", "predictions"])
@pytest.mark.parametrize("length", [44])
def test_both_strands_score_as_every_window_by_itself(what, length):
    predictor, codes = lab(SMALL, length), bases(length, 20)
    both = lensed(predictor, Lens(strands="both"))
    found = chunk_scorer(both, what=what, chunk=20)(predictor.parameters, codes)
    np.testing.assert_allclose(found, plain(both, codes, what=what), atol=1e-5)
    one = chunk_scorer(predictor, what=what, chunk=20)(predictor.parameters, codes)
    assert np.nanmax(np.abs(found - one)) > 1e-3


def test_a_sequence_and_its_reverse_complement_score_alike(small):
    codes = bases(45, 20)
    score = chunk_scorer(lensed(small, Lens(strands="both")), chunk=20)
    other = np.where(codes == 4, 4, 3 - codes.astype(int))[::-1].astype(np.uint8)
    forward, backward = score(small.parameters, codes), score(small.parameters, other)
    np.testing.assert_allclose(forward, backward[::-1, ::-1], atol=1e-5)


@pytest.mark.parametrize("chunk", [1, 130, 192])
def test_chunks_and_blocks_of_any_size_score_alike(small, chunk, monkeypatch):
    monkeypatch.setattr(effects, "_LARGEST_ON_CPU", 1)  # blocks of 64
    codes = bases(45, 192)
    expected = plain(small, codes)
    score = chunk_scorer(small, chunk=chunk)
    for start in range(0, 192 - chunk + 1, chunk):
        found = score(small.parameters, codes[start : start + chunk + 44])
        np.testing.assert_allclose(found, expected[start : start + chunk], atol=1e-5)
        if chunk == 1 and start == 3:
            break


def test_blocks_divide_a_chunk_and_fit_the_cache(small, monkeypatch):
    def score(parameters, codes):
        return jnp.zeros((len(codes) - 44, 100)) + codes[:1]

    monkeypatch.setattr(effects, "_LARGEST_ON_CPU", 400 * 1000)
    program = effects.traced(score, small.parameters, 45)
    assert effects.block_size(program, 500) == 500
    for chunk in (1001, 5000, 2**16):
        block = effects.block_size(program, chunk)
        assert block % 64 == 0
        assert 400 * block <= 400 * 1000
        assert math.ceil(chunk / block) == math.ceil(chunk / 960)


@pytest.mark.slow
def test_replicates_give_their_mean(small):
    codes, others = bases(45, 30), [lab(SMALL, 45, seed).parameters for seed in range(3)]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *others)
    predictor = dataclasses.replace(small, parameters=stacked, replicates=3)
    score = chunk_scorer(small, chunk=30)
    mean = np.mean([score(own, codes) for own in others], axis=0)
    np.testing.assert_allclose(chunk_scorer(predictor, chunk=30)(stacked, codes), mean, atol=1e-6)


def test_chosen_tasks_are_the_same_numbers_as_among_all(small):
    codes = bases(45, 20)
    everything = chunk_scorer(small, chunk=20)(small.parameters, codes)
    some = chunk_scorer(small, chunk=20, tasks=[2, 0])(small.parameters, codes)
    np.testing.assert_array_equal(some, everything[..., [2, 0]])


def test_tf32_asks_for_faster_products(small):
    codes = bases(45, 20)
    exact, faster = (chunk_scorer(small, chunk=20, precision=precision) for precision in ("float32", "tf32"))
    assert "HIGHEST" in exact.lower(small.parameters, codes).as_text()
    assert "HIGHEST" not in faster.lower(small.parameters, codes).as_text()
    np.testing.assert_allclose(faster(small.parameters, codes), plain(small, codes), atol=0.05)


def test_an_empty_chunk_is_refused(small):
    with pytest.raises(InputError, match="chunk=0"):
        chunk_scorer(small, chunk=0)


def padded(length, dilations):
    """A network whose SAME padding makes columns of each window its own: more of them, the deeper it is."""
    keys = iter(jax.random.split(jax.random.key(1), 9))
    kernels = [
        0.3 * jax.random.normal(next(keys), (3, 4 if not layer else 6, 6)) for layer in range(len(dilations) + 1)
    ]

    def apply(parameters, x):
        for kernel, dilation in zip(parameters, (1, *dilations), strict=True):
            x = jax.nn.relu(
                jax.lax.conv_general_dilated(
                    x[None],
                    kernel,
                    (1,),
                    "SAME",
                    rhs_dilation=(dilation,),
                    dimension_numbers=("NWC", "WIO", "NWC"),
                )[0]
            )
        return x.mean(0)[:2]

    return Predictor(
        apply=apply,
        parameters=kernels,
        replicates=None,
        length=length,
        tasks=("a", "b"),
        fingerprint="",
        source="",
    )


@pytest.mark.slow
@pytest.mark.parametrize("what", ["effects", "predictions"])
def test_windows_together_and_one_by_one_score_as_each_by_itself(what, small, monkeypatch):
    deep, codes = padded(100, (2, 4, 8, 16, 32)), bases(100, 66)  # more than are evaluated at once
    assert together(deep, what=what) is not None
    with monkeypatch.context() as patch:
        patch.setattr(effects, "_CHEAPER", np.inf)
        assert together(deep, what=what) is None
        found = chunk_scorer(deep, what=what, chunk=66)(deep.parameters, codes)
    np.testing.assert_allclose(found, plain(deep, codes, what=what), atol=1e-5)
    program = together(small, what=what)
    assert program is not None
    found = chunk_scorer(deep, what=what, chunk=66)(deep.parameters, codes)
    np.testing.assert_allclose(found, plain(deep, codes, what=what), atol=1e-5)
    codes = bases(45, 20)
    found = chunk_scorer(small, what=what, chunk=20, program=program)(small.parameters, codes)
    np.testing.assert_allclose(found, plain(small, codes, what=what), atol=1e-5)


@pytest.mark.parametrize("gauge", ["delta", "log_odds", "probability"])
def test_both_ways_agree_with_plain_windows_in_every_unit(small, gauge):
    codes = bases(45, 20)
    before, told = not UNITS[gauge].linear, in_unit(gauge)
    expected = told(plain(small, codes, before=before))
    found = told(chunk_scorer(small, chunk=20, before=before)(small.parameters, codes))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    alone = told(jax.jit(one_by_one(small, chunk=20, before=before))(small.parameters, jnp.asarray(codes)))
    np.testing.assert_allclose(alone, expected, atol=1e-5)
