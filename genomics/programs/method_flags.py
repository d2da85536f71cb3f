"""The flags that say which methods explain the network, and how: those of their records of settings."""

import functools
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from absl import flags

from genomics.attribution.layers import format_layers
from genomics.data.dataset import base_frequencies, load
from genomics.errors import InputError
from genomics.interpretation.analyses import ANALYSES, choose
from genomics.interpretation.layers import network_layers
from genomics.interpretation.method import Explainer, Method
from genomics.interpretation.methods import ALL, METHODS
from genomics.interpretation.own_method import own_method
from genomics.interpretation.settings import Asked, Settings
from genomics.models.predictor import Predictor
from genomics.programs import lens_flags, settings_flags
from genomics.programs.code_fingerprint import code_fingerprint
from genomics.programs.named_function import named_function

_OWN = "MODULE:FUNCTION"
#: What --methods may name beside those that `all` stands for.
FURTHER = [*(name for name in METHODS if name not in ALL), *ANALYSES]
NAMES = flags.DEFINE_list(
    "methods",
    ["saliency", "gradient_x_input", "integrated_gradients", "deeplift", "ism"],
    f"Any of {', '.join(ALL)}; all = these; and, only when named, {', '.join(FURTHER)}, or a "
    f"method of your own, {_OWN}.",
)
LIST_LAYERS = flags.DEFINE_boolean(
    "list_layers", False, "Only print the network's layers, and the rules of DeepLIFT and LRP at each."
)

_ELSEWHERE = [lens_flags.GAUGE.name]  # scans have it too
_RECORDS = {name: line.settings for name, line in [*METHODS.items(), *ANALYSES.items()]}
_OF_SETTINGS = [*settings_flags.define(_RECORDS, known=_ELSEWHERE), *_ELSEWHERE]
flags.adopt_module_key_flags(settings_flags)


#: The users' own methods that the command line names, by this name.
_own: dict[str, Method[Any]] = {}
_of_own: list[str] = []


def define_own(argv: Sequence[str]) -> None:
    """Finds the users' own methods in --methods, and defines the flags of their settings; before flags are parsed.

    Args:
      argv: the command line.

    Raises:
      InputError: a method that cannot be imported or has a name that is taken, or two of one name.
    """
    for flag in set(_of_own) & set(flags.FLAGS):
        delattr(flags.FLAGS, flag)
    _own.clear()
    _of_own.clear()
    # The other flags are not known here; arguments may stand among them, as values of those without "=".
    scout = flags.FlagValues()
    flags.DEFINE_list(NAMES.name, NAMES.default, "", flag_values=scout)
    scout(list(argv), known_only=True)
    for spec in dict.fromkeys(name.strip() for name in scout[NAMES.name].value or ()):
        if ":" not in spec:
            continue
        function = named_function(NAMES.name, spec, _OWN)
        code = code_fingerprint(sys.modules[spec.partition(":")[0]])
        _own[spec] = own_method(function, source=spec, code=code)
    names = [_group(spec) for spec in _own]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"--methods={','.join(_own)}: two methods are named {name}")
    records = {_group(spec): method.settings for spec, method in _own.items()}
    _of_own.extend(settings_flags.define(records, known=_OF_SETTINGS))


def _group(spec: str) -> str:
    return spec.rpartition(":")[2]


def asked_for() -> tuple[dict[str, Method[Any]], list[str]]:
    """The methods by name, and the analyses, that --methods asks for.

    Raises:
      InputError: an unknown name, or none.
    """
    methods, analyses = choose(NAMES.value, own=tuple(_own))
    return {_group(name): _own.get(name) or METHODS[name] for name in methods}, analyses


def meant_by_all(methods: Collection[str]) -> set[str]:
    """Those of the methods that --methods does not name, but that its `all` stands for."""
    return set(methods) - {_group(name.strip()) for name in NAMES.value}


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
