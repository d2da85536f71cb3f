"""The page about lenses: its example runs, its table names all lenses, its score is one entry."""

import re

import jax.numpy as jnp
import numpy as np
import pytest

from genomics.lenses.target import TARGETS
from genomics.lenses.units import UNITS
from genomics.mutagenesis.gauge import GAUGES


@pytest.fixture
def page(repository):
    return (repository / "docs" / "lenses.md").read_text()


def test_the_example(page, capsys):
    (example,) = (part for part in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "import" in part)
    found = {}
    exec(example, found)
    assert capsys.readouterr().out == "output (1, 20, 4)\n"
    attribution, predict, x = found["attribution"], found["predict"], found["x"]
    explained = predict(x) - predict(jnp.full((20, 4), 0.25))
    np.testing.assert_allclose(attribution.scores.sum((1, 2)), explained, atol=1e-5)


def test_the_table_names_every_lens(page):
    for name in TARGETS:
        assert f"--target={name}`" in page
    for name in UNITS:
        assert f"--gauge={name}`" in page
    assert all(name in page for name in GAUGES)
