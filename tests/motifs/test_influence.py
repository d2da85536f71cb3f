import jax
import jax.numpy as jnp
import numpy as np
from sklearn.metrics import roc_auc_score

from genomics.motifs.influence import influence
from genomics.motifs.layer import read_layer, responses, with_responses


def test_influence_is_a_filter_fixed_by_hand(predict, bases):
    layer = read_layer(predict, 24)
    labels = np.zeros((len(bases), 2), np.uint8)
    labels[::3, 0] = 1  # the second task has no positive
    found = influence(predict, bases, layer, labels)
    x = jax.nn.one_hot(bases, 4)
    maps = jax.jit(jax.vmap(responses(predict)))(x)
    go_on = jax.jit(jax.vmap(with_responses(predict)))
    whole = np.asarray(go_on(x, maps), np.float64)
    for f in range(3):
        fixed = maps.at[..., f].set(maps[..., f].mean())
        logits = np.asarray(go_on(x, jnp.asarray(fixed)), np.float64)
        np.testing.assert_allclose(found.change[f], ((logits - whole) ** 2).mean(0), rtol=1e-3, atol=1e-9)
        loss = [np.logaddexp(0, np.where(labels == 1, -z, z)).mean(0) for z in (logits, whole)]
        np.testing.assert_allclose(found.loss[f], loss[0] - loss[1], atol=1e-5)
        auroc = roc_auc_score(labels[:, 0], logits[:, 0]) - roc_auc_score(labels[:, 0], whole[:, 0])
        np.testing.assert_allclose(found.auroc[f, 0], auroc, atol=1e-4)
    assert np.isnan(found.auroc[:, 1]).all()
    assert found.change[2].max() < 1e-9  # a dead filter is worth nothing


def test_without_labels_there_is_only_the_change(predict, bases):
    found = influence(predict, bases[:40], read_layer(predict, 24), None)
    assert found.loss is None
    assert found.auroc is None
    assert found.change.shape == (3, 2)
