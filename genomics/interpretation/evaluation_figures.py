"""Figures of an evaluation: `evaluation.png`, `faithfulness.png`, `randomization.png`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from genomics.io.png import write_png
from genomics.plots.faithfulness import faithfulness_figure
from genomics.plots.randomization import randomization_figure
from genomics.plots.ranking import ranking_figure


def draw_evaluation(
    folder: Path,
    truth: Sequence[Mapping[str, Any]],
    faithful: Sequence[Mapping[str, Any]],
    randomised: Mapping[str, Any],
    unit: str = "logit",
) -> list[Path]:
    """Draws what there is.

    Args:
      folder: of the figures.
      truth: records of grades; may be none.
      faithful: records of curves.
      randomised: result of the randomisation; only `why` where it was left out.
      unit: of what the network gives, in a word.

    Returns:
      The files. Of figures that are not drawn an older file is removed: it would tell of another evaluation.
    """
    figures = {
        "evaluation": (truth, lambda: ranking_figure(truth, title="Do methods find the planted bases?")),
        "faithfulness": (
            faithful,
            lambda: faithfulness_figure(
                faithful, title="Bases replaced, and put in, in order of what they add", unit=unit
            ),
        ),
        "randomization": (randomised.get("methods"), lambda: randomization_figure(randomised)),
    }
    drawn = []
    for name, (wanted, figure) in figures.items():
        path = folder / f"{name}.png"
        if not wanted:
            path.unlink(missing_ok=True)
            continue
        write_png(path, figure())
        drawn.append(path)
    return drawn
