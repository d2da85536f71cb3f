"""The flags of records of settings: defined, and read back into records."""

import dataclasses
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from absl import flags

from genomics.interpretation.settings import Asked, Setting, Settings, declared, record_of

S = TypeVar("S", bound=Settings)


def define(records: Mapping[str, type[Settings]], known: Collection[str] = ()) -> list[str]:
    """Defines the flags that records of settings declare; those of one name are one flag.

    Args:
      records: by name of the method or analysis, which the help tells.
      known: flags that are defined already, which these records share.

    Returns:
      Names of the flags that are new.

    Raises:
      TypeError: two records declare a flag that holds different things.
    """
    users: dict[str, dict[str, Setting]] = {}
    for name, record in records.items():
        for each in declared(record).values():
            if each.flag in known:
                continue
            users.setdefault(each.flag, {})[name] = each
    for flag, own in users.items():
        if len({(each.kind, each.choices, each.least) for each in own.values()}) > 1:
            raise TypeError(f"--{flag}: {', '.join(own)} declare it differently")
        _define(flag, own)
        # A flag that is defined while the program starts is one of the program's too, for --help.
        flags.FLAGS.register_key_flag_for_module(sys.argv[0], flags.FLAGS[flag])
    return list(users)


def _define(flag: str, users: Mapping[str, Setting]) -> None:
    first = next(iter(users.values()))
    defaults = {name: each.default for name, each in users.items()}
    same = all(value == first.default for value in defaults.values())
    default = first.default if same and first.default is not dataclasses.MISSING else None
    text = _help(users, {} if same else defaults)
    if first.kind is bool:
        flags.DEFINE_boolean(flag, default, text)
    elif first.kind is int:
        flags.DEFINE_integer(flag, default, text, lower_bound=first.least)
    elif first.kind is float:
        flags.DEFINE_float(flag, default, text)
    elif first.kind is list:
        flags.DEFINE_list(flag, default, text)
    elif first.choices:
        flags.DEFINE_enum(flag, default, first.choices, text)
    else:
        flags.DEFINE_string(flag, default, text)


def _help(users: Mapping[str, Setting], defaults: Mapping[str, Any]) -> str:
    """Whose it is and what it is; whose default is another one, where they differ."""
    texts: dict[str, list[str]] = {}
    for name, each in users.items():
        texts.setdefault(each.what, []).append(name)
    told = [f"Of {_joined(names)}" + (f": {what}." if what else ".") for what, names in texts.items()]
    if defaults:
        common = max(defaults.values(), key=list(defaults.values()).count)
        others = [f"{value} for {name}" for name, value in defaults.items() if value != common]
        told.append(f"Default: {'; '.join([str(common), *others])}.")
    return " ".join(told)


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def reader(asked: Asked) -> Callable[[type[S]], S]:
    """A function that reads records from the command line; what several records share is read once.

    Args:
      asked: what texts may be about.

    Returns:
      kind of record -> the record. It raises `InputError` where a flag's value fits neither the field nor the network,
      or a flag that has no default was not given.
    """
    known: dict[tuple[Any, ...], Any] = {}

    def read(record: type[S]) -> S:
        holders = (flags.FLAGS[each.flag] for each in declared(record).values())
        given = {holder.name: holder.value for holder in holders if holder.present}
        return record_of(record, given, asked, known)

    return read


def unread(defined: Iterable[str], records: Iterable[type[Settings]]) -> list[str]:
    """Those of some flags that the command line gives and that no record reads."""
    read = {each.flag for record in records for each in declared(record).values()}
    return [flag for flag in defined if flags.FLAGS[flag].present and flag not in read]
