import dataclasses
import re

import numpy as np
import pytest

from genomics.attribution.references import parse_reference
from genomics.errors import InputError
from genomics.interpretation.methods import METHODS, chosen


def test_names_are_chosen_in_order_without_repeats():
    assert chosen(["ism", " saliency", "ism", ""]) == ["ism", "saliency"]
    assert chosen(["all"]) == list(METHODS)
    assert chosen(["ism", "all"])[:2] == ["ism", "saliency"]


@pytest.mark.parametrize("names", [["saliency", "ISM"], [], [" "]])
def test_unknown_names_list_the_known_ones(names):
    with pytest.raises(InputError, match="saliency, gradient_x_input"):
        chosen(names)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_says_what_it_is(name, settings):
    attributes = METHODS[name].attributes(settings)
    assert all(attributes[key] for key in ("definition", "rule", "reference", "citation"))
    assert re.search(r"\d{4}, doi:10\.\d+/", attributes["citation"])
    assert all(isinstance(value, str | int | float) for value in attributes.values())


@pytest.mark.parametrize("name", METHODS)
def test_attributes_change_with_the_flags_that_a_method_reads(name, settings):
    method = METHODS[name]
    changed = {
        "rule": "reveal_cancel",
        "max_pool_rule": "gradient",
        "reference": parse_reference("zeros"),
        "layer": "relu_1",
        "steps": 3,
        "samples": 5,
        "ism": "naive",
    }
    for field, value in changed.items():
        other = dataclasses.replace(settings, **{field: value})
        if field == "reference":
            other = dataclasses.replace(other, distribution=value)
        differs = method.attributes(other) != method.attributes(settings)
        assert differs == (field in method.settings), field


def test_the_seed_is_stored_where_something_is_random(settings):
    seeds = {name: method.attributes(settings).get("seed") for name, method in METHODS.items()}
    assert {name for name, seed in seeds.items() if seed is not None} == {
        "smoothgrad",
        "expected_gradients",
        "deepshap",
    }
    shuffled = dataclasses.replace(settings, reference=parse_reference("dinucleotide:2", seed=7), seed=7)
    assert METHODS["deeplift"].attributes(shuffled)["seed"] == 7
    assert METHODS["deepshap"].attributes(shuffled)["reference"] == "dinucleotide:20"


def test_references_are_told_by_their_numbers(settings, tmp_path):
    def told(text, **options):
        changed = dataclasses.replace(settings, reference=parse_reference(text, **options))
        return METHODS["deeplift"].attributes(changed)["reference"]

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
