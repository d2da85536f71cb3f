"""The two passes: forwards every equation becomes a linear map, backwards multipliers go through their transposes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from genomics.attribution.deeplift.activation import ACTIVATION_RULES
from genomics.attribution.deeplift.binary import division, shapley
from genomics.attribution.deeplift.linear import derivative, linear
from genomics.attribution.deeplift.names import COMPLETE
from genomics.attribution.deeplift.parts import in_parts
from genomics.attribution.deeplift.pooling import is_maximum, max_pool
from genomics.attribution.deeplift.resolve import activation_rules, needs_parts
from genomics.attribution.deeplift.value import Delta, Frozen, Linear, Parts, by_sign, total
from genomics.tracing.columns.table import record
from genomics.tracing.elementwise import CHAIN
from genomics.tracing.linear import is_affine, is_product
from genomics.tracing.program import Equation, Program, UnsupportedPrimitiveError, Variable, walk

_METHOD = "DeepLIFT"


@dataclass(frozen=True, eq=False, kw_only=True)
class Linearised:
    """A program whose every equation has become a linear map of differences from the reference.

    Attributes:
      program: what was linearised.
      maps: one per equation.
      frozen: the values that were asked for, and the input's.
      output: the network's output at the sequence and at the reference.
      in_parts: the values whose difference is carried in parts.
    """

    program: Program
    maps: tuple[Linear, ...]
    frozen: Mapping[Variable, Frozen]
    output: Frozen
    in_parts: frozenset[Variable]


def linearise(
    program: Program,
    x: Float[Array, "..."],
    r: Float[Array, "..."],
    *,
    rule: str,
    max_pool_rule: str,
    keep: Iterable[Variable] = (),
) -> Linearised:
    """Evaluates the network at both inputs, and takes from every equation the coefficients that its rule needs.

    Args:
      program: with its elementwise chains folded.
      x: the sequence.
      r: the reference, of the same shape.
      rule: at the activations.
      max_pool_rule: at maxima.
      keep: the values to keep besides the input's.

    Raises:
      UnsupportedPrimitiveError: an equation has no rule.
    """
    chain_rules = activation_rules(program, rule)
    parts_of = needs_parts(program, chain_rules)
    wanted = {program.input, *keep}
    maps: list[Linear] = []
    source = Frozen(x=x, r=r, parts=by_sign(x - r, x - r) if program.input in parts_of else None)
    kept = {program.input: source}

    def step(equation: Equation, operands: list[Frozen | Array]) -> list[Frozen]:
        outputs = _at_both(equation, operands)
        if equation.primitive == CHAIN:
            (operand,) = operands
            assert isinstance(operand, Frozen)
            chosen = ACTIVATION_RULES[chain_rules[equation]](equation, operand, outputs[0])
        else:
            chosen = _map(equation, operands, rule in COMPLETE, max_pool_rule)
        if not parts_of.isdisjoint(equation.outputs):
            chosen = in_parts(equation, operands, outputs, chosen)
            outputs = _with_parts(chosen, operands, outputs)
        likes = [_like(output, output in parts_of) for output in equation.outputs]
        maps.append(Linear(push=_as(likes, chosen), pull=chosen.pull))
        kept.update((v, o) for v, o in zip(equation.outputs, outputs, strict=True) if v in wanted)
        return outputs

    output = walk(program, source, step)
    if not isinstance(output, Frozen):
        output = Frozen(x=output, r=output)
    return Linearised(program=program, maps=tuple(maps), frozen=kept, output=output, in_parts=parts_of)


def pull_back(linearised: Linearised, multiplier: Float[Array, "..."]) -> dict[Variable, Delta]:
    """The multipliers of the kept values, given those of the output: reverse-mode, equation by equation.

    Args:
      linearised: from `linearise`.
      multiplier: of the shape of the network's output, e.g. one-hot for one task.

    Returns:
      For each value of `linearised.frozen` its multiplier, in parts where it is carried in parts.
    """
    program = linearised.program
    multipliers: dict[Variable, Delta] = {}

    def add(variable: Variable, delta: Delta) -> None:
        before = multipliers.get(variable)
        multipliers[variable] = delta if before is None else jax.tree.map(jnp.add, before, delta)

    def like(variable: Variable) -> Any:
        return _like(variable, variable in linearised.in_parts)

    if isinstance(program.output, Variable):
        seed = multiplier.astype(linearised.output.difference.dtype)
        add(program.output, Parts(seed, seed) if program.output in linearised.in_parts else seed)
    for equation, chosen in zip(reversed(program.equations), reversed(linearised.maps), strict=True):
        incoming = [
            multipliers[output] if output in multipliers else jax.tree.map(jnp.zeros_like, like(output))
            for output in equation.outputs
        ]
        live = [operand for operand in equation.operands if isinstance(operand, Variable)]
        if chosen.pull is not None:
            pulled = chosen.pull(incoming)
        else:
            (pulled,) = jax.linear_transpose(chosen.push, [like(operand) for operand in live])(incoming)
        for operand, delta in zip(live, pulled, strict=True):
            add(operand, jax.tree.map(lambda part, form: part.astype(form.dtype), delta, like(operand)))
        for output in equation.outputs:
            if output not in linearised.frozen:
                multipliers.pop(output, None)
    return {v: multipliers[v] if v in multipliers else jax.tree.map(jnp.zeros_like, like(v)) for v in linearised.frozen}


def _at_both(equation: Equation, operands: Sequence[Frozen | Array]) -> list[Frozen]:
    at_x = equation.evaluate(*(o.x if isinstance(o, Frozen) else o for o in operands))
    at_r = equation.evaluate(*(o.r if isinstance(o, Frozen) else o for o in operands))
    return [Frozen(x=value, r=reference) for value, reference in zip(at_x, at_r, strict=True)]


def _map(equation: Equation, operands: Sequence[Frozen | Array], is_complete: bool, max_pool_rule: str) -> Linear:
    """The linear map of whole differences of an equation that is no activation."""
    first = operands[0]
    if equation.primitive == "stop_gradient" and is_complete:
        # The difference of a value is its difference, whether or not its author wants it differentiated.
        return Linear(push=lambda deltas: [total(deltas[0])])
    if is_affine(equation) or is_product(equation):
        return linear(equation, operands, "middle" if is_complete else "x")
    if is_maximum(equation) and isinstance(first, Frozen):
        return max_pool(equation, first, max_pool_rule)
    if not record(equation.primitive).elementwise:
        raise UnsupportedPrimitiveError(equation, _METHOD)
    if not is_complete:
        return derivative(equation, operands)
    if equation.primitive == "div" and isinstance(first, Frozen) and isinstance(operands[1], Frozen):
        return division(first, operands[1])
    return shapley(equation, operands, _METHOD)


def _as(likes: Sequence[Any], chosen: Linear) -> Callable[[Sequence[Delta]], list[Delta]]:
    """The map with its results in the outputs' own form: whole or in parts, in their precision."""

    def push(deltas: Sequence[Delta]) -> list[Delta]:
        results = [
            delta if isinstance(like, Parts) else total(delta)
            for delta, like in zip(chosen.push(deltas), likes, strict=True)
        ]
        return jax.tree.map(lambda part, like: part.astype(like.dtype), results, list(likes))

    return push


def _with_parts(chosen: Linear, operands: Sequence[Frozen | Array], outputs: Sequence[Frozen]) -> list[Frozen]:
    """The outputs with the parts of their own differences."""
    if chosen.parts is not None:
        parts = [chosen.parts]
    else:
        own = [o.difference if o.parts is None else o.parts for o in operands if isinstance(o, Frozen)]
        parts = chosen.push(own)
    return [Frozen(x=o.x, r=o.r, parts=p) for o, p in zip(outputs, parts, strict=True) if isinstance(p, Parts)]


def _like(variable: Variable, in_parts: bool) -> Any:
    dtype = variable.dtype if jnp.issubdtype(variable.dtype, jnp.inexact) else jnp.result_type(float)
    whole: Any = jax.ShapeDtypeStruct(variable.shape, dtype)
    return Parts(whole, whole) if in_parts else whole
