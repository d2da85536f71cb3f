import numpy as np
import pytest

from genomics.plots.motif_match import Aligned, heights, match_figure
from genomics.sequence.motif import Motif, reverse_complement

MOTIF = Motif(identifier="m", name="", probabilities=np.eye(4)[[0, 1, 2]] * 0.97 + 0.0075, nsites=9)
TARGET = Motif(identifier="t", name="", probabilities=np.eye(4)[[3, 0, 1, 2, 2]] * 0.97 + 0.0075, nsites=9)


def letters(axes):
    """The left edge of each drawn letter's position, by base."""
    (collection,) = axes.collections
    return [sorted({int(np.floor(x)) for x in path.vertices[:, 0]}) for path in collection.get_paths()]


def test_a_partner_stands_below_the_positions_that_it_matches():
    figure = match_figure([Aligned(motif=MOTIF, title="f", partner=TARGET, offset=1)])
    above, below = figure.axes
    assert above.get_shared_x_axes().joined(above, below)
    assert below.get_xlim() == (-1.5, 4.5)
    tall = {base: [x for x in range(-1, 4) if heights(TARGET)[x + 1, base] > 1] for base in range(4)}
    assert tall == {0: [0], 1: [1], 2: [2, 3], 3: [-1]}
    assert letters(below)[0] == [-1, 0, 1, 2, 3]  # every base has a letter at every position, tall or not


def test_the_other_strand_is_drawn_reversed():
    flipped = reverse_complement(TARGET)
    plain = match_figure([Aligned(motif=MOTIF, title="f", partner=TARGET)])
    reverse = match_figure([Aligned(motif=MOTIF, title="f", partner=flipped, reverse=True)])
    for first, second in zip(
        plain.axes[1].collections[0].get_paths(), reverse.axes[1].collections[0].get_paths(), strict=True
    ):
        np.testing.assert_allclose(first.vertices, second.vertices)


def test_a_grid_of_panels_and_an_empty_place():
    figure = match_figure([Aligned(motif=MOTIF, title=str(i)) for i in range(5)])
    assert len(figure.axes) == 10
    assert not figure.axes[1].axison
    assert figure.axes[0].get_ylim() == (0, 2)
    with pytest.raises(ValueError, match="no motif"):
        match_figure([])
