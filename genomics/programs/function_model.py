"""`--model=MODULE:FUNCTION`: any JAX function as the network."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from genomics.errors import InputError
from genomics.models.predictor import Predictor
from genomics.programs.fingerprint import fingerprint
from genomics.programs.named_function import named_function, reason
from genomics.tracing.exported import allow_batching


def load_function(spec: str, length: int | None, task_names: Sequence[str] | None = None) -> Predictor:
    """Imports a module and calls one of its functions for the network.

    Args:
      spec: `MODULE:FUNCTION`. The current folder is searched first; `FUNCTION()` returns `predict`, a JAX function from
        (L, 4) one-hot bases to (T,) logits.
      length: L; a function cannot say it by itself.
      task_names: T names; None = `task_0`, ...

    Returns:
      The network. Its arrays belong to the function, so `parameters` is empty; the fingerprint is of the traced program
      and of these arrays.

    Raises:
      InputError: the module cannot be imported, has no such function, or the function does not return a `predict` of
        this shape that `jax.vmap` can batch, or the length is not given; one line that names `spec` and the rule.
    """
    return function_predictor(_call(spec), spec, length, task_names)


def function_predictor(
    predict: Any, source: str, length: int | None, task_names: Sequence[str] | None = None
) -> Predictor:
    """A JAX function as the network; arguments and errors as `load_function`.

    Args:
      predict: (L, 4) one-hot bases -> (T,) logits.
      source: where it is from, for messages.
      length: L.
      task_names: T names.
    """
    if length is None:
        raise InputError(f"--model={source}: a function needs --length, the sequence length that it takes")
    x = jnp.zeros((length, 4), jnp.float32)
    try:
        result = jax.eval_shape(predict, x)
    except Exception as error:  # whatever the user's function raises
        raise InputError(
            f"--model={source}: predict fails at one sequence {x.shape}: {reason(error)}{_mended(predict, x)}"
        ) from error
    shape = getattr(result, "shape", None)
    if shape is None or len(shape) != 1 or not jnp.issubdtype(result.dtype, jnp.floating):
        raise InputError(
            f"--model={source}: predict of one sequence {x.shape} returns {_described(result)}; must be logits (T,)"
            f"{_mended(predict, x)}"
        )
    _check_batches(source, predict, x)
    return Predictor(
        apply=lambda _, sequence: predict(sequence),
        parameters={},
        replicates=None,
        length=length,
        tasks=named(task_names, shape[0], source),
        fingerprint=fingerprint(predict, length),
        source=source,
        unit_assumed=True,
    )


def _check_batches(spec: str, predict: Any, x: jax.Array) -> None:
    """Raises `InputError` for a function that JAX cannot batch, as every method and program does."""
    allow_batching(predict, x)
    try:
        jax.eval_shape(jax.vmap(predict), jax.ShapeDtypeStruct((2, *x.shape), x.dtype))
    except Exception as error:  # whatever the user's function raises
        raise InputError(f"--model={spec}: predict cannot be batched by jax.vmap: {reason(error)}") from error


def named(names: Sequence[str] | None, count: int, source: str) -> tuple[str, ...]:
    """Names for the T tasks of a network that has none: those given, or `task_0`, ...

    Raises:
      InputError: their number is not T, or they do not differ (in any case of letters).
    """
    if not names:
        return tuple(f"task_{task}" for task in range(count))
    names = tuple(name.strip() for name in names)
    if len(names) != count:
        raise InputError(f"--task_names={','.join(names)}: {len(names)} names, but {source} has {count} tasks")
    if len({name.lower() for name in names}) < count or not all(names):
        raise InputError(f"--task_names={','.join(names)}: must all differ, in any case of letters")
    return names


def _call(spec: str) -> Any:
    function = named_function("model", spec, "MODULE:FUNCTION")
    function_name = spec.partition(":")[2]
    try:
        predict = function()
    except Exception as error:
        raise InputError(f"--model={spec}: {function_name}() fails: {reason(error)}") from error
    if not callable(predict):
        kind = type(predict).__name__
        raise InputError(f"--model={spec}: {function_name}() returns a {kind}; must return predict, a function")
    return predict


#: Slips that are seen often, each with the line that mends it.
_MENDED: tuple[tuple[str, str, Callable[[Any, Any], Any]], ...] = (
    ("it takes a batch", "lambda x: predict(x[None])[0]", lambda predict, x: predict(x[None])[0]),
    ("it takes (4, L)", "lambda x: predict(x.T)", lambda predict, x: predict(x.T)),
    ("it takes a batch of (4, L)", "lambda x: predict(x.T[None])[0]", lambda predict, x: predict(x.T[None])[0]),
    ("it gives a batch", "lambda x: predict(x)[0]", lambda predict, x: predict(x)[0]),
    ("it gives a number", "lambda x: jnp.atleast_1d(predict(x))", lambda predict, x: jnp.atleast_1d(predict(x))),
)


def _mended(predict: Callable[[Any], Any], x: Array) -> str:
    """What to return instead of `predict`, where one of the usual slips explains why it does not fit."""
    for slip, line, mend in _MENDED:
        try:
            result = jax.eval_shape(functools.partial(mend, predict), x)
        except Exception:  # whatever the user's function raises
            continue
        if getattr(result, "ndim", None) == 1 and jnp.issubdtype(result.dtype, jnp.floating):
            return f"; {slip}: return {line}"
    return ""


def _described(result: Any) -> str:
    shapes = jax.tree.map(lambda leaf: f"{leaf.dtype}{list(leaf.shape)}", result)
    return str(shapes)
