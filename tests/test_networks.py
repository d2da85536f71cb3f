"""Every network of the zoo meets every transformation; in the fast suite, those that read its program most closely."""

import pytest

from tests.networks import NETWORKS
from tests.networks.matrix import CHECKS, FAST

#: (network, check) -> what is wrong there.
WRONG = {
    ("decayed sum", "scanned"): "an empty slice cannot be reshaped",
    **dict.fromkeys(
        [("place of the match", check) for check in ("incremental", "ism", "hidden", "pairs")],
        "argmax along the changed axis",
    ),
    **dict.fromkeys(
        [("global product", check) for check in ("incremental", "ism", "hidden", "pairs")],
        "reduce_prod along the changed axis",
    ),
    **dict.fromkeys(
        [(name, "filters") for name in ("flipped kernel", "channels first", "chrombpnet")],
        "the last axis is taken for the filters' axis",
    ),
    **dict.fromkeys(
        [(name, "filters") for name in ("transposed convolution", "tall image", "tall image pooled", "basset")],
        "windows are narrower than the receptive field",
    ),
}


def cells(checks):
    def cell(name, check):
        wrong = WRONG.get((name, check.__name__))
        marks = [pytest.mark.xfail(reason=wrong, strict=True)] if wrong else []
        return pytest.param(name, check, marks=marks, id=f"{name}-{check.__name__}")

    return [cell(name, check) for name in NETWORKS for check in checks]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "check"), cells(FAST))
def test_equal_to_the_plain_way_or_refused_with_the_layer(name, check):
    check(NETWORKS[name], False)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "check"), cells(CHECKS))
def test_in_all_settings(name, check):
    outcomes = check(NETWORKS[name], True)
    assert set(outcomes) == set(CHECKS[check])
