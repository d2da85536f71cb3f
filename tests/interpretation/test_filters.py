"""`--methods=filters` on a small network: the files that a user finds."""

import csv
import json
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.references import parse_reference
from genomics.interpretation.filter_settings import FilterSettings
from genomics.interpretation.filters import analyse_filters
from genomics.interpretation.sequences import Sequences
from genomics.io.meme import read_meme
from genomics.models.interpretable import InterpretableConfig
from genomics.models.lab import LabConfig
from genomics.models.predictor import Predictor
from genomics.models.table import build


@pytest.fixture(scope="module")
def model():
    """One learned filter that never changes, beside the packaged motifs on both strands."""
    config = InterpretableConfig(filters=1, width=19, motifs="packaged")
    network = build(config, length=60, num_tasks=2, key=jax.random.key(0))
    network.learned.kernel[...] = jnp.zeros((19, 4, 1))
    # The first task asks for CTCF on either strand, the second for Arid3a.
    weights = jnp.zeros((31, 2)).at[1:3, 0].set(12.0).at[3:5, 1].set(12.0)
    network.head.kernel[...] = weights
    return network


@pytest.fixture(scope="module")
def planted():
    rng = np.random.default_rng(0)
    bases = rng.integers(0, 4, (150, 60)).astype(np.uint8)
    site = np.array(["ACGT".index(base) for base in "TGGCCACCAGGGGGCGCTA"], np.uint8)
    labels = np.zeros((150, 2), np.uint8)
    for row in range(0, 150, 2):
        start = rng.integers(0, 40)
        bases[row, start : start + 19] = site
        labels[row, 0] = 1
    labels[::3, 1] = 1
    return Sequences(
        bases=bases,
        names=tuple(map(str, range(150))),
        index=np.arange(150, dtype=np.int32),
        labels=labels,
        source="here",
    )


SETTINGS = FilterSettings(rule="rescale", reference=parse_reference("uniform"))


def read_table(path):
    with path.open() as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.mark.slow
def test_a_network_of_known_motifs_is_read_back(model, planted, tmp_path):
    pytest.importorskip("memelite")
    predictor = Predictor(
        apply=lambda parameters, x: parameters(x),
        parameters=model,
        replicates=None,
        length=60,
        tasks=("CTCF", "Arid3a"),
        fingerprint="f",
        source="here",
    )
    lines = analyse_filters(predictor, planted, SETTINGS, tmp_path)
    table = read_table(tmp_path / "filters.tsv")
    assert [row["filter"] for row in table] == [f"filter_{number}" for number in range(31)]
    assert table[0]["state"] == "dead"
    assert any("dead: filter_0" in line for line in lines)
    assert not {"filter_0"} & {motif.identifier for motif in read_meme(tmp_path / "motifs.meme")}
    # The second filter is CTCF as packaged: by its weights exactly, and by its sites.
    assert (table[1]["weights_match"], table[1]["weights_strand"]) == ("MA0139.1", "+")
    assert (table[2]["weights_match"], table[2]["weights_strand"]) == ("MA0139.1", "-")
    assert float(table[1]["weights_q"]) < 1e-4
    assert table[1]["name"] == "CTCF"
    assert float(table[1]["change_CTCF"]) > 10 * float(table[1]["change_Arid3a"])
    assert float(table[1]["auroc_CTCF"]) <= 0
    motif = next(m for m in read_meme(tmp_path / "motifs.meme") if m.identifier == "filter_1")
    assert motif.nsites == int(table[1]["sites"])
    told = json.loads((tmp_path / "filters.json").read_text())
    assert told == {"model": "f", "source": "here", "sequences": 150}
    seqlets = read_table(tmp_path / "seqlets.tsv")
    assert (seqlets[0]["task"], seqlets[0]["sign"], seqlets[0]["name"]) == ("CTCF", "+", "CTCF")
    assert any(line.startswith("what drives CTCF: CTCF +") for line in lines)
    figures = {path.name for path in (tmp_path / "figures" / "filters").iterdir()}
    assert {"filters.png", "weights.png", "seqlets_CTCF.png"} <= figures


@pytest.mark.slow
def test_deeper_layers_have_no_motif_in_their_weights(planted, tmp_path):
    pytest.importorskip("memelite")
    network = build(
        LabConfig(filters=(4, 3), widths=(5, 3), pools=(2, 2), hidden=6), length=60, num_tasks=2, key=jax.random.key(1)
    )
    predictor = Predictor(
        apply=lambda parameters, x: parameters(x),
        parameters=network,
        replicates=None,
        length=60,
        tasks=("a", "b"),
        fingerprint="f",
        source="here",
    )
    analyse_filters(predictor, planted, replace(SETTINGS, convolution=2, site_rule="best"), tmp_path)
    table = read_table(tmp_path / "filters_2.tsv")
    assert [row["filter"] for row in table] == ["filter_0", "filter_1", "filter_2"]
    assert all(row["weights_consensus"] == "" for row in table)
    alive = [row for row in table if row["state"] == "ok"]
    assert alive
    assert all(int(row["sites"]) == int(row["sequences"]) for row in alive)  # one site a sequence
    assert all(motif.width <= 10 for motif in read_meme(tmp_path / "motifs_2.meme"))  # 5 + 1 + 2 (3 - 1)
    assert (tmp_path / "figures" / "filters_2" / "filters.png").exists()
