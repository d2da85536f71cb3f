"""The table of analyses: what `--methods` may name beside the methods that score every base."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from genomics.interpretation import filters
from genomics.interpretation.method import Settings
from genomics.interpretation.sequences import Sequences
from genomics.models.predictor import Predictor


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """A line of the table.

    Attributes:
      run: (network, sequences, settings, output folder, batch size) -> lines that say what was found and where it is.
      attribution: the method whose settings it reads.
    """

    run: Callable[[Predictor, Sequences, Settings, Path, int | None], list[str]]
    attribution: str


#: They run only when named, on all sequences unless their number is given.
ANALYSES: Mapping[str, Analysis] = MappingProxyType(
    {"filters": Analysis(run=filters.analyse_filters, attribution=filters.ATTRIBUTION)}
)


def split(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names that are no analyses, and the analyses without repeats."""
    analyses = dict.fromkeys(name.strip() for name in names if name.strip() in ANALYSES)
    return [name for name in names if name.strip() not in ANALYSES], list(analyses)
