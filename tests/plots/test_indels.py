import io

import numpy as np
from matplotlib.image import AxesImage

from genomics.plots.indels import indel_figure


def test_both_panels_share_one_scale_and_frame_the_motifs():
    deletions = np.linspace(-3, 1, 20 * 4, dtype=np.float32).reshape(20, 4)
    deletions[18:, 3] = np.nan
    figure = indel_figure(
        deletions,
        deletions * 2,
        title="seq 1",
        start=1_000_100,
        position="on chr1",
        highlight={"red": [(1_000_103, 1_000_109)]},
    )
    panels = {axes.get_label(): axes for axes in figure.axes}
    images = {
        name: next(artist for artist in panels[name].get_children() if isinstance(artist, AxesImage))
        for name in ("deleted", "inserted")
    }
    assert all((image.norm.vmin, image.norm.vmax) == (-6, 6) for image in images.values())
    np.testing.assert_array_equal(images["deleted"].get_array().filled(np.nan), deletions.T)
    assert panels["deleted"].get_position().y0 > panels["inserted"].get_position().y0
    for name in images:
        (frame,) = panels[name].patches
        assert (frame.get_x(), frame.get_width()) == (1_000_103, 6)
        assert images[name].get_extent() == [1_000_100, 1_000_120, 4.5, 0.5]
    assert panels["inserted"].get_xlabel() == "on chr1"
    figure.draw_without_rendering()
    for name in images:
        axes = panels[name].xaxis
        assert axes.get_offset_text().get_text() == ""
        low, high = panels[name].get_xlim()
        shown = [tick.label1.get_text() for tick in axes.get_major_ticks() if low <= tick.get_loc() <= high]
        assert len(shown) > 1
        assert all(1_000_100 <= float(text) <= 1_000_120 for text in shown)


def test_effects_of_nothing_can_be_drawn():
    for value in (0.0, np.nan):
        table = np.full((20, 1), value, np.float32)
        indel_figure(table, table, title="").savefig(io.BytesIO(), format="png")
