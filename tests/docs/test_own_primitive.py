"""A primitive that one entry makes known to every transformation: the page's example, run."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.deeplift import deeplift
from genomics.attribution.lrp import lrp
from genomics.errors import UnsuitedError
from genomics.mutagenesis.incremental import engine
from genomics.mutagenesis.incremental.ism import effects_of
from genomics.mutagenesis.naive import ism
from genomics.mutagenesis.table import in_columns
from genomics.scan.dense import dense
from genomics.scan.dense import program as dense_program
from genomics.tracing.columns import table
from genomics.tracing.program import trace
from genomics.tracing.receptive_field import receptive_fields

X = jax.nn.one_hot(np.random.default_rng(0).integers(0, 4, 20), 4)


@pytest.fixture
def parts(repository, monkeypatch):
    """The page's blocks; what they register goes when the test ends."""
    monkeypatch.setattr(table, "_RECORDS", dict(table._RECORDS))
    return re.findall(r"```python\n(.*?)```", (repository / "docs" / "own_primitive.md").read_text(), re.DOTALL)


def in_full(*reason):
    raise AssertionError(reason)


def test_the_page_runs_and_every_transformation_knows_the_primitive(parts, capsys, monkeypatch):
    names: dict = {}
    exec("\n".join(parts), names)
    difference, residual = capsys.readouterr().out.splitlines()
    assert float(difference) < 1e-5
    assert np.abs(np.array(residual.strip("[]").split(), float)).max() < 1e-5

    predict = names["predict"]
    monkeypatch.setattr(engine, "announce", in_full)
    monkeypatch.setattr(dense_program, "_say", in_full)
    program = trace(predict, X)
    effects = in_columns(effects_of(program, X, 20), X)
    np.testing.assert_allclose(effects, ism(predict)(X).scores, atol=1e-5)
    long = jnp.concatenate([X, X[::-1]])
    windows = jnp.stack([predict(long[s : s + 20]) for s in range(21)])
    np.testing.assert_allclose(dense(predict, 20)(long), windows, atol=1e-5)
    equation = next(e for e in program.equations if e.primitive == "contrast")
    field = receptive_fields(program)[equation.outputs[0]]
    assert (field.first, field.last, field.stride) == (0, 2, 1)
    assert np.isfinite(lrp(predict)(X).scores).all()


def test_without_its_record_attribution_refuses_it_and_mutagenesis_is_exact(parts):
    names: dict = {}
    exec(parts[0], names)

    def predict(x):
        return names["contrast_p"].bind(x).sum(0)

    with pytest.raises(UnsuitedError, match="primitive 'contrast'"):
        deeplift(predict, reference=jnp.full((20, 4), 0.25))(X)
    np.testing.assert_allclose(in_columns(effects_of(trace(predict, X), X, 20), X), ism(predict)(X).scores, atol=1e-5)
