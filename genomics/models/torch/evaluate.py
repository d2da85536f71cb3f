"""The operations of a program, one after the other.

What does not depend on the sequence or on parameters (positions, masks, indices) is computed once, as NumPy arrays:
indexing by known places can then become slices.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from genomics.errors import InputError
from genomics.io.torch import Ref, TorchProgram
from genomics.io.torch.record import Sizes
from genomics.models.torch.plan import Call, output_names, references

#: Largest tensor between two operations, in numbers; and all constants that are computed, together.
MAXIMUM_TENSOR = 1 << 28
MAXIMUM_CONSTANTS = 1 << 26


class Evaluator:
    """Runs the steps of a plan.

    Attributes:
      program: where they come from.
      steps: what the outputs need, in order.
      outputs: names of what is asked for.
    """

    def __init__(
        self, program: TorchProgram, steps: Sequence[Call], outputs: Sequence[Ref], sizes: Mapping[str, Sizes]
    ):
        self.program, self.steps, self.outputs = program, tuple(steps), tuple(outputs)
        self._sizes = sizes
        self._constants: dict[int, tuple[Any, ...]] = {}
        self._spent = 0
        self._last = {ref.name: len(self.steps) for ref in self.outputs}
        for i, step in enumerate(self.steps):
            for value in (*step.positional, *step.named.values()):
                for name in references(value):
                    self._last[name] = max(self._last.get(name, 0), i)

    def run(self, environment: dict[str, Any], real: Any) -> tuple[Array, ...]:
        """The outputs.

        Args:
          environment: the graph's inputs by name: arrays of the sequence and of parameters, NumPy arrays for constants,
            numbers.
          real: the element type of the sequence, in which all floating-point numbers are computed.

        Raises:
          InputError: an operation does not fit its operands, gives another shape than the file states, or needs more
            memory than any network; the message names it.
        """
        environment = dict(environment)
        for i, step in enumerate(self.steps):
            with jax.named_scope(step.node.layer or "network"):
                results = self._step(i, step, environment, real)
            for output, result in zip(step.node.outputs, results, strict=False):
                if isinstance(output, tuple):
                    environment.update(zip(output, result if isinstance(result, tuple) else (), strict=False))
                elif output is not None:
                    environment[output] = result
            for name in {n for v in (*step.positional, *step.named.values()) for n in references(v)}:
                if self._last[name] == i:
                    environment.pop(name, None)
        return tuple(jnp.asarray(self._read(environment, ref, "the network's output")) for ref in self.outputs)

    def _step(self, i: int, step: Call, environment: Mapping[str, Any], real: Any) -> tuple[Any, ...]:
        if i in self._constants:
            return self._constants[i]
        place = step.node.describe()
        positional = [self._value(environment, value, place) for value in step.positional]
        named = {name: self._value(environment, value, place) for name, value in step.named.items()}

        def call() -> Any:
            return step.function(*positional, **named)

        known = not any(_is_live(value) for value in (*positional, *named.values()))
        try:
            results = self._constant(call, place) if known else call()
        except InputError as error:
            raise error if str(error).startswith(str(self.program.file)) else self._failed(place, error) from error
        except Exception as error:  # whatever JAX raises where operands do not fit
            raise self._failed(place, error) from error
        results = results if isinstance(results, tuple) else (results,)
        results = tuple(
            tuple(_in_type(part, real) for part in result) if isinstance(result, tuple) else _in_type(result, real)
            for result in results
        )
        self._check(step, results, place)
        if known:
            self._constants[i] = results
        return results

    def _constant(self, call: Callable[[], Any], place: str) -> Any:
        """Computed now, unless it is too large."""
        shapes = jax.eval_shape(lambda: jax.tree.map(_as_array, call(), is_leaf=_is_none))
        size = sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(shapes))
        self._spent += size
        if self._spent > MAXIMUM_CONSTANTS:
            raise self.program.error(
                f"{place}: makes {size} constant numbers; at most {MAXIMUM_CONSTANTS} are computed"
            )
        with jax.ensure_compile_time_eval():
            return jax.tree.map(_as_numpy, call(), is_leaf=_is_none)

    def _value(self, environment: Mapping[str, Any], value: Any, place: str) -> Any:
        if isinstance(value, Ref):
            return self._read(environment, value, place)
        return tuple(self._value(environment, part, place) for part in value) if isinstance(value, tuple) else value

    def _read(self, environment: Mapping[str, Any], ref: Ref, place: str) -> Any:
        found = environment.get(ref.name)
        if found is None:
            known = ref.name in environment or any(ref.name in output_names(step.node) for step in self.steps)
            why = "is a by-product of an operation that is not computed" if known else "nothing before it gives"
            raise self.program.error(f"{place}: reads {ref.name!r}, which {why}")
        return found

    def _check(self, step: Call, results: Sequence[Any], place: str) -> None:
        """Shapes must be those that PyTorch found: a fault in the file, or here, does not go on unseen."""
        for output, result in zip(step.node.outputs, results, strict=False):
            names = output if isinstance(output, tuple) else (output,)
            parts = result if isinstance(result, tuple) else (result,)
            if isinstance(output, tuple) and len(names) != len(parts):
                raise self.program.error(f"{place}: gives {len(parts)} tensors; the file states {len(names)}")
            for name, part in zip(names, parts, strict=True):
                shape = getattr(part, "shape", None)
                if shape is None:
                    continue
                if math.prod(shape) > MAXIMUM_TENSOR:
                    raise self.program.error(
                        f"{place}: gives shape {shape}; at most {MAXIMUM_TENSOR} numbers are computed"
                    )
                stated = self._sizes.get(name) if name is not None else None
                if stated is not None and (
                    len(stated) != len(shape) or any(s not in (None, n) for s, n in zip(stated, shape, strict=True))
                ):
                    raise self.program.error(f"{place}: gives shape {shape}; the file states {stated}")

    def _failed(self, place: str, error: Exception) -> InputError:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return self.program.error(f"{place}: {lines[0][:300]}")


def _is_live(value: Any) -> bool:
    """Whether it depends on the sequence or on parameters."""
    return any(_is_live(part) for part in value) if isinstance(value, tuple) else isinstance(value, jax.Array)


def _in_type(value: Any, real: Any) -> Any:
    """Floating-point numbers that depend on the sequence, in the sequence's own precision."""
    is_real = isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jnp.floating) and value.dtype != real
    return value.astype(real) if is_real else value


def _as_array(value: Any) -> Any:
    return jnp.zeros(()) if value is None else jnp.asarray(value)


def _as_numpy(value: Any) -> Any:
    return np.asarray(value) if isinstance(value, jax.Array) else value


def _is_none(value: Any) -> bool:
    return value is None
