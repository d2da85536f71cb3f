"""A zoo of small networks that every transformation and every method meets.

A network is a plain JAX function of one sequence with a docstring of one line that says what it is there for. A new one
is a function in one of these files, and nothing else. What each method makes of each network is a matrix, which
`python -m tests.networks` prints and `docs/networks.md` holds.
"""

from tests.networks import activations, convolutions, gates, mixing, pools, published, shapes
from tests.networks.record import NETWORKS, Network

__all__ = ["NETWORKS", "Network", "activations", "convolutions", "gates", "mixing", "pools", "published", "shapes"]
