import dataclasses
import re

import h5py
import jax.numpy as jnp
import pytest

from genomics.errors import InputError
from genomics.interpretation.scoring import score
from genomics.interpretation.selfcheck import check_request, verify_mutagenesis


def _off(line):
    return float(re.search(r"at most (\S+) off", line)[1])


def test_stored_mutagenesis_agrees_with_double_precision(predictor, replicated, sequences, ask, tmp_path):
    for name, network in (("one", predictor), ("three", replicated)):
        path, questions = score(network, sequences, ask("ism"), tmp_path / name)
        line = verify_mutagenesis(network, path, questions, 40, 0)
        assert "in double precision" in line
        assert 0 < _off(line) < 1e-4


def test_a_wrong_number_is_found(predictor, sequences, ask, tmp_path):
    path, questions = score(predictor, sequences, ask("ism"), tmp_path)
    with h5py.File(path, "r+") as file:
        file["ism/scores"][:] = file["ism/scores"][:] + 0.01
    with pytest.raises(InputError, match=r"recomputed in double precision; they may differ by 0\.0001"):
        verify_mutagenesis(predictor, path, questions, 5, 0)


def test_a_network_of_fixed_precision_is_checked_in_its_own(predictor, sequences, ask, tmp_path):
    """Its arrays are its own, so that nothing can make them double."""
    fixed = dataclasses.replace(predictor, apply=lambda _, x: predictor.apply(predictor.parameters, x), parameters={})
    path, questions = score(fixed, sequences, ask("ism"), tmp_path)
    line = verify_mutagenesis(fixed, path, questions, 10, 0)
    assert "single precision" in line
    assert _off(line) < 1e-4
    cast = dataclasses.replace(fixed, apply=lambda _, x: predictor.apply(predictor.parameters, x.astype(jnp.float32)))
    assert "single precision" in verify_mutagenesis(cast, path, questions, 3, 0)


def test_only_differences_of_logits_can_be_verified(ask):
    check_request(ask("saliency", "ism"))
    with pytest.raises(InputError, match="--methods must name ism"):
        check_request(ask("saliency"))
    with pytest.raises(InputError, match="--gauge=delta"):
        check_request(ask("ism", gauge="centred"))
