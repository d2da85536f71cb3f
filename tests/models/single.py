"""A network with one input and one output as the function of one sequence that most tests want."""

from dataclasses import dataclass
from typing import Any

from genomics.io.keras import KerasModel, KerasOutput, Source
from genomics.models.keras import build, load
from genomics.models.network import Network
from genomics.models.sequence_input import sequence_input


@dataclass(frozen=True, kw_only=True)
class Single:
    """`apply` maps (parameters, (L, 4)) to (T,)."""

    network: Network
    length: int
    apply: Any

    @property
    def parameters(self):
        return self.network.parameters

    @property
    def num_tasks(self):
        return self.network.outputs[0].size

    @property
    def removed_activation(self):
        return self.network.outputs[0].removed

    @property
    def layer_names(self):
        return self.network.layer_names

    @property
    def in_doubt(self):
        return self.network.in_doubt


def single(network: Network) -> Single:
    (output,) = network.outputs
    given = sequence_input(network)
    return Single(
        network=network,
        length=given.length,
        apply=lambda parameters, x: network.apply(parameters, *given.arrange(x))[0].reshape(output.shape),
    )


def built(model: KerasModel, **options: Any) -> Single:
    return single(build(model, **options))


def loaded(path: Any, **options: Any) -> Single:
    return single(load(path, **options))


def ended(calls) -> tuple[KerasOutput, ...]:
    """The output of a network that ends in its last call."""
    return (KerasOutput(name=calls[-1].layer, source=Source(calls[-1].layer, calls[-1].index)),)
