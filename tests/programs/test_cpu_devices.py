"""Sequences shared among the cores of a CPU have the scores that they have on one device."""

import os
import subprocess
import sys

import numpy as np
import pytest


@pytest.mark.slow
def test_interpretation_on_one_and_on_four_devices(interpret, repository, fasta, everything, tmp_path):
    flags = [
        *("--model=tiny_network:build", "--length=24", f"--sequences={fasta}", "--num_figures=0"),
        "--methods=saliency,deepshap,ism",
    ]
    interpret(*flags, f"--output={tmp_path / 'one'}")
    command = [sys.executable, repository / "interpret.py", *flags, f"--output={tmp_path / 'four'}", "--cpu_devices=4"]
    environment = os.environ | {"PYTHONPATH": f"{repository}{os.pathsep}{repository / 'tests' / 'programs'}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    one, four = (everything(tmp_path / name / "scores.h5") for name in ("one", "four"))
    names = [name for name, values in one.items() if name.endswith(("/scores", "logits", "/residual"))]
    assert len(names) >= 5
    for name in names:
        np.testing.assert_allclose(four[name], one[name], atol=2e-6)
