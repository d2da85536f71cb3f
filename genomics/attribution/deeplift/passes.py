"""The two passes: forwards every equation becomes a linear map, backwards multipliers go through their transposes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from genomics.attribution.deeplift.activation import ACTIVATION_RULES
from genomics.attribution.deeplift.control import CONTROL_RULES, Pull
from genomics.attribution.deeplift.equations import equation_rule
from genomics.attribution.deeplift.names import COMPLETE
from genomics.attribution.deeplift.parts import in_parts
from genomics.attribution.deeplift.resolve import activation_rules, needs_parts
from genomics.attribution.deeplift.value import Delta, Frozen, Linear, Parts, by_sign, total, whole
from genomics.tracing.elementwise import CHAIN, fold_elementwise
from genomics.tracing.loops import real_dtype
from genomics.tracing.program import Equation, Program, Variable, read_anywhere, walk_all


@dataclass(frozen=True, eq=False, kw_only=True)
class Linearised:
    """A program whose every equation has become a linear map of differences from the reference.

    Attributes:
      program: what was linearised.
      maps: one per equation.
      frozen: the values that were asked for, and the inputs'.
      outputs: the program's outputs at the sequence and at the reference.
      in_parts: the values whose difference is carried in parts.
    """

    program: Program
    maps: tuple[Linear, ...]
    frozen: Mapping[Variable, Frozen]
    outputs: tuple[Frozen, ...]
    in_parts: frozenset[Variable]


def linearise(
    program: Program,
    sources: Sequence[Frozen],
    *,
    rule: str,
    max_pool_rule: str,
    keep: Iterable[Variable] = (),
) -> Linearised:
    """Evaluates the network at both inputs, and takes from every equation the coefficients that its rule needs.

    Args:
      program: with its elementwise chains folded.
      sources: its inputs at the sequence and at the reference.
      rule: at the activations.
      max_pool_rule: at maxima.
      keep: the values to keep besides the inputs.

    Raises:
      UnsupportedPrimitiveError: an equation has no rule.
    """
    chain_rules = activation_rules(program, rule)
    parts_of = needs_parts(program, chain_rules)
    wanted = {*program.inputs, *keep}
    read = read_anywhere(program)
    maps: list[Linear] = []
    sources = [
        Frozen(x=each.x, r=each.r, parts=by_sign(each.difference, each.difference) if variable in parts_of else None)
        for variable, each in zip(program.inputs, sources, strict=True)
    ]
    kept = dict(zip(program.inputs, sources, strict=True))

    def inside(body: Program, sources: Sequence[Frozen]) -> Pull:
        return _inside(body, sources, rule, max_pool_rule)

    def step(equation: Equation, operands: list[Frozen | Array]) -> list[Frozen]:
        outputs = _at_both(equation, operands)
        if equation.primitive == CHAIN:
            (operand,) = operands
            assert isinstance(operand, Frozen)
            chosen = ACTIVATION_RULES[chain_rules[equation]](equation, operand, outputs[0])
        elif equation.primitive in CONTROL_RULES:
            chosen = CONTROL_RULES[equation.primitive](equation, operands, outputs, inside, rule in COMPLETE)
        else:
            unread = [output not in read for output in equation.outputs]
            chosen = equation_rule(equation, operands, unread, rule in COMPLETE, max_pool_rule)
        if not parts_of.isdisjoint(equation.outputs):
            chosen = in_parts(equation, operands, outputs, chosen)
            outputs = _with_parts(chosen, operands, outputs)
        maps.append(_in_form(equation, chosen, parts_of))
        kept.update((v, o) for v, o in zip(equation.outputs, outputs, strict=True) if v in wanted)
        return outputs

    outputs = walk_all(program, sources, step)
    frozen = tuple(each if isinstance(each, Frozen) else Frozen(x=each, r=each) for each in outputs)
    return Linearised(program=program, maps=tuple(maps), frozen=kept, outputs=frozen, in_parts=parts_of)


def pull_back(linearised: Linearised, multipliers: Sequence[Float[Array, "..."]]) -> dict[Variable, Delta]:
    """The multipliers of the kept values, given those of the outputs: reverse-mode, equation by equation.

    Args:
      linearised: from `linearise`.
      multipliers: of the shapes of the program's outputs, e.g. one-hot for one task.

    Returns:
      For each value of `linearised.frozen` its multiplier, in parts where it is carried in parts.
    """
    program = linearised.program
    found: dict[Variable, Delta] = {}

    def add(variable: Variable, delta: Delta) -> None:
        before = found.get(variable)
        found[variable] = delta if before is None else jax.tree.map(jnp.add, before, delta)

    def like(variable: Variable) -> Any:
        return _like(variable, variable in linearised.in_parts)

    for output, multiplier in zip(program.outputs, multipliers, strict=True):
        if isinstance(output, Variable):
            seed = multiplier.astype(real_dtype(output.dtype))
            add(output, Parts(seed, seed) if output in linearised.in_parts else seed)
    for equation, chosen in zip(reversed(program.equations), reversed(linearised.maps), strict=True):
        incoming = [
            found[output] if output in found else jax.tree.map(jnp.zeros_like, like(output))
            for output in equation.outputs
        ]
        live = [operand for operand in equation.operands if isinstance(operand, Variable)]
        if chosen.pull is not None:
            pulled = chosen.pull(incoming)
        else:
            (pulled,) = jax.linear_transpose(chosen.push, [like(operand) for operand in live])(incoming)
        for operand, delta in zip(live, pulled, strict=True):
            if operand in linearised.in_parts and not isinstance(delta, Parts):
                delta = Parts(delta, delta)
            add(operand, jax.tree.map(lambda part, form: part.astype(form.dtype), delta, like(operand)))
        for output in equation.outputs:
            if output not in linearised.frozen:
                found.pop(output, None)
    return {v: found[v] if v in found else jax.tree.map(jnp.zeros_like, like(v)) for v in linearised.frozen}


def _inside(body: Program, sources: Sequence[Frozen], rule: str, max_pool_rule: str) -> Pull:
    """What a loop or a branch holds, as `linearise` and `pull_back` have it; multipliers there and back are whole."""
    body = fold_elementwise(body)
    linearised = linearise(body, sources, rule=rule, max_pool_rule=max_pool_rule)

    def pull(multipliers: Sequence[Array]) -> list[Array]:
        found = pull_back(linearised, multipliers)
        return [whole(found[v], linearised.frozen[v].difference) for v in body.inputs]

    return pull


def _at_both(equation: Equation, operands: Sequence[Frozen | Array]) -> list[Frozen]:
    at_x = equation.evaluate(*(o.x if isinstance(o, Frozen) else o for o in operands))
    at_r = equation.evaluate(*(o.r if isinstance(o, Frozen) else o for o in operands))
    return [Frozen(x=value, r=reference) for value, reference in zip(at_x, at_r, strict=True)]


def _in_form(equation: Equation, chosen: Linear, in_parts: frozenset[Variable]) -> Linear:
    """The map with its results in the outputs' own form: whole or in parts, in their precision."""
    likes = [_like(output, output in in_parts) for output in equation.outputs]

    def push(deltas: Sequence[Delta]) -> list[Delta]:
        results = [
            delta if isinstance(like, Parts) else total(delta)
            for delta, like in zip(chosen.push(deltas), likes, strict=True)
        ]
        return jax.tree.map(lambda part, like: part.astype(like.dtype), results, likes)

    return Linear(push=push, pull=chosen.pull)


def _with_parts(chosen: Linear, operands: Sequence[Frozen | Array], outputs: Sequence[Frozen]) -> list[Frozen]:
    """The outputs with the parts of their own differences."""
    if chosen.parts is not None:
        parts = chosen.parts
    else:
        own = [o.difference if o.parts is None else o.parts for o in operands if isinstance(o, Frozen)]
        parts = chosen.push(own)
    return [Frozen(x=o.x, r=o.r, parts=p) for o, p in zip(outputs, parts, strict=True) if isinstance(p, Parts)]


def _like(variable: Variable, in_parts: bool) -> Any:
    form: Any = jax.ShapeDtypeStruct(variable.shape, real_dtype(variable.dtype))
    return Parts(form, form) if in_parts else form
