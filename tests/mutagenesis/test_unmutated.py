"""Windows of blocks of few positions as slices of a longer array."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from genomics.mutagenesis.incremental.span import ALL, Span
from genomics.mutagenesis.incremental.unmutated import Margin, Unmutated

SIZE, LOW, HIGH = 12, -3, 4


def span_of(unit, starts, block=0):
    last = np.full(len(starts), 3)
    return Span(axis=0, size=SIZE, starts=np.array(starts), width=HIGH, block=block, last=last, unit=unit)


@pytest.mark.parametrize(("unit", "starts"), [(3, (0, 1, 2)), (-3, (11, 10, 9)), (4, (-2, 1))])
def test_slices_are_the_columns_that_a_gather_finds(unit, starts):
    array = jnp.arange(2.0 * SIZE).reshape(SIZE, 2)
    margin = Margin(array=array)
    value, plain = Unmutated(array=array, margin=margin), Unmutated(array=array)
    value.window(span_of(unit, starts), ALL, LOW, HIGH)
    margin.widen()
    assert margin.wide is not None
    assert len(margin.wide) == margin.before + SIZE + margin.behind
    for block in range(4):
        span = span_of(unit, starts, block)
        found = margin.windows(span, ALL, LOW, HIGH)
        np.testing.assert_array_equal(found, plain.window(span, ALL, LOW, HIGH))
        inside = np.asarray(span.columns(ALL, LOW, HIGH))
        existing = (inside >= 0) & (inside < SIZE)
        np.testing.assert_array_equal(np.asarray(found)[:, 0][existing], array[inside[existing]])


def test_what_was_not_asked_for_is_gathered():
    array = jnp.arange(SIZE)
    margin = Margin(array=array)
    margin.widen()
    assert margin.wide is None  # nothing is held
    assert margin.windows(replace(span_of(3, (0, 1)), unit=0), ALL, 0, 1) is None
    assert margin.windows(span_of(3, (0, 1)), ALL, 0, 1) is None
    margin.widen()
    assert margin.windows(span_of(3, (0, 1)), ALL, -5, 1) is None  # reaches farther
