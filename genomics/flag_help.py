"""What `-h`, `--help` and `--helpfull` of a command print: its flags by subject, not by letter."""

import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from absl import flags

#: Words of the command line that ask for the short form, and for the long one.
SHORT, FULL = ("-h", "-help", "--help", "-?", "--helpshort"), ("--helpfull", "-helpfull")
_WIDTH, _NAMES, _MOST_LINES = 79, 28, 60
_LIBRARIES = ("absl", "ml_collections", "orbax", "jax", "etils")


@dataclass(frozen=True, kw_only=True)
class Group:
    """Flags of one subject.

    Attributes:
      title: the subject.
      shown: flags that the short form describes, in this order, each with words that fit a line (none: those of the
        flag itself); flags that are not defined are passed over.
      modules: whose other flags belong here too; the short form names them.
      note: said below them.
    """

    title: str
    shown: Mapping[str, str] = field(default_factory=dict)
    modules: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Help:
    """What a command says of its flags.

    Attributes:
      usage: the flags that every use needs, as they are typed.
      required: names of these.
      groups: of flags, in order; flags of none come last.
      values: flag -> what stands for its value, where its type does not say it.
    """

    usage: str = ""
    required: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)


#: Flags of every command.
_OF_ALL = Group(
    title="Machine",
    shown={
        "cpu_devices": "devices that a CPU is taken for (default: one a core)",
        "compilation_cache": "keep what is compiled for the next start",
    },
)


def asked(argv: Sequence[str]) -> Callable[..., str] | None:
    """The function that gives what the command line asks for, `short` or `full`; None where it asks for no help."""
    words = argv[1 : argv.index("--")] if "--" in argv else argv[1:]
    if any(word in FULL for word in words):
        return full
    return short if any(word in SHORT for word in words) else None


def short(name: str, main: Callable[..., object], told: Help) -> str:
    """A line for each flag that is often used, the names of the others; 79 columns."""
    if not told.groups:
        return full(name, main, told)
    groups = [each for each in _groups(told) if each[1] or each[2]]
    lines = _short(name, main, told, groups, named=len(groups))
    for named in range(len(groups) - 1, -1, -1):  # names of rare flags give way first, from the end
        if len(lines) <= _MOST_LINES:
            break
        lines = _short(name, main, told, groups, named)
    return "\n".join(lines)


def _short(
    name: str, main: Callable[..., object], told: Help, groups: Sequence[tuple[Group, list, list]], named: int
) -> list[str]:
    """The lines of the short form, in which the first `named` groups name the flags that they do not describe."""
    lines = _head(name, main, told)
    complete = True
    for number, (group, shown, others) in enumerate(groups):
        complete = complete and not others
        if not shown and number >= named:
            continue
        lines.append(f"\n{group.title}:")
        lines += [_one_line(flag, told, words) for flag, words in shown]
        if others and number < named:
            names = " ".join(f"--{flag.name}" for flag in others)
            lead = "  also " if shown else "  "
            lines += _wrapped(names, lead, " " * len(lead))
        lines += _wrapped(group.note, "  ")
    if not complete or any("..." in line for line in lines):
        lines.append(f"\n{name} --helpfull tells all of them in full.")
    return "\n".join(lines).split("\n")


def full(name: str, main: Callable[..., object], told: Help) -> str:
    """Every flag with all that is to be said of it."""
    lines = _head(name, main, told)
    for group, shown, others in _groups(told):
        if not shown and not others:
            continue
        lines.append(f"\n{group.title}:")
        for flag in [*(flag for flag, _ in shown), *others]:
            lines.append(f"  {_left(flag, told)}{_mark(flag, told)}")
            lines += _wrapped(_text(flag) + _default(flag), " " * 6)
    return "\n".join(lines)


def _wrapped(text: str, first: str = "", further: str | None = None) -> list[str]:
    """Lines of whole words, flags among them; the first begins with `first`, the others too or with `further`."""
    further = first if further is None else further
    return textwrap.wrap(
        text, _WIDTH, initial_indent=first, subsequent_indent=further, break_on_hyphens=False, break_long_words=False
    )


def _head(name: str, main: Callable[..., object], told: Help) -> list[str]:
    document = inspect.cleandoc(sys.modules[main.__module__].__doc__ or "")
    paragraphs = [  # commands stay as they are
        text if re.search(r"^ ", text, re.MULTILINE) else "\n".join(_wrapped(text)) for text in document.split("\n\n")
    ]
    usage = " ".join(word for word in (f"usage: {name}", told.usage, "[--flag=value ...]") if word)
    return [usage, "", "\n\n".join(paragraphs)]


def _groups(told: Help) -> Iterable[tuple[Group, list[tuple[flags.Flag, str]], list[flags.Flag]]]:
    """Group, the flags that are described with words for each, the others."""
    by_module = {
        module: [flag for flag in found if module.split(".")[0] not in _LIBRARIES]
        for module, found in flags.FLAGS.flags_by_module_dict().items()
    }
    left = {flag.name: flag for found in by_module.values() for flag in found}
    left = {name: flag for name, flag in left.items() if not _text(flag).startswith("An earlier name of ")}
    # A field of a configuration is a flag of its own only while it is given.
    left = {name: flag for name, flag in left.items() if "." not in name or name.split(".")[0] not in left}
    described = {name for group in told.groups for name in group.shown}
    for group in [*told.groups, _OF_ALL] if told.groups else []:
        shown = [(left.pop(name), words) for name, words in group.shown.items() if name in left]
        own = [flag.name for module in group.modules for flag in by_module.get(module, [])]
        others = [left.pop(name) for name in sorted(own) if name in left and name not in described]
        yield group, shown, others
    rest = [left[name] for name in sorted(left)]
    if told.groups:
        yield Group(title="Others"), [], rest
    else:
        yield Group(title="Flags"), [(flag, "") for flag in rest], []


def _left(flag: flags.Flag, told: Help) -> str:
    if flag.boolean:
        return f"--[no]{flag.name}" if flag.default else f"--{flag.name}"
    if flag.name in told.values:
        return f"--{flag.name}={told.values[flag.name]}"
    choices = getattr(flag.parser, "enum_values", None)
    if choices:
        return f"--{flag.name}={'|'.join(choices)}"
    return f"--{flag.name}={_KINDS.get(flag.flag_type(), 'TEXT')}"


_KINDS = {
    "int": "NUMBER",
    "float": "NUMBER",
    "comma separated list of strings": "A,B",
    "multi string": "TEXT",
    "config object": "FILE",
}


def _one_line(flag: flags.Flag, told: Help, words: str) -> str:
    left = f"  {_left(flag, told)}"
    if len(left) > _NAMES - 2:
        left = f"  --{flag.name}"
    text = f"{_mark(flag, told).strip()} {words or _text(flag)}".strip()
    return f"{left:{_NAMES}}{textwrap.shorten(text, _WIDTH - _NAMES, placeholder=' ...')}"


def _mark(flag: flags.Flag, told: Help) -> str:
    # absl's `required=True` is such a validator.
    needed = flag.name in told.required or any("other than None" in str(each.message) for each in flag.validators)
    return " (required)" if needed else ""


def _text(flag: flags.Flag) -> str:
    words = " ".join((flag.help or "").split())
    return re.sub(r"^<[^>]*>: ", "", words)  # absl's own list of choices


def _default(flag: flags.Flag) -> str:
    given = flag.default in (None, "", []) or flag.boolean or "default" in _text(flag).lower()
    return "" if given else " Default: " + str(flag.default_as_str).strip("'") + "."
