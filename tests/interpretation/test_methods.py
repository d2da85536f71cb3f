import dataclasses
import json
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.corrected_gradient import corrected_gradient
from genomics.attribution.deconvnet import deconvnet
from genomics.attribution.deeplift import deeplift
from genomics.attribution.expected_gradients import expected_gradients
from genomics.attribution.grad_cam import grad_cam
from genomics.attribution.gradient_x_input import gradient_x_input
from genomics.attribution.guided_backprop import guided_backprop
from genomics.attribution.guided_grad_cam import guided_grad_cam
from genomics.attribution.integrated_gradients import integrated_gradients
from genomics.attribution.lrp import lrp
from genomics.attribution.references import parse_reference
from genomics.attribution.saliency import saliency
from genomics.attribution.smoothgrad import smoothgrad
from genomics.errors import InputError
from genomics.interpretation.analyses import ANALYSES, choose
from genomics.interpretation.filter_settings import ATTRIBUTION
from genomics.interpretation.identity import decisive
from genomics.interpretation.method import Explainer, Own
from genomics.interpretation.methods import METHODS, chosen
from genomics.interpretation.settings import declared
from genomics.mutagenesis.ablation import ablation
from genomics.mutagenesis.epistasis import epistasis
from genomics.mutagenesis.gauge import in_gauge
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.mutagenesis.indels import deletions, insertions, random_strings
from genomics.mutagenesis.naive import ism
from genomics.mutagenesis.occlusion import occlusion


def test_names_are_chosen_in_order_without_repeats():
    assert chosen(["ism", " saliency", "ism", ""]) == ["ism", "saliency"]
    names = """saliency gradient_x_input corrected_gradient smoothgrad integrated_gradients expected_gradients
        guided_backprop deconvnet lrp grad_cam guided_grad_cam deeplift deepshap ism occlusion"""
    assert chosen(["all"]) == names.split()
    assert chosen(["ism", "all"])[:2] == ["ism", "saliency"]


@pytest.mark.parametrize("names", [["saliency", "ISM"], [], [" "]])
def test_unknown_names_list_the_known_ones(names):
    with pytest.raises(InputError, match="saliency, gradient_x_input"):
        chosen(names)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_says_what_it_is(name, ask):
    (explainer,) = ask(name)
    attributes = explainer.attributes()
    assert all(attributes[key] for key in ("definition", "rule", "reference", "citation"))
    assert re.search(r"\d{4}, doi:10\.\d+/", attributes["citation"])
    assert all(isinstance(value, str | int | float) for value in attributes.values())


def test_methods_and_analyses_are_told_apart():
    assert choose(["filters", "ism", "spacing", "filters"]) == (["ism"], ["filters", "spacing"])
    assert choose(["marginalize"]) == ([], ["marginalize"])
    assert not choose(["all"])[1]
    for names in (["filters", "nope"], [""]):
        with pytest.raises(
            InputError, match="occlusion, ablation, indels, epistasis, filters, marginalize, spacing, or"
        ):
            choose(names)


def test_the_analysis_of_filters_has_the_settings_of_its_attribution():
    assert issubclass(ANALYSES["filters"].settings, METHODS[ATTRIBUTION].settings)


@pytest.mark.parametrize("name", METHODS)
def test_attributes_change_with_every_setting(name, ask):
    (explainer,) = ask(name)
    changed = {
        "rule": "reveal_cancel",
        "max_pool_rule": "gradient",
        "reference": parse_reference("0.4,0.1,0.1,0.4"),
        "layer": "relu_1",
        "steps": 3,
        "samples": 5,
        "ism": "naive",
        "gauge": "centred",
        "occlusion_width": 5,
        "pairs": "top:3",
        "max_indel": 3,
    }
    for field in declared(type(explainer.settings)):
        (other,) = ask(name, **{field: changed[field]})
        assert other.attributes() != explainer.attributes(), field


def test_attributes_are_those_that_earlier_scores_hold(repository):
    """So that `scores.h5` and unfinished parts of an earlier version are still known to be under the same settings."""
    for case in json.loads((repository / "tests" / "golden" / "method_attributes.json").read_text()):
        for name, expected in case["attributes"].items():
            settings = {
                field: parse_reference(value) if field == "reference" else value
                for field, value in (case["settings"] | {"seed": case["seed"]}).items()
                if field in {each.name for each in dataclasses.fields(METHODS[name].settings)}
            }
            explainer = Explainer(name=name, method=METHODS[name], settings=METHODS[name].settings(**settings))
            assert decisive(explainer.attributes()) == expected, (name, case)


def test_the_seed_is_stored_where_something_is_random(ask):
    seeds = {each.name: each.attributes().get("seed") for each in ask(*METHODS)}
    random = {"smoothgrad", "expected_gradients", "deepshap", "ablation", "indels"}
    assert {name for name, seed in seeds.items() if seed is not None} == random
    shuffled, fixed = ask("deeplift", "deepshap", reference=parse_reference("dinucleotide:2"), seed=7)
    assert shuffled.attributes()["seed"] == shuffled.reference.seed == fixed.reference.seed == 7
    assert fixed.attributes()["reference"] == "dinucleotide:20"


def test_references_are_told_by_their_numbers(ask, tmp_path):
    def told(text, **options):
        (explainer,) = ask("deeplift", reference=parse_reference(text, **options))
        return explainer.attributes()["reference"]

    assert told("zeros") == "zeros"
    assert told(" .3,.2,.2,.3") == "0.3,0.2,0.2,0.3"
    assert told("background", background=[0.4, 0.1, 0.1, 0.4]) == "0.4,0.1,0.1,0.4"
    assert told("dinucleotide:5") == "dinucleotide:5"
    path = tmp_path / "r.npy"
    np.save(path, np.zeros((12, 4)))
    first = told(str(path))
    assert first.startswith("r.npy sha256 ")
    np.save(path, np.ones((12, 4)))
    assert told(str(path)) != first


def test_every_line_builds_its_method_with_its_settings(predictor, ask):
    """The program of each built method is that of the function called by hand; nothing is computed."""

    def predict(x):
        return predictor.apply(predictor.parameters, x)

    rows = np.random.default_rng(0).dirichlet(np.ones(4), (1, 12)).astype(np.float32)
    key = jax.random.key(3)
    windows, strings = jnp.zeros((12, 4, 5), jnp.uint8), random_strings(3, 0)
    settings = dict(
        **{"rule": "reveal_cancel", "max_pool_rule": "gradient", "layer": "relu_1", "steps": 7, "samples": 6},
        **{"gauge": "centred", "occlusion_width": 5, "pairs": "window:2", "max_indel": 3},
        reference=parse_reference("uniform"),
    )
    by_hand = {
        "saliency": saliency(predict),
        "gradient_x_input": gradient_x_input(predict),
        "corrected_gradient": corrected_gradient(predict),
        "smoothgrad": smoothgrad(predict, key=key, samples=6, sigma=0.1),
        "integrated_gradients": integrated_gradients(predict, reference=rows, steps=7),
        "expected_gradients": expected_gradients(predict, references=rows, key=key, samples=6),
        "guided_backprop": guided_backprop(predict),
        "deconvnet": deconvnet(predict),
        "lrp": lrp(predict),
        "grad_cam": grad_cam(predict, layer="relu_1"),
        "guided_grad_cam": guided_grad_cam(predict, layer="relu_1"),
        "deeplift": deeplift(predict, reference=rows, rule="reveal_cancel", max_pool_rule="gradient", layer="relu_1"),
        "deepshap": deeplift(predict, reference=rows, rule="rescale", max_pool_rule="gradient", layer="relu_1"),
        "ism": in_gauge(incremental_ism(predict), predict, "centred"),
        "occlusion": occlusion(predict, 5, [0.25] * 4),
        "ablation": lambda x: ablation(predict, x, windows),
        "indels": lambda x: {
            "deletions": deletions(predict, x, 3),
            "insertions": insertions(predict, x, strings),
        },
        "epistasis": lambda x: {"scores": epistasis(predict, "window:2")(x)},
    }
    assert by_hand.keys() == METHODS.keys()
    x = jnp.eye(4)[np.arange(12) % 4]
    for explainer in ask(*by_hand, **settings):
        name, method = explainer.name, by_hand[explainer.name]
        built = explainer.method.build(predict, explainer.settings, Own(references=rows, key=key, windows=windows))
        assert _program(built, x) == _program(method, x), name
    (naive,) = ask("ism", **settings, ism="naive")
    built = naive.method.build(predict, naive.settings, Own(references=None, key=key))
    assert _program(built, x) == _program(in_gauge(ism(predict), predict, "centred"), x)
    (hidden,) = ask("occlusion", **settings | {"reference": parse_reference("zeros")})
    n = hidden.method.build(predict, hidden.settings, Own(references=None, key=key))
    assert _program(n, x) == _program(occlusion(predict, 5), x)


def _program(method, x):
    return re.sub("0x[0-9a-f]+", "", str(jax.make_jaxpr(method)(x)))
