"""`import genomics`: quick, without flags, with the same numbers as the packages."""

import doctest
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import genomics
from genomics.api.transformations import precise
from genomics.attribution.deeplift import deeplift
from genomics.errors import InputError
from genomics.mutagenesis.naive import ism as naive_ism
from genomics.scan.windows import windows_scorer


def python(repository, text):
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    return subprocess.run([sys.executable, "-c", text], env=environment, capture_output=True, text=True, check=False)


def test_the_import_brings_no_library(repository):
    text = "import sys, genomics; dir(genomics); print([n for n in ('jax', 'numpy', 'matplotlib') if n in sys.modules])"
    assert python(repository, text).stdout == "[]\n"


def test_doors_define_no_flags_and_set_nothing(repository):
    text = (
        "import genomics, jax\nfrom absl import flags\n"
        "run = genomics.load(lambda x: x.sum(0), length=3)\nrun.explain('ACG', 'ism'); run.scan('ACGT')\n"
        "genomics.read_scores, genomics.deeplift\n"
        "own = [n for n, each in flags.FLAGS.flags_by_module_dict().items() if n.startswith('genomics')]\n"
        "print(own, jax.config.jax_default_matmul_precision)"
    )
    done = python(repository, text)
    assert done.stdout.splitlines()[-1] == "[] None", done.stderr


@pytest.mark.parametrize("name", genomics.__all__)
def test_every_name_has_an_example_that_runs(name):
    """Of a class, its functions' too."""
    found = getattr(genomics, name)
    examples = doctest.DocTestFinder().find(found, name, globs={})
    examples = [example for example in examples if example.examples]
    if name not in ("InputError", "Run"):
        assert any(example.name == name for example in examples), "no example"
    for example in examples:
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        said = []
        assert runner.run(example, out=said.append).failed == 0, "".join(said)


def test_names_are_where_the_table_says():
    assert set(genomics.__all__) == set(genomics._HOMES) <= set(dir(genomics))
    with pytest.raises(AttributeError, match=r"no attribute 'lod'; it has load, Run, .*InputError"):
        _ = genomics.lod


def test_transformations_multiply_at_full_precision_whatever_is_set():
    weights = jnp.arange(8.0).reshape(4, 2)
    explain = genomics.deeplift(lambda x: jnp.maximum(x.sum(0) @ weights, 0), reference=jnp.zeros((3, 4)))
    with jax.default_matmul_precision("bfloat16"):
        text = str(jax.make_jaxpr(explain)(jnp.eye(3, 4)))
    assert "Precision.HIGHEST" in text
    assert "Precision.DEFAULT" not in text
    assert "precision=None" not in text
    assert jax.config.jax_default_matmul_precision is None
    plain = deeplift(lambda x: jnp.maximum(x.sum(0) @ weights, 0), reference=jnp.zeros((3, 4)))
    np.testing.assert_array_equal(explain(jnp.eye(3, 4)).scores, plain(jnp.eye(3, 4)).scores)
    assert precise(deeplift).__doc__ == deeplift.__doc__


def test_mutagenesis_and_effects_equal_the_plain_forms():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(3, 4, 5)).astype(np.float32), rng.normal(size=(5, 2)).astype(np.float32)

    def predict(x):
        hidden = jax.lax.conv_general_dilated(x[None], first, (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))
        return jnp.maximum(hidden[0], 0).max(0) @ second

    codes = rng.integers(0, 4, 20).astype(np.uint8)
    codes[7] = 4
    run = genomics.load(predict, length=9)
    x = jax.nn.one_hot(codes[:9], 4)
    expected = naive_ism(predict)(x).scores
    np.testing.assert_allclose(genomics.ism(predict)(x).scores, expected, atol=1e-5)
    np.testing.assert_allclose(run.ism(codes[:9]).sel(sequence=0).values, expected, atol=1e-5)
    found = genomics.effects(predict, length=9)(codes)
    score = windows_scorer(run.predictor, chunk=12)
    np.testing.assert_allclose(found, score({}, jnp.asarray(codes)), atol=1e-5)
    whole = run.scan(codes)
    assert whole.shape == (20, 4, 2)
    np.testing.assert_allclose(whole.values[4:16], found, atol=1e-5)
    padded = np.concatenate([np.full(4, 4), codes[:5]]).astype(np.uint8)  # the window of the first base
    first_base = naive_ism(predict)(jax.nn.one_hot(padded, 4)).scores[:, 4]
    np.testing.assert_allclose(whole.values[0].T, first_base, atol=1e-5)
    windows = np.stack([codes[start : start + 9] for start in range(12)])
    predictions = run.scan(codes, what="predictions")
    np.testing.assert_allclose(predictions.values[[4, 5, 15]], run.predict(windows).values[[0, 1, 11]], atol=1e-5)
    assert np.isnan(predictions.values[7]).all()
    with pytest.raises(InputError, match="effects of 5 bases: must be at least the 9 of a window"):
        genomics.effects(predict, length=9)(codes[:5])
