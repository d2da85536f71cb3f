"""How many pictures are drawn, and what is told of them."""

import numpy as np
import pytest

from genomics.interpretation import figures
from genomics.interpretation.sequences import Sequences
from genomics.interpretation.style import Style
from genomics.io import hdf5_write
from genomics.io.scores import Questions
from genomics.io.truth import Truth
from genomics.sequence.loci import Loci


@pytest.mark.parametrize(
    ("asked", "most", "drawn"),
    [
        ((10, 3, 2), None, (10, 3)),
        ((10, 3, 2), 60, (10, 3)),
        ((10, 3, 2), 59, (10, 2)),
        ((1, 919, 2), 500, (1, 250)),
        ((10, 919, 15), 500, (10, 3)),
        ((10, 919, 15), 100, (6, 1)),
        ((10, 919, 15), 1, (1, 1)),
    ],
)
def test_at_most_so_many(asked, most, drawn):
    assert figures._drawn(*asked, most) == drawn


def test_of_many_tasks_those_with_the_highest_logits_are_drawn(tmp_path, capsys):
    count, tasks, length = 2, 30, 6
    logits = np.arange(count * tasks, dtype=np.float32).reshape(count, tasks)
    logits[1] *= -1
    scores = np.zeros((count, tasks, length, 4), np.float32)
    questions = Questions(
        sequences=np.zeros((count, length), np.uint8),
        names=("a", "b"),
        index=np.arange(count, dtype=np.int32),
        labels=None,
        tasks=tuple(f"t{task}" for task in range(tasks)),
        logits=logits,
        logits_std=None,
        fingerprint="f",
        model="m",
        source="s",
    )
    path = tmp_path / "scores.h5"
    with hdf5_write.writing(path) as file:
        hdf5_write.put(file, "sequences", questions.sequences)
        hdf5_write.put(file, "tasks", np.array(questions.tasks, object))
        hdf5_write.put(file, "saliency/scores", scores)
    sequences = Sequences(bases=questions.sequences, names=questions.names, index=questions.index, source="s")
    folder = figures.draw_figures(path, questions, sequences, ["saliency"], 10, 6)
    assert sorted(each.name for each in (folder / "saliency").iterdir()) == [
        *("0_t27.png", "0_t28.png", "0_t29.png"),
        *("1_t0.png", "1_t1.png", "1_t2.png"),
    ]
    out = capsys.readouterr().out
    told = "figures: 6 of 60 to draw: the 3 tasks with the highest logits of each of 2 sequences"
    assert out.startswith(told)
    assert "figures: 6/6 pictures" in out
    assert figures.draw_figures(path, questions, sequences, ["saliency"], 0, 6) is None


def test_every_figure_counts_positions_of_the_genome_and_shows_the_window_alone():
    length, window = 30, (4, 20)
    place = Loci(chrom=np.array(["chr2"], object), start=np.array([1000]), end=np.array([1030]), strand=np.array(["+"]))
    planted = Truth(
        **{name: np.array([[value]], np.int16) for name, value in (("start", 6), ("factor", 0), ("strand", 1))}
    )
    sequences = Sequences(
        bases=np.zeros((1, length), np.uint8),
        names=("a",),
        index=np.zeros(1, np.int32),
        source="s",
        truth=planted,
        factors=("t",),
        widths=(5,),
    )
    questions = Questions(
        sequences=sequences.bases,
        names=("a",),
        index=sequences.index,
        labels=None,
        tasks=("t",),
        logits=np.zeros((1, 1), np.float32),
        logits_std=None,
        fingerprint="f",
        model="m",
        source="s",
        loci=place,
    )
    base, pair = np.ones((length, 4), np.float32), np.ones((length, 4, length, 4), np.float32)
    style = Style(window=window)
    maps = {"saliency": 0, "ism": 1, "indels": 2, "epistasis": 1}
    for method, tables in (("saliency", [base]), ("ism", [base]), ("indels", [base, base]), ("epistasis", [pair])):
        figure = figures._figure(method, {"gauge": "delta"}, tables, questions, sequences, 0, 0, style)
        axes = [each for each in figure.axes if each.get_xlabel()]
        assert {each.get_xlabel() for each in axes} == {"position on chr2 (from 1)"}
        images = [image for each in figure.axes for image in each.images]
        assert len(images) == maps[method], method
        for image in images:
            assert image.get_extent()[:2] == [1005, 1021]
        for each in axes:
            assert 1000 < each.get_xlim()[0] <= 1005
            assert 1021 <= each.get_xlim()[1] < 1026
        frames = [patch for each in axes for patch in each.patches if patch.get_width() == 5]
        assert {patch.get_x() for patch in frames} == {1007}
