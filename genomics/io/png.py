"""Figures as PNG files: https://www.w3.org/TR/png/ ."""

import io
import os
from typing import Any, Protocol, runtime_checkable

from genomics.io.atomic import write_bytes


@runtime_checkable
class Figure(Protocol):
    """What is asked of a figure of matplotlib, which takes a while to import."""

    def savefig(self, fname: Any, **kwargs: Any) -> None:
        """Draws into a file."""
        ...


#: Levels of zlib.
_USUAL, _FAST = 6, 1


def write_png(path: str | os.PathLike[str], figure: Figure, *, dpi: int | None = None, fast: bool = False) -> None:
    """Draws a figure into a file.

    Args:
      path: the file.
      figure: of matplotlib.
      dpi: dots an inch; by default the figure's own.
      fast: for hundreds of figures: compressed less, in less time.

    Raises:
      InputError: the file cannot be written.
    """
    drawn = io.BytesIO()
    level = {"compress_level": _FAST if fast else _USUAL}
    figure.savefig(drawn, format="png", dpi="figure" if dpi is None else dpi, pil_kwargs=level)
    write_bytes(path, drawn.getvalue())
