"""A linear network: what a motif does can be computed by hand, and two motifs never interact."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.interpretation.inserts import backgrounds, parse_insert
from genomics.interpretation.marginals import MarginalSettings, analyse_marginals, analyse_spacing
from genomics.models.predictor import Predictor


@pytest.fixture
def linear():
    weights = jnp.asarray(np.random.default_rng(0).normal(size=(2, 12, 4)), jnp.float32)
    return Predictor(
        apply=lambda weights, x: jnp.einsum("tla,la->t", weights, x),
        parameters=weights,
        replicates=None,
        length=12,
        tasks=("A", "B"),
        fingerprint="",
        source="",
    )


def _table(path):
    names, *rows = [line.split("\t") for line in path.read_text().splitlines()]
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_the_effect_of_a_sequence_is_that_of_its_bases(linear, sequences, tmp_path):
    changed = MarginalSettings(motif=(parse_insert("ACGT"),), backgrounds=30, seed=3)
    lines = analyse_marginals(linear, sequences, changed, tmp_path)
    around = backgrounds(sequences.bases, 30, 3)
    rows = _table(tmp_path / "marginalize.tsv")
    assert [(row["motif"], row["width"], row["start"], row["task"], row["backgrounds"]) for row in rows] == [
        ("ACGT", "4", "4", task, "30") for task in "AB"
    ]
    weights = np.concatenate([np.asarray(linear.parameters), np.zeros((2, 12, 1))], axis=2)  # N weighs nothing
    for task, row in enumerate(rows):
        own = weights[task, np.arange(4, 8)]
        effects = own[np.arange(4), np.arange(4)].sum() - own[np.arange(4), around[:, 4:8]].sum(1)
        assert float(row["effect"]) == pytest.approx(effects.mean(), abs=1e-5)
        assert float(row["standard_deviation"]) == pytest.approx(effects.std(ddof=1), abs=1e-5)
        assert float(row["standard_error"]) == pytest.approx(effects.std(ddof=1) / np.sqrt(30), abs=1e-5)
    assert lines[-1] == f"table: {tmp_path / 'marginalize.tsv'}"
    assert lines[0].startswith("ACGT in 30 backgrounds changes the logits by A ")


def test_a_motif_s_number_does_not_depend_on_the_other_motifs(linear, sequences, tmp_path):
    for name, texts in (("one", ["Arid3a"]), ("two", ["ACG", "Arid3a"])):
        changed = MarginalSettings(motif=tuple(map(parse_insert, texts)), backgrounds=8)
        analyse_marginals(linear, sequences, changed, tmp_path / name)
    assert _table(tmp_path / "two" / "marginalize.tsv")[2:] == _table(tmp_path / "one" / "marginalize.tsv")


def test_motifs_of_a_linear_network_do_not_interact(linear, sequences, tmp_path):
    changed = MarginalSettings(motif=(parse_insert("ACG"), parse_insert("TT")), backgrounds=8)
    lines = analyse_spacing(linear, sequences, changed, tmp_path)
    rows = _table(tmp_path / "spacing.tsv")
    assert len(rows) == 4 * 8 * 2  # orientations, gaps 0 to 12 - 3 - 2, tasks
    assert max(abs(float(row["interaction"])) for row in rows) < 1e-4
    assert max(abs(float(row["pair"])) for row in rows) > 0.1
    assert sorted(path.name for path in (tmp_path / "figures" / "spacing").iterdir()) == ["A.png", "B.png"]
    assert lines == [f"table: {tmp_path / 'spacing.tsv'}", f"figures: {tmp_path / 'figures' / 'spacing'}"]


def test_replicates_count_by_their_mean_logit(linear, sequences, tmp_path):
    several = dataclasses.replace(
        linear, parameters=jnp.stack([linear.parameters * factor for factor in (0, 1, 2)]), replicates=3
    )
    changed = MarginalSettings(motif=(parse_insert("ACGT"),), backgrounds=8)
    for name, network in (("one", linear), ("three", several)):
        analyse_marginals(network, sequences, changed, tmp_path / name)
    one, three = (_table(tmp_path / name / "marginalize.tsv") for name in ("one", "three"))
    assert [float(row["effect"]) for row in three] == pytest.approx([float(row["effect"]) for row in one], abs=1e-4)


@pytest.mark.parametrize(
    ("analyse", "texts", "message"),
    [
        (analyse_marginals, [], "--methods=marginalize: needs --motif="),
        (analyse_marginals, ["ACGTACGTACGTA"], "--motif=ACGTACGTACGTA: 13 bases do not fit into 12"),
        (analyse_spacing, ["ACG"], "--methods=spacing: needs two motifs, --motif=A,B; 1 are named"),
        (analyse_spacing, ["ACGTACG", "ACGTAC"], "--motif=ACGTACG,ACGTAC: do not fit into 12 bases together"),
    ],
)
def test_what_cannot_be_asked_is_one_clear_error(linear, sequences, tmp_path, analyse, texts, message):
    changed = MarginalSettings(motif=tuple(map(parse_insert, texts)), backgrounds=8)
    with pytest.raises(InputError) as caught:
        analyse(linear, sequences, changed, tmp_path)
    assert message in str(caught.value)
