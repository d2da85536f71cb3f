"""interpret.py --evaluate as users run it."""

import json

import pytest

from genomics.errors import InputError

MODEL = ("--model=tiny_network:build", "--length=24", "--num_figures=0")


def test_methods_are_evaluated_and_what_is_left_out_is_said(interpret, data, tmp_path, capsys):
    common = (*MODEL, f"--data={data}", f"--output={tmp_path}", "--evaluate")
    interpret(*common, "--methods=saliency,ism", "--task_names=alpha,beta")
    told = capsys.readouterr().out
    found = json.loads((tmp_path / "evaluation.json").read_text())
    assert found["split"] == "test"
    assert found["sequences"] == 13
    assert found["methods"] == ["saliency", "ism"]
    (first, second) = found["ground_truth"]
    assert (first["task"], first["sequences"]) == ("beta", 6)
    assert found["ranking"]["beta"][0]["auprc"] == max(first["auprc"][0], second["auprc"][0])
    assert "has no parameters that could be randomised" in found["randomization"]["why"]
    assert "note: not randomised: tiny_network:build has no parameters" in told
    assert "note: not graded: alpha: no planted factor has this name" in told
    assert "AUPRC of planted bases" in told
    for name in ("evaluation.tsv", "figures/evaluation.png", "figures/faithfulness.png"):
        assert f"evaluation: {tmp_path / name}" in told
        assert (tmp_path / name).exists()
    assert not (tmp_path / "figures" / "randomization.png").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--evaluate_draws=3",), "--evaluate_draws=3: only says how --evaluate works, which is not given"),
        (("--evaluate", "--methods=filters"), "--evaluate: --methods must name a method that scores every base"),
        (("--evaluate", "--methods=epistasis"), "--evaluate: --methods=epistasis: there must be scores of one of sal"),
    ],
)
def test_what_cannot_be_evaluated_is_one_clear_error(interpret, fasta, tmp_path, arguments, message):
    with pytest.raises(InputError) as caught:
        interpret(*MODEL, f"--sequences={fasta}", f"--output={tmp_path}", *arguments)
    assert message in str(caught.value)
    assert not list(tmp_path.iterdir())
