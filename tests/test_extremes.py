"""Maxima and minima keep NaN where it matters, and nobody uses those that lose it without saying why not."""

import ast
from collections import Counter
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.extremes import largest, smallest
from genomics.scan.outputs import kept, summarised

ROOT = Path(__file__).parents[1]

#: File -> how many maxima and minima of arrays it may hold, and why they may lose NaN (or cannot: numpy keeps it).
MAY_LOSE = {
    "attribution/deeplift/pooling.py": (
        5,
        "of a network's values: where one is NaN, so is the logit, which is checked",
    ),
    "attribution/lrp/bounds.py": (2, "numpy, which keeps NaN: what may be NaN is no gate"),
    "extremes.py": (2, "the function itself"),
    "lenses/target.py": (1, "over bins: part of what is explained, whose rules know a maximum; parameters are checked"),
    "motifs/sites.py": (2, "numpy"),
    "mutagenesis/epistasis.py": (1, "NaN was made -1"),
    "programs/keras_model.py": (1, "numpy"),
    "programs/network_model.py": (1, "numpy"),
}
#: Folders -> why all of theirs may.
MAY_ALL_LOSE = {
    "models/": "pools of networks whose parameters are checked where they are loaded, and whose logits are checked",
    "mutagenesis/incremental/": "of positions, whole numbers",
    "tracing/": "of positions, or what a network computes itself",
}
_NAMES = {"max", "min", "amax", "amin", "nanmax", "nanmin", "fmax", "fmin"}


def uses_jax(tree):
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return any(name.split(".")[0] == "jax" for name in names)


def test_no_other_maximum_or_minimum_of_arrays_beside_jax():
    found = Counter()
    for path in (ROOT / "genomics").rglob("*.py"):
        tree = ast.parse(path.read_text())
        name = path.relative_to(ROOT / "genomics").as_posix()
        if uses_jax(tree) and not name.startswith(tuple(MAY_ALL_LOSE)):
            used = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in _NAMES]
            numbers = [node for node in used if ast.unparse(node.value) not in ("lax", "jax.lax")]
            found[name] += len(numbers)
    assert {name: count for name, count in found.items() if count} == {
        name: count for name, (count, _) in MAY_LOSE.items()
    }, "use genomics.extremes, or say here why NaN may be lost"


@pytest.mark.parametrize("count", [1, 23, 24, 64])
def test_one_nan_among_many_reductions_side_by_side(count):
    """On CPUs `jnp.max` of two dozen matrices loses it."""
    values = [np.random.default_rng(number).normal(size=(97, 5)).astype(np.float32) for number in range(count)]
    values[-1][13, 2] = np.nan
    for reduce in (largest, smallest):
        found = np.asarray(jax.jit(lambda arrays, reduce=reduce: jnp.stack([reduce(each) for each in arrays]))(values))
        assert np.isnan(found).tolist() == [False] * (count - 1) + [True]
        by_column = np.asarray(jax.jit(lambda x, reduce=reduce: reduce(x, 0))(values[-1]))
        assert np.isnan(by_column).tolist() == [False, False, True, False, False]


def test_without_nan_they_are_the_maximum_and_the_minimum():
    values = jnp.asarray(np.random.default_rng(0).normal(size=(4, 5, 6)), jnp.float32)
    np.testing.assert_array_equal(largest(values), values.max())
    np.testing.assert_array_equal(smallest(values, (0, 2)), values.min((0, 2)))


def test_the_summary_of_a_scan_keeps_nan():
    effects = np.zeros((3, 40, 4, 30), np.float32)
    effects[1, 7, 2, 3] = np.nan
    found = jax.jit(summarised)(effects)
    for values in found.values():
        assert np.argwhere(np.isnan(np.asarray(values))).tolist() == [[1, 7, 3]]


@pytest.mark.parametrize(("value", "rounding"), [(np.nan, 0.0), (np.inf, 0.0), (1e30, np.inf), (1.0001, 1e-4)])
def test_the_rounding_error_is_that_of_finite_values(value, rounding):
    score = kept(lambda _, x: x, name="effects", replicates=None, summary=False, dtype="float16")
    found = jax.jit(score)(None, jnp.asarray([[1.0], [value]]))
    np.testing.assert_allclose(found["rounding"], rounding, rtol=0.05)
