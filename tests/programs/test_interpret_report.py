"""report.html as interpret.py writes it."""

import json
import re

import pytest

from genomics.errors import InputError

MODEL = ("--model=tiny_network:build", "--length=24", "--task_names=alpha,beta")


def _payload(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="payload">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_a_page_of_some_sequences_is_always_written(interpret, data, tmp_path, capsys):
    common = (*MODEL, f"--data={data}", "--methods=saliency", "--num_figures=0", f"--output={tmp_path}")
    with pytest.raises(InputError, match="--scan=nowhere: must be the folder of a finished scan"):
        interpret(*common, "--scan=nowhere")
    with pytest.raises(InputError, match=r"plan.json: absent; must be the --output folder of a scan"):
        interpret(*common, f"--scan={tmp_path}")
    assert not list(tmp_path.iterdir())
    interpret(*common, "--num_sequences=5", "--report_sequences=2", "--seed=7")
    assert f"report: {tmp_path / 'report.html'}" in capsys.readouterr().out
    found = _payload(tmp_path)
    assert found["scores"]["names"] == ["test_0", "test_1"]
    assert found["scores"]["total"] == 5
    assert found["scores"]["planted"] == [[], [{"start": 3, "end": 8, "factor": "beta", "strand": "+"}]]
    assert found["data"]["splits"]["test"]["sequences"] == 13
    assert found["model"]["source"] == "tiny_network:build"
    assert found["model"]["layers"][0]["name"] == "convolution_1"
    assert found["provenance"]["seed"] == 7
    assert found["curves"] is None
