"""The table of analyses: what `--methods` may name beside the methods that score every base."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from genomics.interpretation.filters import analyse_filters
from genomics.interpretation.method import Settings
from genomics.interpretation.sequences import Sequences
from genomics.models.predictor import Predictor

#: (network, sequences, settings, output folder, batch size) -> lines that say what was found and where it is.
Analysis = Callable[[Predictor, Sequences, Settings, Path, int | None], list[str]]

#: They run only when named, on all sequences unless their number is given.
ANALYSES: Mapping[str, Analysis] = MappingProxyType({"filters": analyse_filters})


def split(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names that are no analyses, and the analyses without repeats."""
    stripped = [name.strip() for name in names]
    analyses = dict.fromkeys(name for name in stripped if name in ANALYSES)
    return [name for name in names if name.strip() not in ANALYSES], list(analyses)
