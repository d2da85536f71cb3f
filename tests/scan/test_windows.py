import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.lenses.view import Lens
from genomics.programs.lensed import lensed
from genomics.scan.windows import windows_scorer
from genomics.sequence.bases import one_hot, reverse_complement


@pytest.fixture(scope="module")
def codes(contigs):
    return contigs["z:1-9"][30:62]


@pytest.mark.parametrize("both_strands", [False, True])
def test_each_base_in_the_window_centred_on_it(predictor, codes, both_strands):
    length, chunk = predictor.length, len(codes) - predictor.length + 1

    def predict(window):
        found = predictor.apply(predictor.parameters, one_hot(window))
        other = predictor.apply(predictor.parameters, one_hot(reverse_complement(window)))
        return np.asarray((found + other) / 2 if both_strands else found)

    seen = lensed(predictor, Lens(strands="both" if both_strands else "forward"))
    scorers = {what: jax.jit(windows_scorer(seen, what=what, chunk=chunk)) for what in ("effects", "predictions")}
    effects = np.asarray(scorers["effects"](predictor.parameters, jnp.asarray(codes)))
    logits = np.asarray(scorers["predictions"](predictor.parameters, jnp.asarray(codes)))
    assert effects.shape == (chunk, 4, 2)
    for place in range(chunk):
        window = codes[place : place + length].copy()
        base, reference = window[length // 2], predict(window)
        np.testing.assert_allclose(logits[place], reference, atol=1e-5)
        if base == 4:
            assert np.isnan(effects[place]).all()
            continue
        assert (effects[place, base] == 0).all()
        for alternative in range(4):
            window[length // 2] = alternative
            np.testing.assert_allclose(effects[place, alternative], predict(window) - reference, atol=1e-5)
