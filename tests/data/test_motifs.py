import re

import numpy as np
import pytest

from genomics.data.motifs import packaged_motifs
from genomics.data.recipes import RECIPES
from genomics.sequence.motif import consensus, from_counts


def test_fifteen_motifs_by_identifier():
    motifs = packaged_motifs()
    assert len(motifs) == 15
    assert all(identifier == motif.identifier for identifier, motif in motifs.items())
    ctcf = motifs["MA0139.1"]
    assert (ctcf.name, ctcf.width, ctcf.nsites) == ("CTCF", 19, 913)
    assert consensus(ctcf) == "TGGCCACCAGGGGGCGCTA"


@pytest.mark.parametrize(
    ("identifier", "column", "counts"), [("MA0139.1", 0, [87, 291, 76, 459]), ("MA0151.1", 2, [1, 9, 0, 17])]
)
def test_probabilities_are_counts_over_column_sums(identifier, column, counts):
    expected = np.array(counts) / sum(counts)
    assert np.allclose(packaged_motifs()[identifier].probabilities[column], expected, atol=1e-10)


def test_every_count_of_the_source(shared):
    text = (shared / "motifs" / "motifs.jaspar").read_text()
    records = re.findall(r">(\S+)\s+(\S+)\nA(.*)\nC(.*)\nG(.*)\nT(.*)\n", text)
    assert len(records) == 15
    for identifier, name, *rows in records:
        counts = np.array([[float(number) for number in re.findall(r"[\d.]+", row)] for row in rows]).T
        expected = from_counts(identifier, name, counts)
        packaged = packaged_motifs()[identifier]
        assert (packaged.name, packaged.nsites) == (name, expected.nsites)
        assert np.allclose(packaged.probabilities, expected.probabilities, atol=1e-9)


def test_recipes_name_packaged_motifs():
    for recipe in RECIPES.values():
        assert tuple(packaged_motifs()[identifier].name for identifier in recipe.motifs) == recipe.factors
        assert sum(recipe.count_probabilities) == pytest.approx(1)
    assert RECIPES["lab"].factors == ("CTCF", "Arid3a", "MAFK")
    assert len(RECIPES["koo_eddy"].factors) == 12
