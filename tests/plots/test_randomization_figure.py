import numpy as np
import pytest

from genomics.plots.randomization import randomization_figure


def record(count):
    methods = [
        {
            "method": f"method_{number}",
            "signed_mean": [1.0, 0.1, None],
            "signed_std": [0.0, 0.2, None],
            "absolute_mean": [1.0, 0.5, 0.4],
            "absolute_std": [0.0, 0.1, 0.1],
        }
        for number in range(count)
    ]
    return {"layers": ["none", "dense_1", "convolution_1"], "sequences": 7, "draws": 3, "methods": methods}


@pytest.mark.parametrize("count", [1, 3, 7])
def test_a_panel_for_each_method(count, tmp_path):
    figure = randomization_figure(record(count))
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title("left") for axes in shown] == [f"method_{number}" for number in range(count)]
    for axes in shown:
        lines = {line.get_label(): line.get_ydata() for line in axes.get_lines()}
        np.testing.assert_array_equal(lines["signed maps"], [1, 0.1, np.nan])
        np.testing.assert_array_equal(lines["absolute maps"], [1, 0.5, 0.4])
    labels = [label.get_text() for label in shown[-1].get_xticklabels()]
    assert labels == ["none", "+ dense_1", "+ convolution_1"]
    figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 5000
