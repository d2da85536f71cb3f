"""TF-MoDISco itself, where modisco-lite is installed: the printed lines run as they are; planted sites come back."""

import json
import os
import shlex
import shutil
import subprocess
import sys

import numpy as np
import pytest

from genomics.data.dataset import load

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("modisco") is None, reason="modisco-lite is not installed"),
]


def test_planted_sites_come_back_as_a_pattern_and_as_bed(interpret, repository, tmp_path, capsys):
    plain = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}  # training is worth compiling
    run = tmp_path / "run"
    train = [sys.executable, repository / "train.py", "--config=lab5", f"--workdir={run}", "--config.epochs=12"]
    subprocess.run([*train, f"--config.data.path={tmp_path / 'd.h5'}"], check=True, capture_output=True, env=plain)
    common = (f"--workdir={run}", "--tasks=CTCF", "--select=positive", "--num_sequences=300", "--num_figures=0")
    common += (f"--output={tmp_path / 'out'}", "--methods=deeplift")
    interpret(*common, "--modisco")
    motifs, report = (line for line in capsys.readouterr().out.splitlines() if line.startswith("modisco "))
    for line in (motifs, report):
        subprocess.run(shlex.split(line), check=True, capture_output=True)
    (results,) = (word for word in shlex.split(motifs) if word.endswith(".h5"))
    (page,) = (tmp_path / "out" / "modisco").glob("*.report/report.html")
    assert "CTCF" in page.read_text()
    interpret(*common, f"--modisco_results={results}")
    first = json.loads((tmp_path / "out" / "patterns.json").read_text())["patterns"][0]
    assert first["match"]["name"] == "CTCF"
    assert first["match"]["r"] > 0.9
    dataset = load(tmp_path / "d.h5")
    truth, factor = dataset.splits["test"].truth, [name.upper() for name in dataset.factors].index("CTCF")
    places = np.argwhere(truth.factor == factor).tolist()
    planted = {(f"test_{row}", int(truth.start[row, at])): int(truth.strand[row, at]) for row, at in places}
    bed = tmp_path / "out" / "patterns" / f"{first['name']}.bed"
    sites = [line.split("\t") for line in bed.read_text().splitlines()]
    assert len(sites) > 80
    found, turned = [], []
    for contig, start, end, _, _, strand in sites:
        centre = (int(start) + int(end)) / 2
        near = [(abs(place + 9 - centre), sign) for (name, place), sign in planted.items() if name == contig]
        distance, sign = min(near)
        found.append(distance < 25)
        turned.append(sign * (1 if strand == "+" else -1))
    assert np.mean(found) > 0.9
    assert abs(np.mean(turned)) > 0.6  # mostly on the planted strand, or, of a pattern read the other way, on the other
    assert f"{first['name']}: {len(sites)} sites, " in capsys.readouterr().out
