"""What is planted in simulated sequences: one line a task."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

# P(k motifs in a sequence) for k = 1..5.
_COUNTS = (0.50, 0.25, 0.17, 0.05, 0.03)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Which motifs are planted, and how many.

    Attributes:
      motifs: identifiers among the packaged motifs, one for each factor; a factor is also a task.
      factors: the names of the factors and tasks.
      count_probabilities: P(k motifs are planted in a sequence), k = 1, 2, ...
    """

    motifs: tuple[str, ...]
    factors: tuple[str, ...]
    count_probabilities: tuple[float, ...] = _COUNTS


def _recipe(**motif_of_factor: str) -> Recipe:
    return Recipe(motifs=tuple(motif_of_factor.values()), factors=tuple(motif_of_factor))


#: The lab's three factors, and the twelve of Koo & Eddy (2019, doi:10.1371/journal.pcbi.1007560).
RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "lab": _recipe(CTCF="MA0139.1", Arid3a="MA0151.1", MAFK="MA0496.1"),
        "koo_eddy": _recipe(
            Arid3a="MA0151.1",
            CEBPB="MA0466.2",
            FOSL1="MA0477.1",
            Gabpa="MA0062.2",
            MAFK="MA0496.1",
            MAX="MA0058.3",
            MEF2A="MA0052.3",
            NFYB="MA0502.1",
            SP1="MA0079.3",
            SRF="MA0083.3",
            STAT1="MA0137.3",
            YY1="MA0095.2",
        ),
    }
)
