import dataclasses

import numpy as np
import pytest

from genomics.attribution.deeplift import deeplift
from genomics.attribution.references import parse_reference
from genomics.attribution.saliency import saliency
from genomics.interpretation import maps as module
from genomics.interpretation.maps import computed_maps, stored_maps
from genomics.interpretation.method import Explainer
from genomics.interpretation.own_method import own_method
from genomics.interpretation.scoring import score
from genomics.io.scores import read_rows
from genomics.sequence.bases import one_hot


@pytest.fixture(scope="module")
def row_of_n(sequences):
    return int(np.flatnonzero((sequences.bases == 4).any(1))[0])


def test_maps_are_read_from_the_scores(predictor, sequences, ask, tmp_path):
    path, questions = score(predictor, sequences, ask("saliency", "ism", "deeplift"), tmp_path)
    x = one_hot(sequences.bases)[:, None]
    gradient, effects, contributions = (read_rows(path, name, slice(None)) for name in ("saliency", "ism", "deeplift"))
    known = (sequences.bases < 4)[:, None]
    np.testing.assert_allclose(stored_maps(path, questions, "saliency").signed, (gradient * x).sum(-1))
    np.testing.assert_allclose(
        stored_maps(path, questions, "saliency").any_base, np.where(known, np.sqrt((gradient**2).sum(-1)), 0), rtol=1e-6
    )
    # What stands there, minus the mean of what else could.
    expected = np.where(known, -effects.sum(-1) / 3, 0)
    np.testing.assert_allclose(stored_maps(path, questions, "ism").signed, expected, atol=1e-6)
    own = stored_maps(path, questions, "deeplift")
    np.testing.assert_allclose(own.signed, np.where(known, contributions.sum(-1), 0), atol=1e-6)
    hypothetical = read_rows(path, "deeplift", slice(None), "hypothetical")
    np.testing.assert_allclose(own.any_base, np.where(known, np.linalg.norm(hypothetical, axis=-1), 0), rtol=1e-5)


def test_an_unknown_base_is_worth_nothing(predictor, sequences, ask, row_of_n):
    place = int(np.argmax(sequences.bases[row_of_n] == 4))
    for name in ("ism", "saliency"):
        found = computed_maps(predictor, sequences, *ask(name))
        for values in (found.signed, found.any_base):
            assert np.isfinite(values).all()
            assert not values[row_of_n, :, place].any()
            assert np.count_nonzero(values[row_of_n]) >= 12


@pytest.mark.parametrize("name", ["ism", "deepshap"])
def test_computed_maps_equal_stored_ones_in_any_batches(predictor, sequences, ask, tmp_path, monkeypatch, name):
    path, questions = score(predictor, sequences, ask(name), tmp_path)
    monkeypatch.setattr(module, "_MOST_BYTES", 16 * 2 * 12 * 4)  # four rows at a time
    stored = stored_maps(path, questions, name)
    computed = computed_maps(predictor, sequences, *ask(name), batch_size=4)
    for field in dataclasses.fields(stored):
        assert getattr(stored, field.name).shape == (6, 2, 12)
        np.testing.assert_allclose(getattr(stored, field.name), getattr(computed, field.name), atol=1e-5)


def _contributions(predict, *, reference):
    return deeplift(predict, reference=reference, rule="rescale")


def _gradient(predict):
    return saliency(predict)


def test_a_method_of_no_table_is_read_by_what_it_promises(predictor, sequences, ask, tmp_path):
    """Its scores are added up at each position if it says how well they add up, else those of observed bases count."""
    uniform = parse_reference("uniform")
    own = []
    for function, settings in ((_contributions, {"reference": uniform}), (_gradient, {})):
        method = own_method(function, source=f"own:{function.__name__}", code="")
        own.append(Explainer(name=function.__name__, method=method, settings=method.settings(**settings)))
    path, questions = score(predictor, sequences, [*own, *ask("deeplift", "saliency")], tmp_path)
    for explainer, name in zip(own, ("deeplift", "saliency"), strict=True):
        expected, stored = (stored_maps(path, questions, each) for each in (name, explainer.name))
        computed = computed_maps(predictor, sequences, explainer)
        for found in (stored, computed):
            np.testing.assert_allclose(found.signed, expected.signed, atol=1e-5)
            np.testing.assert_allclose(found.any_base, expected.any_base, atol=1e-5)
