"""Every network of the zoo meets every transformation; in the fast suite, those that read its program most closely."""

import jax
import jaxtyping
import pytest

from tests.networks import NETWORKS
from tests.networks.matrix import CHECKS, FAST

#: (network, check) -> what is wrong there.
WRONG: dict[tuple[str, str], str] = {}


def cells(checks):
    def cell(name, check):
        wrong = WRONG.get((name, check.__name__))
        marks = [pytest.mark.xfail(reason=wrong, strict=True)] if wrong else []
        return pytest.param(name, check, marks=marks, id=f"{name}-{check.__name__}")

    return [cell(name, check) for name in NETWORKS for check in checks]


@pytest.fixture(autouse=True)
def _caches():
    """What was compiled for one network serves no other."""
    yield
    jax.clear_caches()


@pytest.fixture
def _without_checks_of_shapes():
    """They take a third of the time, and are made in the slow suite."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.mark.usefixtures("_without_checks_of_shapes")
@pytest.mark.parametrize(("name", "check"), cells(FAST))
def test_equal_to_the_plain_way_or_refused_with_the_layer(name, check):
    check(NETWORKS[name], False)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "check"), cells(CHECKS))
def test_in_all_settings(name, check):
    outcomes = check(NETWORKS[name], True)
    assert tuple(outcomes) == CHECKS[check]


def test_every_network_says_what_it_is_there_for():
    assert all(network.about.endswith(".") for network in NETWORKS.values())
    assert len({network.about for network in NETWORKS.values()}) == len(NETWORKS)
