import time

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from genomics.plots.logo import COLOURS, draw_logo


def _axes():
    return Figure(figsize=(20, 2)).add_subplot()


def _letters(axes) -> PathCollection:
    (letters,) = (artist for artist in axes.collections if isinstance(artist, PathCollection))
    return letters


def _boxes(axes, base: int) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right, top of each letter of a base, rounded."""
    path = _letters(axes).get_paths()[base]
    starts = np.flatnonzero(path.codes == 1) if path.codes is not None else []
    contours = np.split(path.vertices, starts[1:]) if len(starts) else []
    boxes = {}
    for contour in contours:  # the hole of an A lies within its outline, in the same cell
        cell = int(np.floor(contour[:, 0].mean()))
        low, high = contour.min(0), contour.max(0)
        old = boxes.get(cell, (np.inf, np.inf, -np.inf, -np.inf))
        boxes[cell] = (min(old[0], low[0]), min(old[1], low[1]), max(old[2], high[0]), max(old[3], high[1]))
    return [tuple(round(float(value), 6) for value in boxes[cell]) for cell in sorted(boxes)]


def test_letters_stack_away_from_zero_with_the_smallest_next_to_the_axis():
    axes = draw_logo(_axes(), np.array([[1.0, 3.0, -2.0, -0.5]]))
    (a,), (c,), (g,), (t,) = (_boxes(axes, base) for base in range(4))
    assert (a[1], a[3]) == (0, 1)
    assert (c[1], c[3]) == (1, 4)
    assert (t[1], t[3]) == (-0.5, 0)
    assert (g[1], g[3]) == (-2.5, -0.5)


def test_a_letter_fills_its_own_position():
    scores = np.zeros((5, 4))
    scores[3, 0] = 1
    (a,) = _boxes(draw_logo(_axes(), scores, start=10), 0)
    assert 13 < a[0] < 13.1
    assert 13.9 < a[2] < 14


def test_negative_letters_are_mirrored():
    def crossing(score: float) -> float:
        """Mean height of an A's vertices as a share of the letter: it has its bar below the middle."""
        scores = np.array([[score, 0, 0, 0]])
        return float((_letters(draw_logo(_axes(), scores)).get_paths()[0].vertices[:, 1] / score).mean())

    assert crossing(-2.0) == pytest.approx(crossing(2.0))


def test_zero_and_nan_draw_no_letter():
    scores = np.array([[0, np.nan, 0, 1.0], [np.nan, 0, np.inf, 0]])
    axes = draw_logo(_axes(), scores)
    assert [len(_boxes(axes, base)) for base in range(4)] == [0, 0, 0, 1]


def test_colours_are_green_blue_orange_red():
    colours = _letters(draw_logo(_axes(), np.eye(4))).get_facecolors()
    np.testing.assert_allclose(colours, [to_rgba(colour) for colour in COLOURS])
    (a, c, g, t) = np.round(colours[:, :3], 1)
    assert a.argmax() == 1
    assert c.argmax() == 2
    assert g[0] > g[1] > g[2]
    assert t.argmax() == 0


def test_limits_and_ticks():
    scores = np.array([[2.0, 1, 0, -1], [0, 0, 0, -5]])
    axes = draw_logo(_axes(), scores, subticks_frequency=1.0, height_padding_factor=0.2)
    assert axes.get_xlim() == (-1, 3)
    assert axes.get_ylim() == pytest.approx((-5 - 1, 3 + 1))  # 0.2 of the highest stack, 5
    np.testing.assert_array_equal(axes.get_xticks(), [0, 1, 2])


def test_a_logo_of_nothing_has_limits():
    low, high = draw_logo(_axes(), np.zeros((3, 4))).get_ylim()
    assert low < 0 < high


def test_highlights_frame_their_letters():
    scores = np.zeros((10, 4))
    scores[2, 1], scores[4, 0], scores[8, 0] = 3, -1, 50
    axes = draw_logo(_axes(), scores, highlight={"red": [(2, 5)]})
    frame = next(patch for patch in axes.patches if isinstance(patch, Rectangle) and not patch.get_fill())
    assert (frame.get_x(), frame.get_width()) == (2, 3)
    assert frame.get_y() < -1 < 3 < frame.get_y() + frame.get_height() < 50
    assert frame.get_edgecolor() == to_rgba("red")


@pytest.mark.parametrize("interval", [(-1, 2), (2, 2), (9, 11)])
def test_a_highlight_outside_the_logo_is_an_error(interval):
    with pytest.raises(ValueError, match=r"must be an interval within 0\.\.10"):
        draw_logo(_axes(), np.ones((10, 4)), highlight={"red": [interval]})


def test_a_logo_is_drawn_fast():
    scores = np.random.default_rng(0).normal(size=(200, 4))
    draw_logo(_axes(), scores)  # reads the font once
    fastest = np.inf
    for _ in range(15):
        axes = _axes()
        start = time.perf_counter()
        draw_logo(axes, scores)
        fastest = min(fastest, time.perf_counter() - start)
    assert fastest < 0.05
