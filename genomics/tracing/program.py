"""A JAX function of one array as a flat program: nested calls inlined, constants folded, dead code dropped.

Every transformation of this project (attribution rules, incremental mutagenesis, dense evaluation) reads such a program
and evaluates it with a richer kind of value than an array. Nothing here knows which library the function came from.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import jax
from jax.extend import core as jex
from jax.extend import source_info_util
from jaxtyping import Array

from genomics.errors import InputError, UnsuitedError
from genomics.tracing.counted import as_scan

#: Primitives that only call another jaxpr, and the parameter that holds it.
_CALLS = {
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "closed_call": "call_jaxpr",
    "core_call": "call_jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
    "remat2": "jaxpr",
    "checkpoint": "jaxpr",
    "composite": "jaxpr",
}
#: Those of them that carry a derivative of their own.
_CUSTOM_RULES = {"custom_jvp_call", "custom_vjp_call"}

Value = TypeVar("Value")


@dataclass(frozen=True, eq=False, kw_only=True)
class Variable:
    """A value that depends on the input. Compared by identity."""

    shape: tuple[int, ...]
    dtype: Any


@dataclass(frozen=True, eq=False, kw_only=True)
class Equation:
    """One application of a primitive to at least one value that depends on the input.

    Attributes:
      primitive: its name, e.g. `conv_general_dilated`.
      operands: a `Variable` where the operand depends on the input, otherwise the constant array itself (a tracer, if
        the function closes over one).
      outputs: what the equation defines.
      params: the primitive's parameters, e.g. `window_strides`.
      where: the user's line, `file:line:column (function)`.
      scope: the `jax.named_scope` path, empty without one.
      call: the path of inlined functions that the equation came from, e.g. `silu`; empty at the top.
      evaluate: applies the primitive itself to arrays in the place of all operands, with other parameters where they
        are given by name; gives the list of outputs.
    """

    primitive: str
    operands: tuple["Variable | Array", ...]
    outputs: tuple[Variable, ...]
    params: Mapping[str, Any]
    where: str
    scope: str
    evaluate: Callable[..., list[Array]]
    call: str = ""

    @property
    def live(self) -> tuple[bool, ...]:
        """Which operands depend on the input."""
        return tuple(isinstance(operand, Variable) for operand in self.operands)


@dataclass(frozen=True, eq=False, kw_only=True)
class Program:
    """A function of one array, or the body of a loop: of several. An output is an array where it ignores the inputs."""

    inputs: tuple[Variable, ...]
    equations: tuple[Equation, ...]
    outputs: tuple["Variable | Array", ...]

    @property
    def input(self) -> Variable:
        """The only one, of a function of one array."""
        (one,) = self.inputs
        return one

    @property
    def output(self) -> "Variable | Array":
        """The only one, of a function that gives one array."""
        (one,) = self.outputs
        return one


class UnsupportedPrimitiveError(UnsuitedError):
    """A transformation has no rule for a primitive of the function that it was given."""

    def __init__(self, equation: Equation, method: str, reason: str = "has no rule for it"):
        """Names the primitive, the user's line and the method; `reason` completes "METHOD ..."."""
        shapes = ", ".join(str(tuple(operand.shape)) for operand in equation.operands)
        super().__init__(
            f"primitive '{equation.primitive}' of operands {shapes} at {equation.where}: {method} {reason}"
        )


def trace(
    function: Callable[[Array], Array], x: "Array | jax.ShapeDtypeStruct", *, inline_custom_rules: bool = True
) -> Program:
    """Reads `function` at the shape and dtype of `x`.

    Args:
      function: any JAX function from one array to one array. It may close over tracers (parameters under `vmap`, `jit`
        or `grad`): they count as constants.
      x: an array, tracer or `jax.ShapeDtypeStruct`; only its shape and dtype are used.
      inline_custom_rules: whether `custom_jvp` and `custom_vjp` calls are opened too. Kept as one equation each, they
        keep the derivative that their author gave them; a method that differentiates the program itself wants that.

    Returns:
      The flat program. Calls (`jit`, `custom_jvp`, `custom_vjp`, `remat`, closed calls) are inlined at any depth;
      control flow (`scan`, `cond`, `while`) stays one equation; a `while` of a known number of steps is a `scan`.

    Raises:
      InputError: the function does not return exactly one array.
    """
    closed, result = jax.make_jaxpr(function, return_shape=True)(jax.ShapeDtypeStruct(x.shape, x.dtype))
    if not isinstance(result, jax.ShapeDtypeStruct):
        raise InputError(f"the function must return one array, it returned {jax.tree.structure(result)}")
    source = Variable(shape=tuple(x.shape), dtype=x.dtype)
    equations: list[Equation] = []
    opened = {name: body for name, body in _CALLS.items() if inline_custom_rules or name not in _CUSTOM_RULES}
    outputs = _inline(closed.jaxpr, closed.consts, [source], equations, _Caller(opened=opened))
    return Program(inputs=(source,), equations=_without_dead_code(equations, outputs), outputs=tuple(outputs))


def read_body(jaxpr: Any, values: Sequence["Array | None"], equation: Equation) -> Program:
    """Reads what a loop or a branch holds, as a program of those of its inputs that depend on the sequence.

    Args:
      jaxpr: closed, from the parameters of `equation`.
      values: one for each of its inputs: the array itself where it does not depend on the sequence (within a loop the
        tracer of this step), None where it does.
      equation: whose line is told where the body has none of the user.

    Returns:
      A program whose inputs are those that `values` leaves open, in order, and whose outputs are those of the body.
    """
    invars = jaxpr.jaxpr.invars
    inputs = [_variable(v.aval) if value is None else value for v, value in zip(invars, values, strict=True)]
    equations: list[Equation] = []
    caller = _Caller(opened=_CALLS, scope=equation.scope, call=equation.call, where=equation.where)
    outputs = _inline(jaxpr.jaxpr, jaxpr.consts, inputs, equations, caller)
    return Program(
        inputs=tuple(each for each in inputs if isinstance(each, Variable)),
        equations=_without_dead_code(equations, outputs),
        outputs=tuple(outputs),
    )


def walk(
    program: Program,
    value: Value,
    step: Callable[[Equation, list[Any]], Sequence[Value]],
) -> Value | Array:
    """Evaluates a program with values of the caller's own kind.

    Args:
      program: from `trace`.
      value: what the input carries.
      step: called once per equation, in order, with the equation and its operands' values (constants stay arrays);
        returns one value per output.

    Returns:
      The output's value.
    """
    (result,) = walk_all(program, [value], step)
    return result


def walk_all(
    program: Program,
    values: Sequence[Value],
    step: Callable[[Equation, list[Any]], Sequence[Value]],
) -> list[Value | Array]:
    """The same of a program of several inputs and outputs."""
    environment: dict[Variable, Value] = dict(zip(program.inputs, values, strict=True))
    results = {output for output in program.outputs if isinstance(output, Variable)}
    last_use = {
        operand: i
        for i, equation in enumerate(program.equations)
        for operand in equation.operands
        if isinstance(operand, Variable)
    }
    for i, equation in enumerate(program.equations):
        operands = [environment[o] if isinstance(o, Variable) else o for o in equation.operands]
        environment.update(zip(equation.outputs, step(equation, operands), strict=True))
        for operand in equation.operands:
            if isinstance(operand, Variable) and last_use[operand] == i and operand not in results:
                environment.pop(operand, None)
    return [environment[output] if isinstance(output, Variable) else output for output in program.outputs]


def read_anywhere(program: Program) -> set[Variable]:
    """The values that an equation reads, and the outputs."""
    read = {operand for equation in program.equations for operand in equation.operands if isinstance(operand, Variable)}
    return read | {output for output in program.outputs if isinstance(output, Variable)}


@dataclass(frozen=True, kw_only=True)
class _Caller:
    """Where the body that is being inlined was called from, and which calls in it are opened too."""

    opened: Mapping[str, str]
    scope: str = ""
    call: str = ""
    where: str = ""


def _inline(
    jaxpr: Any,
    constants: Sequence[Any],
    inputs: Sequence["Variable | Array"],
    equations: list[Equation],
    caller: _Caller,
) -> list["Variable | Array"]:
    """Appends the equations of `jaxpr` to `equations`, evaluating at once what does not depend on the input."""
    environment: dict[Any, Variable | Array] = {}

    def read(atom: Any) -> Variable | Array:
        # A literal may be a Python scalar; consumers expect .shape and .dtype, and some its value, also within `jit`.
        if isinstance(atom, jex.Literal):
            with jax.ensure_compile_time_eval():
                return jax.numpy.asarray(atom.val, _variable(atom.aval).dtype)
        return environment[atom]

    # What a function closes over may be a NumPy array.
    environment.update(zip(jaxpr.constvars, map(jax.numpy.asarray, constants), strict=True))
    environment.update(zip(jaxpr.invars, inputs, strict=True))
    for eqn in jaxpr.eqns:
        operands = [read(atom) for atom in eqn.invars]
        scope = _joined(caller.scope, str(eqn.source_info.name_stack))
        # The body of a function of JAX itself has no line of the user: its call has.
        where = source_info_util.summarize(eqn.source_info)
        where = where if ":" in where else caller.where or where
        name = eqn.primitive.name
        if not any(isinstance(operand, Variable) for operand in operands):
            results = _evaluate(eqn)(*operands)
        elif name in caller.opened:
            inner = eqn.params[caller.opened[name]]
            body, consts = (inner.jaxpr, inner.consts) if hasattr(inner, "consts") else (inner, ())
            call = _joined(caller.call, str(eqn.params.get("name", "")))
            inside = replace(caller, scope=scope, call=call, where=where)
            results = _inline(body, consts, operands, equations, inside)
        elif name == "while" and (loop := as_scan(eqn, operands)):
            inner = jax.make_jaxpr(loop)(*(jax.ShapeDtypeStruct(v.aval.shape, v.aval.dtype) for v in eqn.invars))
            results = _inline(inner.jaxpr, inner.consts, operands, equations, replace(caller, scope=scope, where=where))
        else:
            results = [_variable(v.aval) for v in eqn.outvars]
            equations.append(
                Equation(
                    primitive=name,
                    operands=tuple(operands),
                    outputs=tuple(results),
                    params=eqn.params,
                    where=where,
                    scope=scope,
                    call=caller.call,
                    evaluate=_evaluate(eqn),
                )
            )
        environment.update(zip(eqn.outvars, results, strict=True))
    return [read(atom) for atom in jaxpr.outvars]


def _joined(*parts: str) -> str:
    return "/".join(part for part in parts if part)


def _variable(aval: Any) -> Variable:
    return Variable(shape=tuple(aval.shape), dtype=aval.dtype)


def _evaluate(eqn: Any) -> Callable[..., list[Array]]:
    def evaluate(*operands: Array, **changed: Any) -> list[Array]:
        results = eqn.primitive.bind(*operands, **eqn.primitive.get_bind_params({**eqn.params, **changed}))
        return list(results) if eqn.primitive.multiple_results else [results]

    return evaluate


def _without_dead_code(equations: list[Equation], outputs: Sequence["Variable | Array"]) -> tuple[Equation, ...]:
    needed = {output for output in outputs if isinstance(output, Variable)}
    kept = []
    for equation in reversed(equations):
        if needed.intersection(equation.outputs):
            kept.append(equation)
            needed.update(operand for operand in equation.operands if isinstance(operand, Variable))
    return tuple(reversed(kept))
