import io

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from PIL import Image

from genomics.plots.explanation import logo_figure, mutagenesis_figure


def _mutagenesis(length=50):
    rng = np.random.default_rng(0)
    bases = rng.integers(0, 4, length).astype(np.uint8)
    effects = rng.normal(size=(length, 4)).astype(np.float32)
    effects[np.arange(length), bases] = 0
    bases[7], effects[7] = 4, np.nan
    return effects, bases


def test_a_letter_of_mutagenesis_is_minus_the_mean_effect_of_its_substitutions():
    effects, bases = _mutagenesis()
    figure = mutagenesis_figure(effects, bases, title="t")
    logo = next(axes for axes in figure.axes if axes.get_label() == "logo")
    letters = next(artist for artist in logo.collections if isinstance(artist, PathCollection))
    heights = np.concatenate([path.vertices[:, 1] for path in letters.get_paths()])
    worth = [-effects[i][np.arange(4) != bases[i]].mean() for i in range(50) if i != 7]
    assert heights.max() == pytest.approx(max(worth), rel=1e-5)
    assert heights.min() == pytest.approx(min(worth), rel=1e-5)


def test_the_worth_of_a_base_is_the_same_in_the_centred_gauge():
    effects, bases = _mutagenesis()
    centred = effects - effects.mean(1, keepdims=True)
    limits = []
    for own in (effects, centred):
        figure = mutagenesis_figure(own, bases, title="t")
        limits.append(next(axes for axes in figure.axes if axes.get_label() == "logo").get_ylim())
    np.testing.assert_allclose(limits[1], limits[0], rtol=1e-5)


def test_a_map_of_zeros_says_so():
    (axes,) = logo_figure(np.zeros((9, 4)), title="").axes
    assert [text.get_text() for text in axes.texts] == ["all scores are 0"]


def test_figures_state_what_they_show_and_can_be_saved():
    effects, bases = _mutagenesis()
    for figure in (
        mutagenesis_figure(effects, bases, title="seq 1", subtitle="logit 2.00", highlight={"red": [(3, 9)]}),
        logo_figure(np.nan_to_num(effects), title="seq 1", subtitle="logit 2.00", highlight={"red": [(3, 9)]}),
    ):
        assert {"seq 1", "logit 2.00"} <= {text.get_text() for text in figure.texts}
        data = io.BytesIO()
        figure.savefig(data, format="png")
        pixels = np.asarray(Image.open(data).convert("RGB"))
        assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20


def test_width_grows_with_the_sequence_and_stays_openable():
    widths = [logo_figure(np.ones((length, 4)), title="").get_figwidth() for length in (20, 200, 1000, 100_000)]
    assert widths == sorted(widths)
    assert widths[1] == 20
    assert widths[-1] <= 200
