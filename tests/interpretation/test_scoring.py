import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.references import parse_reference, shuffled_rows
from genomics.errors import InputError
from genomics.interpretation import filling
from genomics.interpretation.method import Own
from genomics.interpretation.scoring import score
from genomics.io.scores import read_attributes, read_questions, read_rows
from genomics.sequence.bases import one_hot


def test_scores_equal_the_method_of_one_sequence_at_a_time(predictor, sequences, ask, tmp_path):
    names = ["saliency", "deeplift", "ism"]
    explainers = ask(*names)
    path, questions = score(predictor, sequences, explainers, tmp_path)
    x = jnp.asarray(one_hot(sequences.bases))
    predict = lambda one: predictor.apply(predictor.parameters, one)  # noqa: E731
    np.testing.assert_allclose(questions.logits, jax.jit(jax.vmap(predict))(x), rtol=1e-5)
    own = Own(references=np.full((1, 12, 4), 0.25, np.float32), key=jax.random.key(0))
    for name, explainer in zip(names, explainers, strict=True):
        alone = jax.jit(explainer.method.build(predict, explainer.settings, own))
        for row in (0, 3):
            expected = alone(x[row])
            for field in ("scores", "residual", "hypothetical"):
                if getattr(expected, field) is not None:
                    found = read_rows(path, name, [row], field)[0]
                    np.testing.assert_allclose(found, getattr(expected, field), atol=1e-5, err_msg=f"{name}/{field}")


def test_shuffles_are_each_sequence_s_own(predictor, sequences, ask, tmp_path):
    reference = parse_reference("dinucleotide:3", seed=5)
    (explainer,) = ask("deeplift", reference=reference, seed=5)
    path, _ = score(predictor, sequences, [explainer], tmp_path, batch_size=4)
    shuffles, _ = shuffled_rows(reference, sequences.bases[5:])
    own = Own(references=one_hot(shuffles[0]), key=jax.random.key(0))
    predict = lambda x: predictor.apply(predictor.parameters, x)  # noqa: E731
    alone = jax.jit(explainer.method.build(predict, explainer.settings, own))(jnp.asarray(one_hot(sequences.bases[5])))
    np.testing.assert_allclose(read_rows(path, "deeplift", [5])[0], alone.scores, atol=1e-5)


def test_random_methods_depend_on_the_sequence_and_the_seed_alone(predictor, sequences, ask, tmp_path):
    twice = dataclasses.replace(sequences, bases=sequences.bases[[0, 1, 2, 2, 1, 0]])

    def scores(seed):
        path, _ = score(predictor, twice, ask("smoothgrad", seed=seed), tmp_path / str(seed), batch_size=2)
        return read_rows(path, "smoothgrad", slice(None))

    first = scores(0)
    np.testing.assert_allclose(first[3:], first[2::-1], atol=1e-6)
    assert np.abs(scores(1) - first).max() > 1e-3


def test_every_sequence_has_noise_of_its_own(predictor, sequences, ask, tmp_path):
    """Half the square of the input has the gradient x, so what SmoothGrad adds to it is the mean noise itself."""
    square = dataclasses.replace(predictor, apply=lambda _, x: jnp.stack([jnp.square(x).sum(), x.sum()]) / 2)
    path, _ = score(square, sequences, ask("smoothgrad"), tmp_path)
    noise = read_rows(path, "smoothgrad", slice(None))[:, 0] - one_hot(sequences.bases)
    between = np.abs(noise[:, None] - noise).max((2, 3))
    assert np.abs(noise).max((1, 2)).min() > 1e-3
    assert between[~np.eye(len(noise), dtype=bool)].min() > 1e-3


def test_replicates_give_mean_and_spread(replicated, sequences, ask, tmp_path):
    path, questions = score(replicated, sequences, ask("gradient_x_input", "deeplift"), tmp_path)
    x = one_hot(sequences.bases)
    each = np.asarray(jax.jit(jax.vmap(jax.vmap(replicated.apply, (None, 0)), (0, None)))(replicated.parameters, x))
    np.testing.assert_allclose(questions.logits, each.mean(0), atol=1e-5)
    np.testing.assert_allclose(questions.logits_std, each.std(0), atol=1e-5)
    gradient = jax.jit(jax.vmap(jax.vmap(jax.jacrev(replicated.apply, 1), (None, 0)), (0, None)))
    gradients = np.asarray(gradient(replicated.parameters, x)) * x[:, None]
    np.testing.assert_allclose(read_rows(path, "gradient_x_input", slice(None)), gradients.mean(0), atol=1e-5)
    found = read_rows(path, "gradient_x_input", slice(None), "scores_std")
    np.testing.assert_allclose(found, gradients.std(0), atol=1e-5)
    assert read_rows(path, "deeplift", slice(None), "residual_std").shape == (6, 2)
    np.testing.assert_array_equal(read_questions(path).logits_std, questions.logits_std)


def test_layer_scores_are_stored_where_asked_for(predictor, sequences, ask, tmp_path):
    path, _ = score(predictor, sequences, ask("deeplift", layer="relu_1"), tmp_path)
    assert read_rows(path, "deeplift", slice(None), "layer_scores").shape == (6, 2, 10, 5)
    assert read_attributes(path)["deeplift"]["layer"] == "relu_1"


def test_parts_that_are_whole_are_not_computed_again(predictor, sequences, ask, tmp_path, monkeypatch):
    """A run dies after its second part; the next one begins with the third."""
    monkeypatch.setattr(filling, "_PART_BYTES", 1)
    write, saved = filling.write_part, []

    def dying(folder, start, arrays):
        if len(saved) == 2:
            raise KeyboardInterrupt
        saved.append(start)
        return write(folder, start, arrays)

    monkeypatch.setattr(filling, "write_part", dying)
    with pytest.raises(KeyboardInterrupt):
        score(predictor, sequences, ask("saliency"), tmp_path, batch_size=2)
    assert not (tmp_path / "scores.h5").exists()
    monkeypatch.setattr(filling, "write_part", lambda *args: saved.append(args[1]) or write(*args))
    path, _ = score(predictor, sequences, ask("saliency"), tmp_path, batch_size=2)
    assert saved == [0, 2, 4]
    whole, _ = score(predictor, sequences, ask("saliency"), tmp_path / "whole", batch_size=2)
    np.testing.assert_array_equal(read_rows(path, "saliency", slice(None)), read_rows(whole, "saliency", slice(None)))


def test_parts_of_other_settings_are_refused(predictor, sequences, ask, tmp_path, monkeypatch):
    def dying(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(filling, "write_part", dying)
    with pytest.raises(KeyboardInterrupt):
        score(predictor, sequences, ask("deeplift"), tmp_path)
    assert json.loads((tmp_path / "parts" / "deeplift" / "settings.json").read_text())["rule"] == "rescale"
    with pytest.raises(InputError, match=r"deeplift: holds an unfinished run with rule \(then 'rescale', now 'reveal_"):
        score(predictor, sequences, ask("deeplift", rule="reveal_cancel"), tmp_path)


def test_held_scores_of_other_settings_are_refused(predictor, sequences, ask, tmp_path):
    score(predictor, sequences, ask("deeplift"), tmp_path)
    with pytest.raises(InputError, match=r"scores\.h5: holds deeplift under other settings: rule \(then 'rescale'"):
        score(predictor, sequences, ask("saliency", "deeplift", rule="reveal_cancel"), tmp_path)
    score(predictor, sequences, ask("saliency"), tmp_path)  # which has no rule
    assert set(read_attributes(tmp_path / "scores.h5")) == {"deeplift", "saliency"}


def test_methods_that_cannot_explain_a_network_are_passed_over_where_allowed(
    predictor, sequences, ask, tmp_path, capsys
):
    spectral = dataclasses.replace(
        predictor,
        apply=lambda parameters, x: jnp.linalg.eigvalsh((x.T @ x) * parameters["w"][0, 0, 0])[:2],
        fingerprint="5" * 64,
    )
    names = ["saliency", "deeplift", "grad_cam"]
    with pytest.raises(InputError, match=r"primitive 'eigh'.* DeepLIFT has no rule"):
        score(spectral, sequences, ask(*names), tmp_path, passing_over=["grad_cam"])
    path, _ = score(spectral, sequences, ask(*names), tmp_path, passing_over=names)
    assert list(read_attributes(path)) == ["saliency"]
    out = capsys.readouterr().out
    assert "note: deeplift is left out: primitive 'eigh'" in out
    assert "note: grad_cam is left out: the network has no convolution" in out
