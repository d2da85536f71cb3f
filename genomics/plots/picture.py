"""A figure that a notebook shows without pyplot."""

import io

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


class Picture(Figure):
    """A figure of matplotlib; as the last line of a notebook's cell it is drawn, whatever backend is set."""

    def _repr_png_(self) -> bytes:
        drawn = io.BytesIO()
        FigureCanvasAgg(self).print_png(drawn)
        return drawn.getvalue()
