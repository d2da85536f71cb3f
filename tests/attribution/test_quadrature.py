import numpy as np
import pytest

from genomics.attribution.quadrature import nodes_and_weights
from genomics.errors import InputError


@pytest.mark.parametrize("quadrature", ["midpoint", "trapezoid", "gauss_legendre"])
@pytest.mark.parametrize("steps", [2, 3, 50])
def test_weights_sum_to_one_and_nodes_lie_inside(quadrature, steps):
    nodes, weights = nodes_and_weights(quadrature, steps)
    assert len(nodes) == len(weights) == steps
    np.testing.assert_allclose(weights.sum(), 1, rtol=1e-14)
    assert (np.diff(nodes) > 0).all()
    assert nodes[0] >= 0
    assert nodes[-1] <= 1
    np.testing.assert_allclose((weights * nodes).sum(), 0.5, rtol=1e-14)  # all three are exact for a straight line


@pytest.mark.parametrize(("quadrature", "steps", "rate"), [("midpoint", (10, 20), 2), ("trapezoid", (11, 21), 2)])
def test_the_error_falls_at_the_rule_s_rate(quadrature, steps, rate):
    errors = []
    for n in steps:
        nodes, weights = nodes_and_weights(quadrature, n)
        errors.append(abs((weights * np.exp(nodes)).sum() - (np.e - 1)))
    np.testing.assert_allclose(np.log2(errors[0] / errors[1]), rate, atol=0.01)


def test_gauss_legendre_is_exact_to_degree_two_n_minus_one():
    nodes, weights = nodes_and_weights("gauss_legendre", 3)
    np.testing.assert_allclose((weights * nodes**5).sum(), 1 / 6, rtol=1e-14)
    assert abs((weights * nodes**6).sum() - 1 / 7) > 1e-5


def test_unknown_rules_and_too_few_steps_are_refused():
    with pytest.raises(InputError, match="'simpson' is not one of midpoint, trapezoid, gauss_legendre"):
        nodes_and_weights("simpson", 5)
    with pytest.raises(InputError, match="steps=1: quadrature 'trapezoid' needs at least 2"):
        nodes_and_weights("trapezoid", 1)
    with pytest.raises(InputError, match="needs at least 1"):
        nodes_and_weights("midpoint", 0)
