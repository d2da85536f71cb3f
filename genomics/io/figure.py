"""Figures as files: PNG, or SVG and PDF whose text stays text."""

import io
import os
from pathlib import Path
from typing import Any

from genomics.io.atomic import write_bytes
from genomics.io.png import Figure, write_png

#: Endings that figures may have.
FORMATS = ("png", "svg", "pdf")
# Fonts by name in SVG, as TrueType in PDF, so that an editor of drawings finds words; ids that do not change.
_TEXT: dict[Any, Any] = {"svg.fonttype": "none", "pdf.fonttype": 42, "svg.hashsalt": "genomics"}
_UNDATED = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}


def write_figure(path: str | os.PathLike[str], figure: Figure) -> None:
    """Draws a figure into a file whose ending is one of `FORMATS`; a PNG is compressed for speed.

    Raises:
      InputError: the file cannot be written.
    """
    kind = Path(path).suffix[1:]
    if kind == "png":
        write_png(path, figure, fast=True)
        return
    import matplotlib  # late: it takes a while, and every program asks for the formats

    drawn = io.BytesIO()
    with matplotlib.rc_context(_TEXT):
        figure.savefig(drawn, format=kind, metadata=_UNDATED[kind])
    write_bytes(path, drawn.getvalue())
