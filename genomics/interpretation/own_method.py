"""A user's own method, as a line beside those of the table.

    def my_method(predict, *, reference, key, sigma: float = 0.1):
        def explain(x):  # (L, 4) -> Attribution of scores (T, L, 4)
            ...
        return explain

Its arguments are its settings. `docs/own_method.md` tells users all of it.
"""

import dataclasses
import inspect
import re
import typing
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from genomics.attribution.record import Attribution, Explain, Predict
from genomics.errors import InputError
from genomics.interpretation.analyses import ANALYSES
from genomics.interpretation.method import Method, Own
from genomics.interpretation.methods import METHODS
from genomics.interpretation.reference_setting import Compared
from genomics.interpretation.settings import Settings, kind_of, setting
from genomics.io.scores import QUESTIONS

#: What a method is given beside its settings, by the argument's name.
_GIVEN = ("reference", "key", "seed")
#: Names that no method can have: others', and of what the folders of results hold beside methods.
_TAKEN = QUESTIONS | METHODS.keys() | ANALYSES.keys() | {"all", "evaluation"}
#: Attributes of every method, which a setting of the same name would hide.
_STORED = ("definition", "citation", "version", "source", "code")


def own_method(function: Callable[..., Any], *, source: str, code: str) -> Method[Any]:
    """The line of a function `method(predict, *, reference, key, **its own settings) -> explain`.

    `reference`, `key` and `seed` are given where the function takes them: the rows (K, L, 4) that --reference names, a
    key of the sequence's own, and --seed. Its other arguments are settings, flags of the name `--<method>.<argument>`.

    Args:
      function: the method. `explain(x)` takes a sequence (L, 4) and returns an `Attribution`; both run under `jax.jit`
        and `jax.vmap`.
      source: `MODULE:FUNCTION`; the name of the function becomes the method's.
      code: what changes when the code does; scores of other code are other scores.

    Raises:
      InputError: the name is taken, or an argument cannot be a setting; one line that names `source` and the rule.
    """
    name, where = source.rpartition(":")[2], f"--methods={source}"
    if name in _TAKEN or not name.isidentifier():
        raise InputError(f"{where}: {name} must be another name: it is one of this program's own")
    try:
        arguments = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError) as error:  # some builtins have no signature
        raise InputError(f"{where}: the arguments of {name} cannot be read: {error}") from error
    if not arguments or arguments[0].kind in (arguments[0].KEYWORD_ONLY, arguments[0].VAR_KEYWORD):
        raise InputError(f"{where}: {name} must take predict, as its first argument")
    named = [each for each in arguments[1:] if each.kind in (each.KEYWORD_ONLY, each.POSITIONAL_OR_KEYWORD)]
    given = [each.name for each in named if each.name in _GIVEN]
    types, helps = _types(function), _argument_texts(inspect.getdoc(function) or "")
    fields = [
        _field(where, name, each, types.get(each.name), helps.get(each.name, ""))
        for each in named
        if each.name not in given
    ]
    bases = (Compared,) if "reference" in given else (Settings,)
    record = dataclasses.make_dataclass(f"{name}_settings", fields, bases=bases, frozen=True, kw_only=True)
    build = _builder(function, where, [field[0] for field in fields], given)
    definition, citation = _told(inspect.getdoc(function) or "")
    return Method(
        build=build,
        settings=record,
        definition=definition or f"as {source} computes it",
        citation=citation or "none",
        label=name,
        random=bool({"key", "seed"} & set(given)),
        hypothetical=True,
        in_all=False,
        provenance={"source": source, "code": code},
    )


def _types(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except Exception:  # annotations may be anything; then defaults tell the types
        return {}


def _field(where: str, method: str, argument: inspect.Parameter, annotation: Any, what: str) -> tuple[str, Any, Any]:
    """An argument as a field of the record."""
    name, default = argument.name, argument.default
    if name in _STORED:
        raise InputError(f"{where}: the setting {name} must have another name: scores.h5 stores {', '.join(_STORED)}")
    default = dataclasses.MISSING if default is argument.empty else default
    if annotation is None and default is not dataclasses.MISSING:
        annotation = type(default)
    try:
        kind, choices = kind_of(annotation)
    except TypeError:
        raise InputError(
            f"{where}: the setting {name} must have a default, or an annotation, that is an int, float, bool, str or "
            "a Literal of texts"
        ) from None
    if default not in (dataclasses.MISSING, None) and not isinstance(default, (int, float) if kind is float else kind):
        raise InputError(f"{where}: the setting {name} is {default!r} by default; must be of type {kind.__name__}")
    if choices and default not in (*choices, dataclasses.MISSING, None):
        raise InputError(f"{where}: the setting {name} is {default!r} by default; must be one of {', '.join(choices)}")
    return name, annotation, setting(default, what, flag=f"{method}.{name}")


def _builder(
    function: Callable[..., Any], where: str, settings: Sequence[str], given: Sequence[str]
) -> Callable[[Predict, Any, Own], Explain]:
    def build(predict: Predict, record: Any, own: Own) -> Explain:
        references = None if own.references is None else jnp.asarray(own.references)
        beside = {"reference": references, "key": own.key, "seed": record.seed}
        values = {name: getattr(record, name) for name in settings} | {name: beside[name] for name in given}
        explain = _called(where, "", function, predict, **values)
        if not callable(explain):
            kind = type(explain).__name__
            raise InputError(f"{where}: returns a {kind}; must return explain, a function of one sequence (L, 4)")

        def checked(x: jax.Array) -> Attribution:
            answer = _called(where, "explain ", explain, x)
            tasks = jax.eval_shape(predict, x).shape[0]
            _check_answer(where, answer, (tasks, *x.shape))
            return answer

        return checked

    return build


def _called(where: str, what: str, function: Callable[..., Any], *values: Any, **named: Any) -> Any:
    """The function's value, its errors in one line."""
    try:
        return function(*values, **named)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    except Exception as error:  # whatever the user's function raises
        lines = str(error).strip().splitlines() or [""]
        raise InputError(f"{where}: {what}fails: {type(error).__name__}: {lines[0]}") from error


def _check_answer(where: str, answer: Any, shape: tuple[int, ...]) -> None:
    """Raises `InputError` where an answer is no `Attribution` of scores of this shape (T, L, 4)."""
    wanted = f"an Attribution with scores {shape}, floating-point numbers"
    if not isinstance(answer, Attribution):
        shapes = jax.tree.map(lambda leaf: f"{jnp.result_type(leaf)}{list(jnp.shape(leaf))}", answer)
        raise InputError(f"{where}: explain of one sequence returns {shapes}; must return {wanted}")
    if answer.scores is None:
        raise InputError(f"{where}: explain of one sequence returns no scores; must return {wanted}")
    for field, expected in (("scores", shape), ("residual", shape[:1]), ("hypothetical", shape)):
        values = getattr(answer, field)
        if values is None:
            continue
        found = jnp.shape(values)
        if found != expected or not jnp.issubdtype(jnp.result_type(values), jnp.floating):
            raise InputError(
                f"{where}: explain of one sequence returns {field} {jnp.result_type(values)}{list(found)}; must be "
                f"floating-point numbers {list(expected)}"
            )


def _section(documentation: str, heading: str) -> list[str]:
    """The indented lines under a heading of a docstring."""
    found = re.search(rf"^{heading}:[ \t]*\n((?:[ \t]+\S.*(?:\n|$))+)", documentation, re.MULTILINE)
    return inspect.cleandoc("\n" + found[1]).splitlines() if found else []


def _told(documentation: str) -> tuple[str, str]:
    """Definition and source that a docstring tells: its first paragraph, and its section `Source:`; in one line."""
    first = documentation.split("\n\n")[0]
    return " ".join(first.split()), " ".join(" ".join(_section(documentation, "Source")).split())


def _argument_texts(documentation: str) -> dict[str, str]:
    """What the section `Args:` of a docstring tells of each argument, in one line without the full stop."""
    found: dict[str, str] = {}
    name = ""
    for line in _section(documentation, "Args"):
        start = re.match(r"(\w+)(?: \([^)]*\))?: *(.*)", line)
        name, text = (start[1], start[2]) if start else (name, line.strip())
        found[name] = f"{found.get(name, '')} {text}".strip()
    return {name: text.rstrip(".") for name, text in found.items()}
