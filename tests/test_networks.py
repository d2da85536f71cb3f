"""Every network of the zoo meets every transformation; in the fast suite, those that read its program most closely."""

import jax
import jaxtyping
import pytest

from tests.networks import NETWORKS
from tests.networks.checks.fast import at_once
from tests.networks.matrix import CHECKS
from tests.networks.page import COLUMNS, PAGE, parse, render, told

#: (network,) or (network, check) -> what is wrong there.
WRONG: dict[tuple[str, ...], str] = {}


#: Their kinds of layers are those of smaller networks: they run with the slow tests alone.
LARGEST = ("basset", "bpnet", "chrombpnet", "enformer", "legnet")


def cells(names):
    def cell(*names):
        marks = [pytest.mark.xfail(reason=WRONG[names], strict=True)] if names in WRONG else []
        marks += [pytest.mark.slow] if names[0] in LARGEST else []
        return pytest.param(*names, marks=marks, id="-".join(names))

    return [cell(*each) for each in names]


@pytest.fixture
def _forgotten():
    """What was compiled for one network serves no other, and would fill the memory."""
    yield
    jax.clear_caches()


@pytest.fixture
def _without_checks_of_shapes():
    """They take a third of the time, and are made in the slow suite."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.mark.usefixtures("_without_checks_of_shapes")
@pytest.mark.parametrize("name", cells((name,) for name in NETWORKS))
def test_equal_to_the_plain_way_or_refused_with_the_layer(name):
    found = {column: outcome.mark for column, outcome in at_once(NETWORKS[name]).items()}
    page = {column: parse(PAGE.read_text())[name][column].mark for column in found}
    # In blocks of another size, as `test_in_all_settings` asks for them, more may be computed in full.
    assert found == page or found == page | {"incremental": "="}


@pytest.mark.slow
@pytest.mark.usefixtures("_forgotten")
@pytest.mark.parametrize(("name", "check"), cells((name, check.__name__) for name in NETWORKS for check in CHECKS))
def test_in_all_settings_and_as_the_page_says(name, check):
    check, columns = next((each, columns) for each, columns in CHECKS.items() if each.__name__ == check)
    outcomes = check(NETWORKS[name], True)
    assert set(outcomes) == set(columns)
    as_the_page_says(outcomes, name)


def as_the_page_says(outcomes, name):
    """Where this fails and the change is meant: `python -m tests.networks --write`."""
    page = parse(PAGE.read_text())[name]
    found = {column: (outcome.mark, told(outcome.reason)) for column, outcome in outcomes.items()}
    assert found == {column: (page[column].mark, page[column].reason) for column in outcomes}


def test_the_page_has_all_networks_and_nothing_else():
    outcomes = parse(PAGE.read_text())
    assert list(outcomes) == list(NETWORKS)
    assert all(tuple(of) == COLUMNS for of in outcomes.values())
    assert render(outcomes) == PAGE.read_text()


def test_every_network_says_what_it_is_there_for():
    assert all(network.about.endswith(".") for network in NETWORKS.values())
    assert len({network.about for network in NETWORKS.values()}) == len(NETWORKS)
