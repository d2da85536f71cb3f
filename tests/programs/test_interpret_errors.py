"""interpret.py asked for what cannot be done."""

import os
import subprocess
import sys

import pytest

from genomics.errors import InputError

MODEL = ("--model=tiny_network:build", "--length=24")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--methods=nope",), "--methods=nope: must be among saliency, "),
        (("--methods=",), "--methods=: must name at least one"),
        (("--output=",), "--output must name a folder"),
        (("--workdir=run",), "exactly one of --workdir=DIR and --model="),
        (("--checkpoint=last",), "--checkpoint is only for a network from --workdir"),
        (("--model=",), "exactly one of --workdir=DIR and --model="),
        (("--data=x.h5",), "give one of them"),
        (("--sequences=",), "--data=FILE.h5 or --sequences=FILE.fa must give sequences"),
        (("--sequences=absent.fa",), "absent.fa: cannot be read"),
        (("--tasks=2",), "--tasks=2: must be one of task_0, task_1 or an index below 2"),
        (("--tasks=0,TASK_0",), "names task_0 twice"),
        (("--tasks=",), "--tasks=: must name at least one"),
        (("--task_names=a",), "1 names, but tiny_network:build has 2 tasks"),
        (("--task_names=a,A",), "--task_names=a,A: must all differ"),
        (("--methods=deeplift", "--layer=9"), "--layer=9: must be one of 0 convolution_1, 1 relu_1, "),
        (("--methods=deeplift", "--reference=ones"), "reference 'ones': must be zeros, uniform, background"),
        (("--methods=deeplift", "--reference=background"), "--data=FILE.h5 or --sequences=FILE.fa must give"),
        (("--methods=saliency", "--verify=3"), "--verify: --methods must name ism"),
        (("--methods=epistasis", "--pairs=some"), "pairs='some': must be all, window:W or top:K"),
        (("--methods=indels", "--max_indel=24"), "--max_indel=24: must be below the sequences' length 24"),
        (("--methods=saliency,marginalize",), "--methods=marginalize: needs --motif="),
        (("--methods=saliency,spacing", "--motif=A"), "--methods=spacing: needs two motifs, --motif=A,B; 1 are named"),
        (("--methods=marginalize", "--motif=nope"), "--motif=nope: must be the name or identifier of a motif"),
        (("--methods=saliency", "--modisco"), "--modisco: --methods=saliency give no hypothetical scores; name one of"),
        (("--model=tiny_network:linear", "--methods=saliency,grad_cam"), "the network has no convolution"),
        (("--length=25",), "must have 25"),
        (("--select=positive",), "has no labels for these tasks"),
    ],
)
def test_what_the_user_gets_wrong_is_one_clear_error(interpret, fasta, tmp_path, arguments, message):
    with pytest.raises(InputError) as caught:
        interpret(*MODEL, f"--sequences={fasta}", f"--output={tmp_path}", *arguments)
    assert not (tmp_path / "scores.h5").exists()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bad_input_is_one_line_on_stderr_and_status_2(repository, fasta, tmp_path):
    fasta = tmp_path / "bad.fa"
    fasta.write_text(">one\nACGTXACGT\n")
    command = [sys.executable, "interpret.py", *MODEL, f"--sequences={fasta}", f"--output={tmp_path}"]
    environment = {**os.environ, "PYTHONPATH": str(repository / "tests" / "programs")}
    done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"interpret.py: error: {fasta}: record one, position 5")
    assert done.stderr.count("\n") == 1
