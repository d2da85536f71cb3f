"""Several runs as one network, in Python and by --workdir=A,B."""

import dataclasses

import numpy as np
import pytest

import genomics
from genomics.errors import InputError
from genomics.training.loop import train


def test_runs_are_loaded_together(make_config, tmp_path):
    for seed in (0, 1):
        train(dataclasses.replace(make_config(1), seed=seed), tmp_path / f"run{seed}")
    folders = [tmp_path / "run0", tmp_path / "run1"]
    bases = "ACGT" * 10
    one, other, both = (genomics.load(each).predict(bases).values for each in (*folders, folders))
    np.testing.assert_allclose(both, (one + other) / 2, rtol=1e-5)
    with pytest.raises(InputError, match="is named twice"):
        genomics.load([folders[0], folders[0]])
