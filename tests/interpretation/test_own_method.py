"""What a function's arguments and docstring become in the line of a method."""

import functools
from typing import Literal

import pytest

from genomics.attribution.saliency import saliency
from genomics.interpretation.method import Explainer
from genomics.interpretation.own_method import own_method
from genomics.interpretation.settings import declared


def line(function):
    return own_method(function, source="lab.own:mine", code="c0de")


def attributes(function, **settings):
    method = line(function)
    return Explainer(name="mine", method=method, settings=method.settings(**settings)).attributes()


def plain(predict):
    return saliency(predict)


def drawing(predict, *, key):
    return saliency(predict)


def seeded(predict, seed):
    return saliency(predict)


def compared(predict, *, reference=None):
    return saliency(predict)


def test_what_is_stored_is_what_the_numbers_depend_on():
    stored = attributes(plain, seed=5)
    assert (stored["source"], stored["code"], stored["reference"]) == ("lab.own:mine", "c0de", "none")
    assert "seed" not in stored
    assert [attributes(function, seed=5)["seed"] for function in (drawing, seeded)] == [5, 5]
    assert attributes(compared)["reference"] == "zeros"
    assert "seed" not in attributes(compared, seed=5)


def test_a_docstring_tells_what_it_is():
    def told(predict, *, width: int = 3, form: Literal["a", "b"] = "b", other=1.5):
        """Mean of a thing
        over windows.

        More of it.

        Args:
          predict: network.
          width (int): bases of a window,
            an odd number.
          form: which

        Source:
          Somebody & Others 2020,
          doi:10.1/2.
        """
        return saliency(predict)

    method = line(told)
    assert (method.definition, method.citation) == (
        "Mean of a thing over windows.",
        "Somebody & Others 2020, doi:10.1/2.",
    )
    found = declared(method.settings)
    assert {name: each.what for name, each in found.items()} == {
        "width": "bases of a window, an odd number",
        "form": "which",
        "other": "",
    }
    assert [(each.flag, each.kind, each.choices) for each in found.values()] == [
        ("mine.width", int, ()),
        ("mine.form", str, ("a", "b")),
        ("mine.other", float, ()),
    ]
    assert (line(plain).definition, line(plain).citation) == ("as lab.own:mine computes it", "none")


def test_any_callable_will_do():
    class Method:
        def __call__(self, predict, *, width=2):
            return saliency(predict)

    for function in (Method(), functools.partial(lambda predict, power, width=2: saliency(predict), power=3)):
        assert declared(line(function).settings)["width"].default == 2


@pytest.mark.parametrize("annotation", ["float", float, "float | None"])
def test_annotations_may_be_texts(annotation):
    def mine(predict, *, width=2):
        return saliency(predict)

    mine.__annotations__["width"] = annotation
    assert declared(line(mine).settings)["width"].kind is float
