"""The inputs of a program, which takes batches, from the inputs of a network of one sequence; and back."""

from collections.abc import Sequence
from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array

from genomics.errors import InputError
from genomics.io.torch import TorchProgram
from genomics.io.torch.record import Sizes
from genomics.models.network import Input
from genomics.models.torch.elementwise import kind_of

_BASES = 4


@dataclass(frozen=True, kw_only=True)
class Feed:
    """How one sequence is fed.

    Attributes:
      program: for messages.
      sequence: the input that looks most like DNA.
      inputs: names and shapes without the batch axis.
      batch: of each input the size of its batch axis; None where it has none.
      notes: lines for the user.
    """

    program: TorchProgram
    sequence: str
    inputs: tuple[Input, ...]
    batch: tuple[int | None, ...]
    notes: tuple[str, ...]

    def batched(self, arrays: Sequence[Array]) -> dict[str, Array]:
        """One array for each input, as the program takes it: a batch of one, or of as many copies as it insists on."""
        if len(arrays) != len(self.inputs):
            raise InputError(f"{self.program.file}: takes {len(self.inputs)} inputs, not {len(arrays)}")
        found = {}
        for array, given, size in zip(arrays, self.inputs, self.batch, strict=True):
            if array.shape != given.shape:
                raise InputError(f"{self.program.file}: input {given.name} takes {given.shape}, not {array.shape}")
            kind = kind_of(self.program.kinds[given.name])
            if kind != jnp.floating and given.name != self.sequence:
                array = array.astype(kind)  # a species, a mask: read as such
            found[given.name] = array if size is None else jnp.expand_dims(array, 0)
            if size is not None and size > 1:
                found[given.name] = jnp.broadcast_to(array, (size, *array.shape))
        return found

    def single(self, output: Array, label: str) -> Array:
        """An output for one sequence: without the batch axis, where it has one."""
        sizes = {size for size in self.batch if size is not None}
        if not sizes:
            return output
        (size,) = sizes
        if output.ndim and output.shape[0] == size:
            return jnp.squeeze(output, 0) if size == 1 else output[0]
        if size == 1:  # squeeze() drops the axis of a batch of one
            return output
        raise InputError(
            f"{self.program.file}: output {label} has shape {output.shape}, without the batch axis of {size}; "
            "export the network with a batch of one"
        )


def feed(program: TorchProgram, length: int | None) -> Feed:
    """Tells the batch axis, and fills an open length.

    Raises:
      InputError: there is no input, the length is missing, contradicts the file, or lies outside of what the
        program was exported for.
    """
    if not program.inputs:
        raise program.error("takes no tensor")
    sequence = _sequence(program)
    sizes = program.inputs[sequence]
    if not _has_bases(sizes) and kind_of(program.kinds[sequence]) != jnp.floating:
        raise program.error(
            f"input {sequence} {sizes} takes whole numbers, the codes of bases; export one that takes one-hot rows: a "
            "module whose forward(x) calls this one with x.argmax(1), through which mutagenesis goes, or, for "
            "gradients too, with x.transpose(1, 2) @ embedding.weight in the embedding's place"
        )
    has_batch = len(sizes) > 2
    batch = [
        1 if s[:1] == (None,) else s[0] if has_batch and s[:1] == sizes[:1] else None for s in program.inputs.values()
    ]
    batch = batch if has_batch else [None] * len(batch)
    stated = {s for s in batch if s is not None and s != 1}
    if len(stated) > 1 or 0 in stated:
        raise program.error(f"its inputs have batches of {sorted(stated)}; export the network with a batch of one")
    several = stated.pop() if stated else 1
    batch = [None if size is None else several for size in batch]
    inputs = tuple(
        Input(name=name, shape=_filled(program, name, sizes, 0 if size is None else 1, length))
        for (name, sizes), size in zip(program.inputs.items(), batch, strict=True)
    )
    own = inputs[list(program.inputs).index(sequence)].shape
    if length is not None and length not in own:
        raise program.error(f"input {sequence} {own}: the length is not the {length} asked for")
    notes = (
        f"was exported for {several} sequences at a time, so each is computed {several} times over; export it with a "
        "batch of one, or an open batch, to spare that",
    )
    return Feed(
        program=program, sequence=sequence, inputs=inputs, batch=tuple(batch), notes=notes if several > 1 else ()
    )


def _sequence(program: TorchProgram) -> str:
    """The input that looks most like DNA: with an axis of 4 bases behind the batch, or of two axes, else the first."""
    batched = [name for name, sizes in program.inputs.items() if len(sizes) > 2 and _BASES in sizes[1:]]
    with_bases = batched or [name for name, sizes in program.inputs.items() if _has_bases(sizes)]
    return (with_bases or list(program.inputs))[0]


def _has_bases(sizes: Sizes) -> bool:
    return _BASES in sizes[1:] or (len(sizes) == 2 and _BASES in sizes)


def _filled(program: TorchProgram, name: str, sizes: Sizes, lead: int, length: int | None) -> tuple[int, ...]:
    filled = []
    for axis, size in enumerate(sizes):
        if axis < lead:
            continue
        if size is None and length is None:
            raise program.error(f"input {name} {sizes}: leaves the length open: state it, --length=L")
        if size is None and length is not None:
            low, high = program.ranges.get((name, axis), (0, None))
            if length < low or (high is not None and length > high):
                raise program.error(f"input {name}: was exported for lengths from {low} to {high}, not {length}")
        filled.append(length if size is None else size)
    return tuple(filled)
