"""Every network of the zoo meets every transformation."""

import pytest

from tests.networks import NETWORKS
from tests.networks.matrix import COLUMNS, FAST

#: (network, column) -> what is wrong there.
WRONG = {
    ("decayed sum", "dense"): "an empty slice cannot be reshaped",
    ("place of the match", "incremental"): "argmax along the changed axis",
    ("global product", "incremental"): "reduce_prod along the changed axis",
}


def cells(columns):
    def cell(name, column):
        wrong = WRONG.get((name, column))
        marks = [pytest.mark.xfail(reason=wrong, strict=True)] if wrong else []
        return pytest.param(name, column, marks=marks, id=f"{name}-{column}")

    return [cell(name, column) for name in NETWORKS for column in columns]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "column"), cells(FAST))
def test_equal_to_the_plain_way_or_refused_with_the_layer(name, column):
    COLUMNS[column](NETWORKS[name], False)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "column"), cells(COLUMNS))
def test_in_all_settings(name, column):
    COLUMNS[column](NETWORKS[name], True)
