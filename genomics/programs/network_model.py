"""The network of a file as every program takes it: its inputs told apart, its heads chosen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from genomics.errors import InputError
from genomics.lenses.head import Head
from genomics.lenses.view import Lens, view
from genomics.models.heads import choose_heads
from genomics.models.network import Network, Output
from genomics.models.predictor import Predictor
from genomics.models.sequence_input import Fixed, Layout, sequence_input
from genomics.programs.fingerprint import fingerprint
from genomics.programs.function_model import named
from genomics.programs.lensed import through


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the user says of a network's inputs and outputs.

    Attributes:
      head: name or index of the output that is explained; None: the only one, or all that are single numbers.
      fixed: input -> what it, or its further channels, are held at.
      sequence: name of the sequence's input, where several could be.
      layout: of the sequence's input, where both fit.
      task_names: T names instead of those that the network has.
      lens: which number of the output is explained.
    """

    head: str | None = None
    fixed: dict[str, Fixed] = field(default_factory=dict)
    sequence: str | None = None
    layout: Layout | None = None
    task_names: Sequence[str] | None = None
    lens: Lens = field(default_factory=Lens)


def as_predictor(network: Network, wanted: Wanted) -> Predictor:
    """Composes a network's sequence, its constant inputs, its heads and lens; says what was left out or flattened.

    Raises:
      InputError: as `genomics.models.sequence_input`, `genomics.models.heads` and `genomics.lenses.view`; or the
        network cannot be run.
    """
    given = sequence_input(network, fixed=wanted.fixed, name=wanted.sequence, layout=wanted.layout)
    heads = choose_heads(network, wanted.head, wanted.lens.target)

    def outputs(parameters: Any, x: jax.Array) -> tuple[jax.Array, ...]:
        return network.apply(parameters, *given.arrange(x))

    head = Head(
        apply=lambda parameters, x: heads.select(outputs(parameters, x)),
        shape=heads.shape,
        name=heads.chosen[0].name if len(heads.chosen) == 1 else "outputs",
        unit=heads.unit,
        names=heads.tasks,
    )

    for note in network.notes:
        print(f"{network.source}: {note}")
    removed = {output.name: output.removed for output in heads.chosen if output.removed is not None}
    if removed:
        which = ", ".join(dict.fromkeys(removed.values()))
        of = f" of {', '.join(removed)}" if len(network.outputs) > 1 else ""
        print(f"{network.source}: the final {which}{of} is left out; logits are explained")
    found = view(head, wanted.lens, network.parameters, given.length)
    for output in heads.chosen if found.tasks == heads.tasks else ():
        if len(output.shape) > 1 and output.size > 1:
            names = f"{heads.tasks[0]} ... {heads.tasks[-1]}"
            print(f"{network.source}: output {output} is {output.size} tasks, {names}; --tasks chooses among them")
    plain = Predictor(
        apply=found.apply,
        parameters=network.parameters,
        replicates=None,
        length=given.length,
        tasks=named(wanted.task_names or found.tasks, len(found.tasks), network.source),
        fingerprint=fingerprint(lambda x: jnp.ravel(head.apply(network.parameters, x)), given.length),
        source=network.source,
        unit=found.unit,
        heads=tuple(_as_it_is(outputs, place, output) for place, output in enumerate(network.outputs)),
    )
    return through(plain, found, wanted.lens)


def _as_it_is(outputs: Callable[..., tuple[jax.Array, ...]], place: int, output: Output) -> Head:
    return Head(
        apply=lambda parameters, x: outputs(parameters, x)[place],
        shape=output.shape,
        name=output.name,
        unit=output.unit,
    )


def read_fixed(texts: Sequence[str]) -> dict[str, Fixed]:
    """`--fixed_input=NAME=FILE.npy|NUMBER`, each, by name.

    Raises:
      InputError: not of this form, a name twice, or a file that holds no finite numbers.
    """
    found: dict[str, Fixed] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not name or not equals or not value:
            raise InputError(f"--fixed_input={text}: must be NAME=FILE.npy or NAME=NUMBER, as controls=0")
        if name in found:
            raise InputError(f"--fixed_input={text}: names {name} twice")
        found[name] = _array(text, value) if value.endswith(".npy") else _number(text, value)
    return found


def _number(text: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not abs(number) <= np.finfo(np.float32).max:
        raise InputError(f"--fixed_input={text}: must be NAME=FILE.npy or NAME=NUMBER, as controls=0")
    return number


def _array(text: str, value: str) -> np.ndarray:
    path = Path(value)
    try:
        array: Any = np.load(path, allow_pickle=False, mmap_mode="r")
    except Exception as error:  # a damaged header raises what Python's tokenizer and parser like
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"--fixed_input={text}: {path} cannot be read as a NumPy array ({reason})") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
        raise InputError(f"--fixed_input={text}: {path} must hold an array of numbers")
    with np.errstate(over="ignore", invalid="ignore"):
        numbers = np.asarray(array, np.float32)
    if not np.isfinite(numbers).all():
        raise InputError(f"--fixed_input={text}: {path} holds NaN or infinity")
    return numbers
