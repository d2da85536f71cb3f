"""A score of alleles is one line: what it computes, its key and its array follow from it everywhere."""

import jax.numpy as jnp
import numpy as np
import pytest

from genomics.lenses.units import UNITS
from genomics.scan import vcf_scores as module
from genomics.scan.outputs import kept
from genomics.scan.vcf_scores import VCF_SCORES, AllelePair, VcfScore, arrays, info_keys, vcf_scores, widths

REFERENCE, ALTERNATIVE = jnp.array([[0.0, 2.0]]), jnp.array([[1.0, -2.0]])


def test_what_the_scores_are():
    profiles = jnp.array([[0.5, 1.0], [0.5, 0.0]]), jnp.array([[0.5, 0.0], [0.5, 1.0]])
    pair = AllelePair(
        reference=REFERENCE,
        alternative=ALTERNATIVE,
        counts=(jnp.log(jnp.array([2.0])), jnp.log(jnp.array([16.0]))),
        profiles=profiles,
    )
    found = {name: np.asarray(line.compute(pair)) for name, line in VCF_SCORES.items()}
    np.testing.assert_allclose(found["log2_fold_change"], [3], rtol=1e-6)
    np.testing.assert_allclose(found["jensen_shannon"], [(0 + 1) / 2], rtol=1e-6)
    np.testing.assert_array_equal(found["effect"], [[1, -4]])
    np.testing.assert_array_equal(found["reference"], REFERENCE)
    np.testing.assert_array_equal(found["alternative"], ALTERNATIVE)
    np.testing.assert_allclose(
        found["probability"], [[1 / (1 + np.exp(-1)) - 0.5, 1 - 2 / (1 + np.exp(-2))]], rtol=1e-6
    )


def test_no_two_share_a_key_or_an_array():
    for part in ("array", "ending"):
        assert len({getattr(line, part) for line in VCF_SCORES.values()}) == len(VCF_SCORES)
    assert next(iter(VCF_SCORES.values())).array == "effects"


def test_the_effect_is_always_told_and_the_order_is_the_tables():
    assert list(vcf_scores([])) == ["effect"]
    assert list(vcf_scores(["probability", "reference"])) == ["effect", "reference", "probability"]
    assert arrays(["reference"], None) == ["effects", "reference"]
    assert arrays(["reference"], 3) == ["effects", "reference", "effects_std", "reference_std"]
    assert [(key, array) for key, array, _ in info_keys("E", ["probability"], 2)] == [
        ("E", "effects"),
        ("E_STD", "effects_std"),
        ("E_P", "probability"),
        ("E_P_STD", "probability_std"),
    ]


def test_the_effect_is_told_in_its_unit_and_words():
    pair = AllelePair(reference=REFERENCE, alternative=ALTERNATIVE, unit=UNITS["log2_fold_change"])
    np.testing.assert_allclose(VCF_SCORES["effect"].compute(pair), (ALTERNATIVE - REFERENCE) / np.log(2))
    told = {key: what for key, _, what in info_keys("E", ["reference"], None, unit="natural log")}
    assert told == {"E": "Change of the log count by the allele", "E_REF": "Log count of the window with REF"}
    told = {key: what for key, _, what in info_keys("E", [], None, gauge="log2_fold_change")}
    assert told == {"E": "log2 fold change of the counts by the allele"}


def test_scores_of_heads_have_one_number_a_network():
    assert widths(["reference", "jensen_shannon", "log2_fold_change"], heads=True) == {
        "log2_fold_change": 1,
        "jensen_shannon": 1,
    }
    assert widths(["log2_fold_change"], heads=False) == {}


def test_a_new_score_is_one_line(monkeypatch):
    ratio = VcfScore(
        compute=lambda pair: pair.alternative / pair.reference, array="fold", ending="_RATIO", what="Ratio"
    )
    monkeypatch.setattr(module, "VCF_SCORES", {**VCF_SCORES, "fold": ratio})
    assert ("E_RATIO", "fold", "Ratio") in list(info_keys("E", ["fold"], None))
    assert arrays(["fold"], None) == ["effects", "fold"]


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_several_scores_are_kept_by_name_over_replicates(dtype):
    def score(parameters, inputs):
        return {"sum": inputs + parameters, "product": inputs * parameters}

    single = kept(score, name="effects", replicates=None, summary=False, dtype=dtype)(jnp.array(2.0), ALTERNATIVE)
    np.testing.assert_allclose(single["sum"], ALTERNATIVE + 2)
    many = kept(score, name="effects", replicates=2, summary=False, dtype=dtype)(jnp.array([1.0, 4.0]), ALTERNATIVE)
    np.testing.assert_allclose(many["product"], ALTERNATIVE * 2.5, rtol=1e-3)
    np.testing.assert_allclose(many["product_std"], np.abs(ALTERNATIVE) * 1.5, rtol=1e-3)
    assert set(many) - {"rounding"} == {"sum", "product", "sum_std", "product_std"}
    assert ("rounding" in many) == (dtype == "float16")


@pytest.mark.parametrize("name", VCF_SCORES)
def test_linear_scores_alone_are_the_mean_of_the_networks_own(name):
    draw = np.random.default_rng(0)
    reference, alternative, *counts = draw.normal(size=(4, 3, 1)).astype(np.float32)
    profiles = draw.dirichlet(np.ones(5), size=(2, 3)).astype(np.float32)[..., None]

    def score(networks):
        return VCF_SCORES[name].compute(
            AllelePair(
                reference=jnp.asarray(reference[networks].mean(0)),
                alternative=jnp.asarray(alternative[networks].mean(0)),
                counts=(jnp.asarray(counts[0][networks].mean(0)), jnp.asarray(counts[1][networks].mean(0))),
                profiles=(
                    jnp.asarray(profiles[0][networks].mean(0)),
                    jnp.asarray(profiles[1][networks].mean(0)),
                ),
            )
        )

    own = float(np.mean([score([network])[0] for network in range(3)]))
    difference = abs(own - float(score([0, 1, 2])[0]))
    assert (difference < 1e-5) == VCF_SCORES[name].linear
    assert difference < 1e-5 or difference > 1e-3
