"""The settings of a method: a frozen record whose fields say all that flags, checks and provenance need.

A field declared by `setting` is a flag of its name, is checked wherever its record is made, and is stored beside the
scores. Records of several methods may share a field's name: they share the flag.

```python
@dataclass(frozen=True, kw_only=True)
class SmoothGrad(Settings):
    samples: int = setting(50, "noisy copies of the sequence", least=1)
```
"""

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from genomics.errors import InputError
from genomics.models.predictor import Predictor

_METADATA = "setting"
#: What a flag holds: one of these, or texts of which a `Literal` names all.
Kind = type[int] | type[float] | type[bool] | type[str] | type[list]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a text on the command line may be about.

    Attributes:
      predictor: the network.
      seed: of everything that is random.
      background: gives the base frequencies A, C, G, T of the training data.
    """

    predictor: Predictor
    seed: int
    background: Callable[[], Sequence[float]]


S = TypeVar("S", bound="Settings")
#: (a flag's value, whether the command line gave it, what it is about) -> the field's value.
Read = Callable[[Any, bool, Asked], Any]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a field says about itself.

    Attributes:
      flag: its name.
      kind: what the flag holds.
      choices: all texts that it may be; empty = any.
      least: the smallest number; None = any.
      default: of the flag; `dataclasses.MISSING` where the flag must be given.
      what: it is, the rest of "Of <methods>: ..."; may be empty.
      read: from the flag's value to the field's; None where they are the same.
      told: from the field's value to what is stored; None where they are the same.
    """

    flag: str
    kind: Kind
    choices: tuple[str, ...] = ()
    least: int | None = None
    default: Any
    what: str
    read: Read | None = None
    told: Callable[[Any], str | int | float] | None = None

    def check(self, value: Any) -> None:
        """Raises `InputError` where a value of the field is not allowed; values that were read are not looked at."""
        if self.read or value is None:
            return
        rule = ""
        if self.choices and value not in self.choices:
            rule = f"must be one of {', '.join(self.choices)}"
        elif self.kind is float and not math.isfinite(value):
            rule = "must be a finite number"
        elif self.least is not None and value < self.least:
            rule = f"must be at least {self.least}"
        if rule:
            raise InputError(f"--{self.flag}={value}: {rule}")


def setting(
    default: Any,
    what: str,
    *,
    choices: Sequence[str] = (),
    least: int | None = None,
    text: Any = None,
    read: Read | None = None,
    told: Callable[[Any], str | int | float] | None = None,
    flag: str | None = None,
) -> Any:
    """Declares a field of a record of settings.

    Args:
      default: the field's; `dataclasses.MISSING` = none, it must be given.
      what: it is, in a few words.
      choices: all texts that it may be; a `Literal` names them itself.
      least: the smallest number that it may be.
      text: the flag's default, a text or a list of texts, where the field holds what is read from one.
      read: how; may raise `InputError`.
      told: what is stored beside the scores, where that is not the value.
      flag: its name; None = the field's.
    """
    given = {"what": what, "choices": choices, "least": least, "text": text, "read": read, "told": told, "flag": flag}
    return dataclasses.field(default=default, metadata={_METADATA: given})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What all records have.

    Attributes:
      seed: of everything that is random.
    """

    seed: int = 0

    def __post_init__(self):
        for name, each in declared(type(self)).items():
            each.check(getattr(self, name))


def declared(record: type[Settings]) -> Mapping[str, Setting]:
    """What each field of a record says about itself, by the field's name.

    Raises:
      TypeError: an annotation that no flag can hold.
    """
    hints = typing.get_type_hints(record)
    found = {}
    for field in dataclasses.fields(record):
        if _METADATA not in field.metadata:
            continue
        given = dict(field.metadata[_METADATA])
        text, flag, choices = given.pop("text"), given.pop("flag") or field.name, tuple(given.pop("choices"))
        kind, named = (type(text), ()) if text is not None else kind_of(hints[field.name])
        default = field.default if text is None else text
        found[field.name] = Setting(flag=flag, kind=kind, choices=choices or named, default=default, **given)
    return found


def record_of(
    kind: type[S], given: Mapping[str, Any], asked: Asked, known: dict[tuple[Any, ...], Any] | None = None
) -> S:
    """A record of settings, of what the user gave and the defaults of the rest.

    Args:
      kind: of the record.
      given: flag -> its value, where it was given; what is no setting of this record is passed over.
      asked: what texts may be about.
      known: what was read already, so that records which share a flag read it once.

    Raises:
      InputError: a value fits neither the field nor the network, or a setting that has no default was not given.
    """
    known = {} if known is None else known

    def value(each: Setting) -> Any:
        raw = given.get(each.flag, each.default)
        if raw is dataclasses.MISSING:
            raise InputError(f"--{each.flag} must be given: it has no default")
        if each.read is None:
            return raw
        key = (each.read, repr(raw), each.flag in given)
        if key not in known:
            known[key] = each.read(raw, each.flag in given, asked)
        return known[key]

    return kind(seed=asked.seed, **{name: value(each) for name, each in declared(kind).items()})


def kind_of(annotation: Any) -> tuple[Kind, tuple[str, ...]]:
    """What a flag for a field of this type holds, and its choices; `X | None` is as X.

    Raises:
      TypeError: the type is none of int, float, bool, str and a `Literal` of texts.
    """
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        (annotation, *others) = [each for each in typing.get_args(annotation) if each is not type(None)]
        if others:
            raise TypeError(f"{annotation}: must be int, float, bool, str or a Literal of texts")
    if typing.get_origin(annotation) is Literal and all(isinstance(each, str) for each in typing.get_args(annotation)):
        return str, typing.get_args(annotation)
    if annotation in (int, float, bool, str):
        return annotation, ()
    raise TypeError(f"{annotation}: must be int, float, bool, str or a Literal of texts")
