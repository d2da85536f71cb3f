import io

import numpy as np
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from genomics.plots.heatmap import draw_heat_map


def _drawn(effects: np.ndarray, bases: np.ndarray, **options):
    figure = Figure(figsize=(8, 2))
    axes = draw_heat_map(figure.add_subplot(), effects, bases, **options)
    image = next(artist for artist in axes.get_children() if isinstance(artist, AxesImage))
    return figure, axes, image


def _example():
    bases = np.array([0, 3, 4, 2], np.uint8)
    effects = np.array([[0, -2, 1, 0.5], [0, 0, 0, 0], [np.nan] * 4, [0.25, 0, 0, 0]], np.float32)
    return effects, bases


def test_colours_are_centred_on_zero():
    _, _, image = _drawn(*_example())
    assert image.norm(0.0) == 0.5
    assert image.norm(2.0) == 1.0
    red, green, blue, _ = image.cmap(image.norm(1.5))
    assert red > max(green, blue)
    red, green, blue, _ = image.cmap(image.norm(-1.5))
    assert blue > max(red, green)


def test_rows_are_bases_and_unknown_positions_are_grey():
    effects, bases = _example()
    _, axes, image = _drawn(effects, bases)
    data = image.get_array()
    assert data.shape == (4, 4)
    assert data[1, 0] == -2
    assert data.mask[:, 2].all()
    red, green, blue, _ = image.cmap(data)[0, 2]
    assert red == green == blue < 0.95
    assert [label.get_text() for label in axes.get_yticklabels()] == ["A", "C", "G", "T"]
    top, bottom = axes.transData.transform([(0, 0.5), (0, 3.5)])[:, 1]
    assert top > bottom  # A above T


def test_observed_bases_are_marked_and_unknown_ones_are_not():
    _, axes, _ = _drawn(*_example())
    (marks,) = axes.lines
    np.testing.assert_array_equal(marks.get_xydata(), [[0.5, 0.5], [1.5, 3.5], [3.5, 2.5]])


def test_the_scale_can_be_shared_and_is_shown():
    figure, axes, image = _drawn(*_example(), limit=10.0, label="Δ")
    assert (image.norm.vmin, image.norm.vmax) == (-10, 10)
    (bar,) = (other for other in figure.axes if other is not axes)
    assert bar.get_ylabel() == "Δ"


def test_effects_of_nothing_but_zero_or_nan_can_be_drawn():
    for value in (0.0, np.nan):
        figure, _, image = _drawn(np.full((3, 4), value, np.float32), np.full(3, 4, np.uint8))
        assert image.norm.vmax == 1
        figure.savefig(io.BytesIO(), format="png")
