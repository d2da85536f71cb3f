import io

import numpy as np
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from genomics.plots.epistasis import draw_epistasis, epistasis_figure, strongest


def _table():
    table = np.zeros((5, 4, 5, 4), np.float32)
    table[1, 2, 3, 0] = table[3, 0, 1, 2] = -4
    table[1, 1, 3, 3] = table[3, 3, 1, 1] = 3
    table[np.arange(5), :, np.arange(5), :] = np.nan
    table[2] = table[:, :, 2] = np.nan
    return table


def test_the_strongest_interaction_of_a_pair_keeps_its_sign():
    found = strongest(_table())
    assert found[1, 3] == found[3, 1] == -4
    assert found[0, 1] == 0
    assert np.isnan(np.diag(found)).all()
    assert np.isnan(found[2]).all()


def test_pairs_of_motifs_are_framed_on_a_scale_centred_on_zero():
    axes = draw_epistasis(Figure().add_subplot(), _table(), start=70, position="on chr1", motifs=[(70, 72), (73, 75)])
    image = next(artist for artist in axes.get_children() if isinstance(artist, AxesImage))
    assert (image.norm.vmin, image.norm.vmax) == (-4, 4)
    frames = {(*patch.get_xy(), patch.get_width(), patch.get_height()) for patch in axes.patches}
    assert frames == {(70, 70, 2, 2), (70, 73, 2, 2), (73, 70, 2, 2), (73, 73, 2, 2)}
    assert image.get_extent() == [70, 75, 75, 70]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("on chr1", "on chr1")
    assert all(isinstance(patch, Rectangle) and not patch.get_fill() for patch in axes.patches)


def test_the_figure_states_what_it_shows_and_can_be_saved():
    for table in (_table(), np.full((5, 4, 5, 4), np.nan, np.float32)):
        figure = epistasis_figure(table, title="seq 1", subtitle="logit 2.00", unit="output")
        assert "strongest epistasis (output)" in [axes.get_ylabel() for axes in figure.axes]
        assert {"seq 1", "logit 2.00"} <= {text.get_text() for text in figure.texts}
        figure.savefig(io.BytesIO(), format="png")
