"""The table of analyses: what `--methods` may name beside the methods that score every base."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from genomics.interpretation.marginals import analyse_marginals, analyse_spacing, check_marginals, check_spacing
from genomics.interpretation.method import Settings
from genomics.interpretation.methods import METHODS, chosen
from genomics.interpretation.sequences import Sequences
from genomics.models.predictor import Predictor


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """A line of the table.

    Attributes:
      run: (network, sequences, settings, output folder, batch size) -> lines that say what was found and where it is.
      settings: fields of `Settings`, and flags of these names, that change what it finds.
      check: raises `InputError` where the settings do not suffice, before anything is computed.
    """

    run: Callable[[Predictor, Sequences, Settings, Path, int | None], list[str]]
    settings: tuple[str, ...]
    check: Callable[[Predictor, Settings], None] = lambda *_: None


def _analyse_filters(
    predictor: Predictor, sequences: Sequences, settings: Settings, output: Path, batch_size: int | None
) -> list[str]:
    # Imported late: the statistics behind it take a second, at every start of the program.
    from genomics.interpretation.filters import analyse_filters

    return analyse_filters(predictor, sequences, settings, output, batch_size)


#: They run only when named, on all sequences unless their number is given.
ANALYSES: Mapping[str, Analysis] = MappingProxyType(
    {
        "filters": Analysis(run=_analyse_filters, settings=(*METHODS["deeplift"].settings, "convolution", "site_rule")),
        "marginalize": Analysis(run=analyse_marginals, settings=("motif", "backgrounds"), check=check_marginals),
        "spacing": Analysis(run=analyse_spacing, settings=("motif", "backgrounds"), check=check_spacing),
    }
)


def choose(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The methods and the analyses that a list of names asks for, without repeats; `all` = the methods that it means.

    Raises:
      InputError: an unknown name, or none.
    """
    analyses = list(dict.fromkeys(name.strip() for name in names if name.strip() in ANALYSES))
    rest = [name for name in names if name.strip() not in ANALYSES]
    methods = [] if analyses and not any(name.strip() for name in rest) else chosen(rest, also=tuple(ANALYSES))
    return methods, analyses
