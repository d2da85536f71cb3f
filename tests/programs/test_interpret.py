"""interpret.py as users run it."""

import re

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


@pytest.fixture
def tiny(monkeypatch, repository):
    monkeypatch.syspath_prepend(str(repository / "tests" / "programs"))
    import tiny_network

    return tiny_network


def test_scores_of_a_data_set(interpret, tiny, data, sequences, everything, tmp_path, capsys):
    interpret(*MODEL, f"--data={data}", f"--output={tmp_path}", "--num_figures=2", "--task_names=alpha,beta")
    found = everything(tmp_path / "scores.h5")
    np.testing.assert_array_equal(found["sequences"], sequences)
    np.testing.assert_array_equal(found["index"], np.arange(13))
    assert found["sequences"].dtype == np.uint8
    assert found["index"].dtype == np.int32
    assert [name.decode() for name in found["names"]] == [f"test_{row}" for row in range(13)]
    assert [name.decode() for name in found["tasks"]] == ["alpha", "beta"]
    np.testing.assert_array_equal(found["labels"], np.stack([np.arange(13) % 3 == 0, np.arange(13) % 2 == 1], 1))

    predict, x = jax.jit(tiny.build()), one_hot(sequences)
    np.testing.assert_allclose(found["logits"], jax.jit(jax.vmap(predict))(x), atol=1e-5)
    gradients = jax.jit(jax.vmap(jax.jacrev(predict)))(x)
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


def test_scores_of_a_fasta_file_and_of_some_tasks(interpret, fasta, sequences, everything, tmp_path, capsys):
    common = (*MODEL, f"--sequences={fasta}", "--num_figures=0", "--task_names=a,b", "--methods=saliency")
    interpret(*common, f"--output={tmp_path / 'all'}", "--num_sequences=0")
    for name, tasks in (("name", "B"), ("index", "1")):
        interpret(*common, f"--output={tmp_path / name}", "--num_sequences=5", f"--tasks={tasks}")
        both, one = everything(tmp_path / "all" / "scores.h5"), everything(tmp_path / name / "scores.h5")
        assert [task.decode() for task in one["tasks"]] == ["b"]
        np.testing.assert_allclose(one["saliency/scores"], both["saliency/scores"][:5, 1:], atol=1e-6)
        np.testing.assert_array_equal(one["sequences"], sequences[:5])
    assert [name.decode() for name in both["names"]] == [f"seq{row}" for row in range(13)]
    assert "labels" not in both
    assert not (tmp_path / "all" / "figures").exists()
    assert f"{fasta}: 5 of 13 sequences, rows 0 to 4" in capsys.readouterr().out


def test_positive_sequences_are_those_of_the_tasks_asked_about(interpret, data, everything, tmp_path):
    common = (*MODEL, f"--data={data}", "--num_figures=1", "--task_names=alpha,beta", "--methods=saliency")
    interpret(*common, f"--output={tmp_path}", "--select=positive", "--tasks=alpha", "--num_sequences=3")
    found = everything(tmp_path / "scores.h5")
    np.testing.assert_array_equal(found["index"], [0, 3, 6])
    np.testing.assert_array_equal(found["labels"], [[1], [1], [1]])
    assert [path.name for path in (tmp_path / "figures" / "saliency").iterdir()] == ["0_alpha.png"]


def test_deeplift_by_every_flag(interpret, tiny, data, sequences, everything, tmp_path, capsys):
    reference = np.random.default_rng(0).dirichlet(np.ones(4), 24).astype(np.float32)
    file = tmp_path / "reference.npy"
    np.save(file, reference)
    interpret(
        *(*MODEL, f"--data={data}", f"--output={tmp_path}", "--num_figures=1", "--methods=deeplift", "--steps=3"),
        *("--rule=rescale", "--max_pool_rule=gradient", f"--reference={file}", "--layer=1", "--modisco"),
    )
    found = everything(tmp_path / "scores.h5")
    explain = deeplift(tiny.build(), reference=reference, rule="rescale", max_pool_rule="gradient", layer="relu_1")
    expected = jax.jit(jax.vmap(explain))(jnp.asarray(one_hot(sequences)))
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


def test_a_reference_of_another_length_is_refused_whoever_reads_it(interpret, data, tmp_path):
    np.save(tmp_path / "r.npy", np.full((23, 4), 0.25))
    with pytest.raises(InputError, match=r"r\.npy: holds sequences of length 23, the network reads 24"):
        interpret(
            *MODEL, f"--data={data}", f"--output={tmp_path}", "--methods=saliency", f"--reference={tmp_path}/r.npy"
        )


def test_the_background_is_that_of_the_training_split(interpret, data_with_training, everything, tmp_path):
    common = (*MODEL, f"--data={data_with_training}", "--num_figures=0", "--methods=integrated_gradients")
    interpret(*common, f"--output={tmp_path}", "--reference=background", "--steps=3")
    found = everything(tmp_path / "scores.h5")
    assert found["integrated_gradients@reference"] == "0.5,0.25,0.125,0.125"
    assert found["integrated_gradients@steps"] == 3


@pytest.mark.slow
def test_mutagenesis_by_every_flag(interpret, tiny, data, sequences, everything, tmp_path, capsys):
    common = (*MODEL, f"--data={data}", "--num_sequences=3", "--num_figures=1", "--methods=ism", "--batch_size=3")
    interpret(*common, f"--output={tmp_path / 'fast'}", "--verify=20")
    assert re.search(r"ism: 20 random mutations recomputed in full, in .*: at most \S+ off", capsys.readouterr().out)
    interpret(*common, f"--output={tmp_path / 'naive'}", "--ism=naive")
    fast, naive = (everything(tmp_path / name / "scores.h5") for name in ("fast", "naive"))
    np.testing.assert_allclose(fast["ism/scores"], naive["ism/scores"], atol=1e-5)
    assert (fast["ism@ism"], naive["ism@ism"]) == ("fast", "naive")

    interpret(*common, f"--output={tmp_path / 'both'}", "--gauge=centred", "--average_strands")
    found = everything(tmp_path / "both" / "scores.h5")
    assert found["ism@gauge"] == "centred"
    effects = jax.jit(jax.vmap(ism(tiny.build())))
    x = one_hot(sequences[:2])
    forward, backward = effects(x).scores, effects(x[:, ::-1, ::-1]).scores[:, :, ::-1, ::-1]
    mean = (forward + backward) / 2
    np.testing.assert_allclose(found["ism/scores"][:2], mean - mean.mean(-1, keepdims=True), atol=1e-5)


@pytest.mark.slow
def test_what_runs_only_when_named(interpret, data, everything, tmp_path, capsys):
    interpret(
        *(*MODEL, f"--data={data}", f"--output={tmp_path}", "--num_sequences=2", "--num_figures=1"),
        "--task_names=a,beta",
        *("--methods=ablation,indels,epistasis,marginalize,spacing", "--occlusion_width=4", "--max_indel=3"),
        *("--pairs=window:2", "--motif=ACGT,TTG", "--backgrounds=dinucleotide:5"),
    )
    found = everything(tmp_path / "scores.h5")
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


def test_a_keras_file_is_explained_by_its_logits(interpret, repository, everything, tmp_path, capsys):
    model = repository / "tests" / "fixtures" / "keras" / "lab_keras3.h5"
    fasta = tmp_path / "one.fa"
    fasta.write_text(">one\n" + "ACGT" * 50 + "\n>two\n" + "AACC" * 50 + "\n")
    common = (f"--model={model}", f"--sequences={fasta}", "--methods=gradient_x_input", "--task_names=x,y,z")
    interpret(*common, f"--output={tmp_path}", "--tasks=z,x", "--num_figures=1")
    assert f"{model}: the final sigmoid is left out" in capsys.readouterr().out
    imported = load(model)
    (logits,) = jax.jit(imported.apply)(imported.parameters, one_hot(encode("ACGT" * 50)))
    found = everything(tmp_path / "scores.h5")
    np.testing.assert_allclose(found["logits"][0], np.asarray(logits)[[2, 0]], atol=1e-5)
    assert sorted(path.name for path in (tmp_path / "figures").glob("*/*")) == ["0_x.png", "0_z.png"]
