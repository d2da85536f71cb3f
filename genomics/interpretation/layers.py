"""The layers of a trained network."""

from genomics.attribution.deeplift.names import MAX_POOL_RULES, RULES
from genomics.attribution.layers import Layer, layers
from genomics.lenses.networks import one_network
from genomics.models.predictor import Predictor


def network_layers(predictor: Predictor, rule: str = RULES[0], max_pool_rule: str = MAX_POOL_RULES[0]) -> list[Layer]:
    """The network's layers, with the rule that DeepLIFT has for each; of replicates the one that all share."""
    parameters = one_network(predictor.parameters, predictor.replicates)
    return layers(
        lambda x: predictor.apply(parameters, x),
        (predictor.length, 4),
        rule=rule,
        max_pool_rule=max_pool_rule,
    )
