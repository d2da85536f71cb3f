"""The flags that say which methods explain the network, and how."""

from collections.abc import Callable, Sequence
from pathlib import Path

from absl import flags

from genomics.attribution.layers import format_layers
from genomics.attribution.references import Reference, parse_reference, shared_rows
from genomics.data.dataset import base_frequencies, load
from genomics.errors import InputError
from genomics.interpretation.analyses import ANALYSES
from genomics.interpretation.inserts import parse_backgrounds, parse_insert
from genomics.interpretation.layers import network_layers
from genomics.interpretation.method import Settings
from genomics.interpretation.methods import METHODS
from genomics.models.predictor import Predictor
from genomics.mutagenesis.epistasis import parse_pairs
from genomics.mutagenesis.gauge import GAUGES

_ALL = [name for name, method in METHODS.items() if method.in_all]
_NAMED = [*(name for name in METHODS if name not in _ALL), *ANALYSES]
_METHODS_HELP = f"Any of {', '.join(_ALL)}; all = these; and, only when named, {', '.join(_NAMED)}."
_DEFAULT = ["saliency", "gradient_x_input", "integrated_gradients", "deeplift", "ism"]
NAMES = flags.DEFINE_list("methods", _DEFAULT, _METHODS_HELP)
RULE = flags.DEFINE_enum(
    "rule", "genomics_default", ["genomics_default", "rescale", "reveal_cancel"], "Of deeplift, at activations."
)
MAX_POOL_RULE = flags.DEFINE_enum(
    "max_pool_rule",
    "cross",
    ["cross", "gradient"],
    "Of deeplift and deepshap; gradient does not sum to the difference.",
)
REFERENCE = flags.DEFINE_string(
    "reference",
    None,
    "What sequences are compared with, and what hides a window: zeros, uniform, background (base frequencies of the "
    "training split), four frequencies as 0.3,0.2,0.2,0.3, dinucleotide:K (shuffles of each sequence), or FILE.npy. "
    "Default: zeros; dinucleotide:20 for expected_gradients. deepshap is always dinucleotide:20.",
)
LAYER = flags.DEFINE_string(
    "layer",
    None,
    "An index or name of --list_layers: deeplift and deepshap also give the scores of this layer; grad_cam and "
    "guided_grad_cam look at it instead of the last convolution.",
)
LIST_LAYERS = flags.DEFINE_boolean(
    "list_layers", False, "Only print the network's layers, and DeepLIFT's rule of each."
)
SAMPLES = flags.DEFINE_integer("samples", 50, "Of smoothgrad and expected_gradients.", lower_bound=1)
STEPS = flags.DEFINE_integer("steps", 50, "Of integrated_gradients.", lower_bound=1)
ISM = flags.DEFINE_enum(
    "ism", "fast", ["fast", "naive"], "How ism is computed: only what each mutation changes, or every mutant in full."
)
GAUGE = flags.DEFINE_enum("gauge", "delta", list(GAUGES), "What the zero and the unit of ism are.")
AVERAGE_STRANDS = flags.DEFINE_boolean(
    "average_strands", False, "Of ism: the mean of the sequence's and its reverse complement's, mapped back."
)
OCCLUSION_WIDTH = flags.DEFINE_integer("occlusion_width", 9, "Positions that occlusion hides at a time.", lower_bound=1)
PAIRS = flags.DEFINE_string(
    "pairs", "all", "Of epistasis: all, window:W (positions at most W apart) or top:K (the K strongest positions)."
)
MAX_INDEL = flags.DEFINE_integer("max_indel", 6, "Of indels: longest deletion and insertion.", lower_bound=1)
MOTIFS = flags.DEFINE_list(
    "motif", [], "Of marginalize and (two of them) spacing: names or identifiers of JASPAR motifs, or sequences."
)
BACKGROUNDS = flags.DEFINE_string(
    "backgrounds", "dinucleotide:1000", "Of marginalize and spacing: dinucleotide:K, shuffles of the sequences."
)
CONVOLUTION = flags.DEFINE_integer(
    "convolution",
    1,
    "Of filters: which convolution; of deeper ones the whole receptive field is looked at.",
    lower_bound=1,
)
SITE_RULE = flags.DEFINE_enum(
    "site_rule",
    "half_max",
    ["half_max", "basset", "best"],
    "Of filters: a site responds with more than half of the filter's highest, more than mean + (highest - mean) / 2 "
    "before the activation, or is the best of its sequence.",
)

# Those that only some methods read.
_OF_METHODS = (
    *(RULE, MAX_POOL_RULE, REFERENCE, LAYER, SAMPLES, STEPS),
    *(ISM, GAUGE, AVERAGE_STRANDS, OCCLUSION_WIDTH, PAIRS),
    *(MAX_INDEL, MOTIFS, BACKGROUNDS, CONVOLUTION, SITE_RULE),
)


def load_settings(predictor: Predictor, seed: int, data_path: Callable[[], Path]) -> Settings:
    """The settings of all methods.

    Args:
      predictor: the network.
      seed: of everything random.
      data_path: gives the data set whose training split is the background; called only where that is asked for.

    Raises:
      InputError: a reference that is none, or a layer that the network has not.
    """
    parse_pairs(PAIRS.value)  # refuses another text before anything is computed
    return Settings(
        seed=seed,
        rule=RULE.value,
        max_pool_rule=MAX_POOL_RULE.value,
        reference=_reference("zeros", predictor.length, seed, data_path),
        distribution=_reference("dinucleotide:20", predictor.length, seed, data_path),
        layer=_layer(predictor),
        steps=STEPS.value,
        samples=SAMPLES.value,
        ism=ISM.value,
        gauge=GAUGE.value,
        average_strands=AVERAGE_STRANDS.value,
        occlusion_width=OCCLUSION_WIDTH.value,
        pairs=PAIRS.value,
        max_indel=_max_indel(predictor.length),
        motif=tuple(parse_insert(text) for text in MOTIFS.value if text.strip()),
        backgrounds=parse_backgrounds(BACKGROUNDS.value),
        convolution=CONVOLUTION.value,
        site_rule=SITE_RULE.value,
    )


def _reference(default: str, length: int, seed: int, data_path: Callable[[], Path]) -> Reference:
    text = default if REFERENCE.value is None else REFERENCE.value
    background = None
    if text == "background":
        background = base_frequencies(load(data_path(), splits=["train"]).splits["train"].bases).tolist()
    reference = parse_reference(text, background=background, seed=seed)
    shared_rows(reference, length)  # refuses a file of another length before anything is computed
    return reference


def unread_flags(methods: Sequence[str], analyses: Sequence[str]) -> list[str]:
    """The flags of this file that the command line gives, and that none of the methods and analyses reads."""
    lines = [*(METHODS[name] for name in methods), *(ANALYSES[name] for name in analyses)]
    read = {name for line in lines for name in line.settings}
    return [flag.name for flag in _OF_METHODS if flags.FLAGS[flag.name].present and flag.name not in read]


def _max_indel(length: int) -> int:
    if flags.FLAGS["max_indel"].present and MAX_INDEL.value >= length:
        raise InputError(f"--max_indel={MAX_INDEL.value}: must be below the sequences' length {length}")
    return min(MAX_INDEL.value, length - 1)


def list_layers(predictor: Predictor) -> str:
    """The table of layers that --list_layers prints."""
    return format_layers(network_layers(predictor, RULE.value, MAX_POOL_RULE.value))


def _layer(predictor: Predictor) -> str | None:
    """The name of the layer that --layer asks for."""
    wanted = LAYER.value
    if wanted is None:
        return None
    found = network_layers(predictor, RULE.value, MAX_POOL_RULE.value)
    for layer in found:
        if wanted in (str(layer.index), layer.name):
            return layer.name
    names = ", ".join(f"{layer.index} {layer.name}" for layer in found)
    raise InputError(f"--layer={wanted}: must be one of {names}")
