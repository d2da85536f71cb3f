"""A record of settings: what its fields say is what is checked and stored."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

import pytest

from genomics.attribution.references import parse_reference
from genomics.errors import InputError
from genomics.interpretation.method import Explainer, Method
from genomics.interpretation.methods import METHODS
from genomics.interpretation.methods.contributions import DeepLift
from genomics.interpretation.settings import Settings, declared, setting


@dataclass(frozen=True, kw_only=True)
class Some(Settings):
    copies: int = setting(3, "copies", least=1)
    width: float = setting(0.5, "width")
    form: Literal["round", "square"] = setting("round", "form")
    name: str | None = setting(None, "name")
    places: tuple[int, ...] = setting((), "places", text="", read=lambda text, *_: text, told=lambda own: f"{own}")


def test_what_a_field_says_of_itself():
    found = declared(Some)
    assert [(each.flag, each.kind, each.choices, each.default) for each in found.values()] == [
        ("copies", int, (), 3),
        ("width", float, (), 0.5),
        ("form", str, ("round", "square"), "round"),
        ("name", str, (), None),
        ("places", str, (), ""),
    ]
    assert "seed" not in found


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"copies": 0}, "--copies=0: must be at least 1"),
        ({"width": float("nan")}, "--width=nan: must be a finite number"),
        ({"width": float("inf")}, "--width=inf: must be a finite number"),
        ({"form": "oval"}, "--form=oval: must be one of round, square"),
    ],
)
def test_a_record_is_checked_wherever_it_is_made(values, message):
    with pytest.raises(InputError, match=message):
        Some(**values)
    with pytest.raises(InputError, match=message):
        dataclasses.replace(Some(), **values)


def test_what_is_stored_follows_from_the_fields():
    method = Method(build=lambda *_: lambda x: {}, settings=Some, definition="d", citation="c", label="l")
    stored = Explainer(name="some", method=method, settings=Some(width=2.0, places=(1, 2), seed=4)).attributes()
    assert stored == {
        **{"definition": "d", "rule": "none", "reference": "none", "citation": "c"},
        **{"copies": 3, "width": 2.0, "form": "round", "places": "(1, 2)"},
    }
    random = dataclasses.replace(method, random=True, provenance={"code": "abc"})
    stored = Explainer(name="some", method=random, settings=Some(name="n", seed=4)).attributes()
    assert (stored["seed"], stored["name"], stored["code"]) == (4, "n", "abc")


def test_a_type_that_no_flag_can_hold_is_a_fault_of_the_record():
    @dataclass(frozen=True, kw_only=True)
    class Odd(Settings):
        pair: tuple[int, int] = setting((1, 2), "a pair")

    with pytest.raises(TypeError, match=r"tuple\[int, int\]: must be int, float, bool, str or a Literal"):
        declared(Odd)


def test_the_seed_of_shuffles_is_that_of_the_record():
    assert DeepLift(reference=parse_reference("dinucleotide:2", seed=1), seed=5).reference.seed == 5


def test_every_record_is_frozen_and_says_what_its_settings_are():
    for name, method in METHODS.items():
        for field, each in declared(method.settings).items():
            assert each.what, (name, field)
        with pytest.raises(dataclasses.FrozenInstanceError):
            method.settings().seed = 1
