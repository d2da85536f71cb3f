"""What a network of the zoo is."""

from collections.abc import Callable
from dataclasses import dataclass

from jax import Array

from tests.networks.layers import LENGTH

Predict = Callable[[Array], Array]


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network and what it is there for.

    Attributes:
      name: of its function, in words.
      about: the first line of its docstring.
      predict: (length, 4) -> (T,), in the precision of its input.
      length: positions of its input.
      tolerance: of comparisons in double precision.
      lines: whether relevance by the rule 0 is x times the gradient that it has when every activation is a line through
        zero: not where a constant is added to what is no layer's output, nor where values that depend on the sequence
        multiply or divide one another.
    """

    name: str
    about: str
    predict: Predict
    length: int
    tolerance: float
    lines: bool


#: Name -> network, in the order of the files.
NETWORKS: dict[str, Network] = {}


def network(length: int = LENGTH, tolerance: float = 1e-10, lines: bool = True) -> Callable[[Predict], Predict]:
    """Puts a function into the zoo."""

    def register(predict: Predict) -> Predict:
        name = predict.__name__.replace("_", " ")
        assert name not in NETWORKS, name
        about = (predict.__doc__ or "").splitlines()[0]
        NETWORKS[name] = Network(
            name=name, about=about, predict=predict, length=length, tolerance=tolerance, lines=lines
        )
        return predict

    return register
