"""interpret.py as users run it."""

import os
import re
import signal
import subprocess
import sys
import time

import h5py
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.deeplift import deeplift
from genomics.errors import InputError
from genomics.models.keras.load import load
from genomics.mutagenesis.naive import ism
from genomics.sequence.bases import encode, one_hot

MODEL = ("--model=tiny_network:build", "--length=24")


def _everything(path):
    """All data sets and attributes of an HDF5 file, by name."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]
        found.update({f"{name}@{key}": value for key, value in item.attrs.items()})

    with h5py.File(path) as file:
        file.visititems(visit)
        found.update({f"@{key}": value for key, value in file.attrs.items()})
    return found


def _assert_equal(one, other):
    one, other = _everything(one), _everything(other)
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


@pytest.fixture
def tiny(monkeypatch, repository):
    monkeypatch.syspath_prepend(str(repository / "tests" / "programs"))
    import tiny_network

    return tiny_network


def test_scores_of_a_data_set(interpret, tiny, data, sequences, tmp_path, capsys):
    interpret(*MODEL, f"--data={data}", f"--output={tmp_path}", "--num_figures=2", "--task_names=alpha,beta")
    found = _everything(tmp_path / "scores.h5")
    np.testing.assert_array_equal(found["sequences"], sequences)
    np.testing.assert_array_equal(found["index"], np.arange(13))
    assert found["sequences"].dtype == np.uint8
    assert found["index"].dtype == np.int32
    assert [name.decode() for name in found["names"]] == [f"test_{row}" for row in range(13)]
    assert [name.decode() for name in found["tasks"]] == ["alpha", "beta"]
    np.testing.assert_array_equal(found["labels"], np.stack([np.arange(13) % 3 == 0, np.arange(13) % 2 == 1], 1))

    predict, x = tiny.build(), one_hot(sequences)
    np.testing.assert_allclose(found["logits"], jax.vmap(predict)(x), atol=1e-5)
    gradients = jax.vmap(jax.jacrev(predict))(x)
    np.testing.assert_allclose(found["saliency/scores"], gradients, atol=1e-5)
    np.testing.assert_allclose(found["gradient_x_input/scores"], gradients * x[:, None], atol=1e-5)
    mutant = x[4].copy()
    mutant[7] = np.eye(4)[(sequences[4, 7] + 1) % 4]
    effect = found["ism/scores"][4, :, 7, (sequences[4, 7] + 1) % 4]
    np.testing.assert_allclose(effect, predict(mutant) - predict(x[4]), atol=1e-5)
    assert np.isnan(found["ism/scores"][2, :, 5]).all()
    methods = ("saliency", "gradient_x_input", "integrated_gradients", "deeplift", "ism")
    for method in methods:
        assert found[f"{method}/scores"].shape == (13, 2, 24, 4)
        assert found[f"{method}/scores"].dtype == np.float32
        for attribute in ("definition", "rule", "reference", "citation", "version"):
            assert found[f"{method}@{attribute}"]

    assert not (tmp_path / "parts").exists()
    figures = {str(path.relative_to(tmp_path / "figures")) for path in tmp_path.glob("figures/*/*")}
    assert figures == {f"{m}/{row}_{task}.png" for m in methods for row in (0, 1) for task in ("alpha", "beta")}
    out = capsys.readouterr().out
    assert f"{data}: test: 13 of 13 sequences, rows 0 to 12" in out
    assert f"scores: {tmp_path / 'scores.h5'}" in out
    assert f"figures: {tmp_path / 'figures'}" in out


def test_scores_of_a_fasta_file_and_of_some_tasks(interpret, fasta, sequences, tmp_path, capsys):
    common = (*MODEL, f"--sequences={fasta}", "--num_figures=0", "--task_names=a,b", "--methods=saliency")
    interpret(*common, f"--output={tmp_path / 'all'}", "--num_sequences=0")
    for name, tasks in (("name", "B"), ("index", "1")):
        interpret(*common, f"--output={tmp_path / name}", "--num_sequences=5", f"--tasks={tasks}")
        both, one = _everything(tmp_path / "all" / "scores.h5"), _everything(tmp_path / name / "scores.h5")
        assert [task.decode() for task in one["tasks"]] == ["b"]
        np.testing.assert_allclose(one["saliency/scores"], both["saliency/scores"][:5, 1:], atol=1e-6)
        np.testing.assert_array_equal(one["sequences"], sequences[:5])
    assert [name.decode() for name in both["names"]] == [f"seq{row}" for row in range(13)]
    assert "labels" not in both
    assert not (tmp_path / "all" / "figures").exists()
    assert f"{fasta}: 5 of 13 sequences, rows 0 to 4" in capsys.readouterr().out


def test_positive_sequences_are_those_of_the_tasks_asked_about(interpret, data, tmp_path):
    common = (*MODEL, f"--data={data}", "--num_figures=1", "--task_names=alpha,beta", "--methods=saliency")
    interpret(*common, f"--output={tmp_path}", "--select=positive", "--tasks=alpha", "--num_sequences=3")
    found = _everything(tmp_path / "scores.h5")
    np.testing.assert_array_equal(found["index"], [0, 3, 6])
    np.testing.assert_array_equal(found["labels"], [[1], [1], [1]])
    assert [path.name for path in (tmp_path / "figures" / "saliency").iterdir()] == ["0_alpha.png"]


def test_a_second_run_adds_methods(interpret, fasta, tmp_path, capsys):
    common = (*MODEL, f"--sequences={fasta}", "--num_figures=0", "--batch_size=4")
    interpret(*common, f"--output={tmp_path / 'once'}", "--methods=saliency,gradient_x_input")
    interpret(*common, f"--output={tmp_path / 'twice'}", "--methods=saliency")
    interpret(*common, f"--output={tmp_path / 'twice'}", "--methods=gradient_x_input,saliency")
    assert "saliency: " in capsys.readouterr().out
    _assert_equal(tmp_path / "once" / "scores.h5", tmp_path / "twice" / "scores.h5")


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        (("--model=tiny_network:other",), "model (then"),
        (("--num_sequences=4",), "number of sequences (then 5, now 4)"),
        (("--task_names=a,c",), "tasks (then ['task_0', 'task_1'], now ['a', 'c'])"),
    ],
)
def test_another_question_is_refused(interpret, fasta, tmp_path, changed, difference):
    common = (*MODEL, f"--sequences={fasta}", "--num_figures=0", "--num_sequences=5", f"--output={tmp_path}")
    interpret(*common, "--methods=saliency")
    before = (tmp_path / "scores.h5").read_bytes()
    with pytest.raises(InputError, match=r"scores\.h5: holds scores for another question") as caught:
        interpret(*common, "--methods=gradient_x_input", *changed)
    assert difference in str(caught.value)
    assert (tmp_path / "scores.h5").read_bytes() == before


def test_a_killed_run_goes_on_and_ends_as_if_it_had_not_been(interpret, fasta, tmp_path, repository):
    """Batches of one sequence and a part for each, so that there is something to kill."""
    common = (*MODEL, f"--sequences={fasta}", "--num_figures=0", "--batch_size=1", "--methods=saliency,ism")
    interpret(*common, f"--output={tmp_path / 'whole'}")
    slow = (
        "import time, runpy, sys; sys.argv[0] = 'interpret.py'\n"
        "import genomics.interpretation.scoring as scoring\n"
        "scoring._PART_BYTES = 1\n"
        "write = scoring.write_part\n"
        "def write_slowly(*a): time.sleep(0.2); return write(*a)\n"
        "scoring.write_part = write_slowly\n"
        "runpy.run_path('interpret.py', run_name='__main__')\n"
    )
    output = tmp_path / "killed"
    environment = {**os.environ, "PYTHONPATH": str(repository / "tests" / "programs")}
    command = [sys.executable, "-c", slow, *common, f"--output={output}"]
    with subprocess.Popen(command, cwd=repository, env=environment, stdout=subprocess.DEVNULL) as process:
        for _ in range(600):
            if len(list(output.glob("parts/saliency/*.npz"))) >= 3 or process.poll() is not None:
                break
            time.sleep(0.1)
        assert process.poll() is None, "the run ended before it could be killed"
        process.send_signal(signal.SIGKILL)
    assert not (output / "scores.h5").exists()
    finished = {path: path.stat().st_mtime_ns for path in output.glob("parts/saliency/*.npz")}
    assert 3 <= len(finished) < 13
    interpret(*common, f"--output={output}")
    _assert_equal(tmp_path / "whole" / "scores.h5", output / "scores.h5")
    assert not (output / "parts").exists()


def test_parts_of_another_run_are_refused(interpret, fasta, tmp_path):
    common = (*MODEL, f"--sequences={fasta}", "--num_figures=0", "--methods=saliency", f"--output={tmp_path}")
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "settings.json").write_text('{"model": "another"}')
    with pytest.raises(InputError, match="holds an unfinished run with model \\(then 'another', now"):
        interpret(*common)


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


def test_deeplift_by_every_flag(interpret, tiny, data, sequences, tmp_path, capsys):
    reference = np.random.default_rng(0).dirichlet(np.ones(4), 24).astype(np.float32)
    file = tmp_path / "reference.npy"
    np.save(file, reference)
    interpret(
        *(*MODEL, f"--data={data}", f"--output={tmp_path}", "--num_figures=1", "--methods=deeplift", "--steps=3"),
        *("--rule=rescale", "--max_pool_rule=gradient", f"--reference={file}", "--layer=1", "--modisco"),
    )
    found = _everything(tmp_path / "scores.h5")
    explain = deeplift(tiny.build(), reference=reference, rule="rescale", max_pool_rule="gradient", layer="relu_1")
    expected = jax.vmap(explain)(jnp.asarray(one_hot(sequences)))
    for field in ("scores", "residual", "hypothetical", "layer_scores"):
        np.testing.assert_allclose(found[f"deeplift/{field}"], getattr(expected, field), atol=1e-5)
    assert found["deeplift@rule"] == "rescale"
    assert found["deeplift@max_pool_rule"] == "gradient"
    assert found["deeplift@reference"].startswith("reference.npy sha256 ")
    assert found["deeplift@layer"] == "relu_1"
    with np.load(tmp_path / "modisco" / "deeplift_task_1.npz") as archive:
        np.testing.assert_array_equal(archive["arr_0"], found["deeplift/hypothetical"][:, 1].swapaxes(1, 2))
    out = capsys.readouterr().out
    assert "note: --steps changes none of the methods deeplift" in out
    assert f"modisco motifs -s {tmp_path / 'modisco' / 'sequences.npz'} -a " in out
    # The max-pool rule `gradient` does not add up, and that is told with the sequences.
    assert re.search(r"deeplift: largest residual .*; \d+ of 13 sequences above 0.001\n  test_\d+ \(row", out)


def test_the_background_is_that_of_the_training_split(interpret, data_with_training, tmp_path):
    common = (*MODEL, f"--data={data_with_training}", "--num_figures=0", "--methods=integrated_gradients")
    interpret(*common, f"--output={tmp_path}", "--reference=background", "--steps=3")
    found = _everything(tmp_path / "scores.h5")
    assert found["integrated_gradients@reference"] == "0.5,0.25,0.125,0.125"
    assert found["integrated_gradients@steps"] == 3


def test_mutagenesis_by_every_flag(interpret, tiny, data, sequences, tmp_path, capsys):
    common = (*MODEL, f"--data={data}", "--num_sequences=3", "--num_figures=1", "--methods=ism", "--batch_size=3")
    interpret(*common, f"--output={tmp_path / 'fast'}", "--verify=20")
    assert re.search(r"ism: 20 random mutations recomputed in full, in .*: at most \S+ off", capsys.readouterr().out)
    interpret(*common, f"--output={tmp_path / 'naive'}", "--ism=naive")
    fast, naive = (_everything(tmp_path / name / "scores.h5") for name in ("fast", "naive"))
    np.testing.assert_allclose(fast["ism/scores"], naive["ism/scores"], atol=1e-5)
    assert (fast["ism@ism"], naive["ism@ism"]) == ("fast", "naive")

    interpret(*common, f"--output={tmp_path / 'both'}", "--gauge=centred", "--average_strands")
    found = _everything(tmp_path / "both" / "scores.h5")
    assert found["ism@gauge"] == "centred"
    assert found["ism@average_strands"]
    effects = jax.vmap(ism(tiny.build()))
    x = one_hot(sequences[:2])
    forward, backward = effects(x).scores, effects(x[:, ::-1, ::-1]).scores[:, :, ::-1, ::-1]
    mean = (forward + backward) / 2
    np.testing.assert_allclose(found["ism/scores"][:2], mean - mean.mean(-1, keepdims=True), atol=1e-5)


def test_what_runs_only_when_named(interpret, data, tmp_path, capsys):
    interpret(
        *(*MODEL, f"--data={data}", f"--output={tmp_path}", "--num_sequences=2", "--num_figures=1"),
        "--task_names=a,beta",
        *("--methods=ablation,indels,epistasis,marginalize,spacing", "--occlusion_width=4", "--max_indel=3"),
        *("--pairs=window:2", "--motif=ACGT,TTG", "--backgrounds=dinucleotide:5"),
    )
    found = _everything(tmp_path / "scores.h5")
    assert found["ablation/scores"].shape == (2, 2, 24, 4)
    assert found["ablation@occlusion_width"] == 4
    assert found["indels/deletions"].shape == found["indels/insertions"].shape == (2, 2, 24, 3)
    assert found["epistasis/scores"].shape == (2, 2, 24, 4, 24, 4)
    near = np.isfinite(found["epistasis/scores"]).any((0, 1, 3, 5))
    distance = abs(np.arange(24)[:, None] - np.arange(24))
    np.testing.assert_array_equal(near, (distance > 0) & (distance <= 2))
    figures = {str(path.relative_to(tmp_path / "figures")) for path in tmp_path.glob("figures/*/*")}
    drawn = {f"{name}/0_{task}.png" for name in ("ablation", "indels", "epistasis") for task in ("a", "beta")}
    assert figures == drawn | {"spacing/a.png", "spacing/beta.png"}
    assert len((tmp_path / "marginalize.tsv").read_text().splitlines()) == 1 + 2 * 2
    assert len((tmp_path / "spacing.tsv").read_text().splitlines()) == 1 + 4 * 18 * 2
    assert "note:" not in capsys.readouterr().out


def test_layers_are_listed_and_nothing_else_is_done(interpret, tmp_path, capsys):
    interpret(*MODEL, "--list_layers", "--rule=reveal_cancel")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines[1:]][:3] == ["convolution_1", "relu_1", "max_pool_1"]
    assert "reveal_cancel" in lines[2]


def test_a_keras_file_is_explained_by_its_logits(interpret, repository, tmp_path, capsys):
    model = repository / "tests" / "fixtures" / "keras" / "lab_keras3.h5"
    fasta = tmp_path / "one.fa"
    fasta.write_text(">one\n" + "ACGT" * 50 + "\n>two\n" + "AACC" * 50 + "\n")
    common = (f"--model={model}", f"--sequences={fasta}", "--methods=gradient_x_input", "--task_names=x,y,z")
    interpret(*common, f"--output={tmp_path}", "--tasks=z,x", "--num_figures=1")
    assert f"{model}: the final sigmoid is left out" in capsys.readouterr().out
    imported = load(model)
    logits = jax.vmap(lambda x: imported.apply(imported.parameters, x))(one_hot(encode("ACGT" * 50))[None])
    found = _everything(tmp_path / "scores.h5")
    np.testing.assert_allclose(found["logits"][0], logits[0, jnp.array([2, 0])], atol=1e-5)
    assert sorted(path.name for path in (tmp_path / "figures").glob("*/*")) == ["0_x.png", "0_z.png"]


def test_bad_input_is_one_line_on_stderr_and_status_2(repository, fasta, tmp_path):
    fasta = tmp_path / "bad.fa"
    fasta.write_text(">one\nACGTXACGT\n")
    command = [sys.executable, "interpret.py", *MODEL, f"--sequences={fasta}", f"--output={tmp_path}"]
    environment = {**os.environ, "PYTHONPATH": str(repository / "tests" / "programs")}
    done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"interpret.py: error: {fasta}: record one, position 5")
    assert done.stderr.count("\n") == 1
