"""The table of analyses: what `--methods` may name beside the methods that score every base."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from genomics.interpretation.filter_settings import FilterSettings
from genomics.interpretation.marginals import (
    MarginalSettings,
    analyse_marginals,
    analyse_spacing,
    check_marginals,
    check_spacing,
)
from genomics.interpretation.methods import chosen
from genomics.interpretation.sequences import Sequences
from genomics.interpretation.settings import Settings
from genomics.models.predictor import Predictor

S = TypeVar("S", bound=Settings)


@dataclass(frozen=True, kw_only=True)
class Analysis(Generic[S]):
    """A line of the table.

    Attributes:
      run: (network, sequences, settings, output folder, batch size) -> lines that say what was found and where it is.
      settings: the record of its settings, whose fields are flags.
      check: raises `InputError` where the settings do not suffice, before anything is computed.
    """

    run: Callable[[Predictor, Sequences, S, Path, int | None], list[str]]
    settings: type[S]
    check: Callable[[Predictor, S], None] = lambda *_: None


def _analyse_filters(
    predictor: Predictor, sequences: Sequences, settings: FilterSettings, output: Path, batch_size: int | None
) -> list[str]:
    # Imported late: the statistics behind it take a second, at every start of the program.
    from genomics.interpretation.filters import analyse_filters

    return analyse_filters(predictor, sequences, settings, output, batch_size)


#: They run only when named, on all sequences unless their number is given.
ANALYSES: Mapping[str, Analysis[Any]] = MappingProxyType(
    {
        "filters": Analysis(run=_analyse_filters, settings=FilterSettings),
        "marginalize": Analysis(run=analyse_marginals, settings=MarginalSettings, check=check_marginals),
        "spacing": Analysis(run=analyse_spacing, settings=MarginalSettings, check=check_spacing),
    }
)


def choose(names: Sequence[str], own: Sequence[str] = ()) -> tuple[list[str], list[str]]:
    """The methods and the analyses that a list of names asks for, without repeats; `all` = the methods that it means.

    Args:
      names: in any order.
      own: names of methods that are in no table.

    Raises:
      InputError: an unknown name, or none.
    """
    analyses = list(dict.fromkeys(name.strip() for name in names if name.strip() in ANALYSES))
    rest = [name for name in names if name.strip() not in ANALYSES]
    if analyses and not any(name.strip() for name in rest):
        return [], analyses
    return chosen(rest, also=tuple(ANALYSES), own=own), analyses
