"""The flags that say which methods explain the network, and how: those of their records of settings."""

import functools
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from absl import flags

from genomics.attribution.layers import format_layers
from genomics.data.dataset import base_frequencies, load
from genomics.interpretation.analyses import ANALYSES, choose
from genomics.interpretation.layers import network_layers
from genomics.interpretation.method import Explainer, Method
from genomics.interpretation.methods import ALL, METHODS
from genomics.interpretation.settings import Asked, Settings
from genomics.models.predictor import Predictor
from genomics.programs import settings_flags

_NAMED = [*(name for name in METHODS if name not in ALL), *ANALYSES]
NAMES = flags.DEFINE_list(
    "methods",
    ["saliency", "gradient_x_input", "integrated_gradients", "deeplift", "ism"],
    f"Any of {', '.join(ALL)}; all = these; and, only when named, {', '.join(_NAMED)}.",
)
LIST_LAYERS = flags.DEFINE_boolean(
    "list_layers", False, "Only print the network's layers, and DeepLIFT's rule of each."
)

_OF_SETTINGS = settings_flags.define({name: line.settings for name, line in [*METHODS.items(), *ANALYSES.items()]})
flags.adopt_module_key_flags(settings_flags)


def asked_for() -> tuple[dict[str, Method[Any]], list[str]]:
    """The methods by name, and the analyses, that --methods asks for.

    Raises:
      InputError: an unknown name, or none.
    """
    methods, analyses = choose(NAMES.value)
    return {name: METHODS[name] for name in methods}, analyses


def meant_by_all(methods: Collection[str]) -> set[str]:
    """Those of the methods that --methods does not name, but that its `all` stands for."""
    return set(methods) - {name.strip() for name in NAMES.value}


def load_settings(
    predictor: Predictor, seed: int, data_path: Callable[[], Path], methods: Mapping[str, Method[Any]] | None = None
) -> tuple[dict[str, Explainer], dict[str, Settings]]:
    """All methods under the settings of the command line, and the settings of all analyses, by name.

    Args:
      predictor: the network.
      seed: of everything random.
      data_path: gives the data set whose training split is the background; called only where that is asked for.
      methods: that are asked for, beside those of the table.

    Raises:
      InputError: a flag's value fits neither its field nor the network.
    """

    @functools.cache
    def background() -> list[float]:
        return base_frequencies(load(data_path(), splits=["train"]).splits["train"].bases).tolist()

    read = settings_flags.reader(Asked(predictor=predictor, seed=seed, background=background))
    explainers = {
        name: Explainer(name=name, method=method, settings=read(method.settings))
        for name, method in {**METHODS, **(methods or {})}.items()
    }
    return explainers, {name: read(line.settings) for name, line in ANALYSES.items()}


def unread_flags(methods: Mapping[str, Method[Any]], analyses: list[str]) -> list[str]:
    """The flags of settings that the command line gives, and that none of the methods and analyses reads."""
    lines = [*methods.values(), *(ANALYSES[name] for name in analyses)]
    return settings_flags.unread(_OF_SETTINGS, [line.settings for line in lines])


def list_layers(predictor: Predictor) -> str:
    """The table of layers that --list_layers prints."""
    rule, max_pool_rule = (str(flags.FLAGS[name].value) for name in ("rule", "max_pool_rule"))
    return format_layers(network_layers(predictor, rule, max_pool_rule))
