import io

import numpy as np

from genomics.plots.spacing import spacing_figure


def test_every_orientation_is_a_curve_with_its_errors():
    gaps = np.arange(5)
    curves = {name: np.full(5, float(number)) for number, name in enumerate(("++", "+-", "-+", "--"))}
    errors = {name: np.full(5, 0.25) for name in curves}
    figure = spacing_figure(gaps, curves, errors, title="A and B", unit="log count")
    (axes,) = figure.axes
    assert axes.get_ylabel() == "effect beyond the sum (log count)"
    lines = {line.get_label(): line.get_ydata()[0] for line in axes.lines if "_" not in line.get_label()}
    assert lines == {"→ →": 0, "→ ←": 1, "← →": 2, "← ←": 3}
    band = axes.collections[1].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (0.5, 1.5)
    figure.savefig(io.BytesIO(), format="png")
