"""An exported PyTorch program as a network of JAX."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from genomics.io.torch import Ref, TorchProgram, read
from genomics.models.network import Network, Output
from genomics.models.torch import plan, stated
from genomics.models.torch.evaluate import Evaluator
from genomics.models.torch.final import without_final_activation
from genomics.models.torch.inputs import feed
from genomics.models.torch.patterns import recognised


@dataclass(frozen=True, kw_only=True)
class Imported:
    """A network that PyTorch exported.

    Attributes:
      network: what every program takes.
      notes: lines for the user: what makes it slower than it need be.
    """

    network: Network
    notes: tuple[str, ...]


def load(path: str | os.PathLike[str], *, length: int | None = None) -> Imported:
    """Reads a network that `torch.export.save` wrote (`.pt2`); PyTorch is not needed.

    Args:
      path: the file.
      length: L, for a network whose length is open; otherwise it must agree with the file.

    Raises:
      InputError: as `genomics.io.torch.read`; or operations that are not read, all in one message; or the length is
        missing or contradicts the file, or the operations do not fit each other.
    """
    return build(read(path), length=length)


def build(program: TorchProgram, *, length: int | None = None) -> Imported:
    """As `load`, from the record of a file already read."""
    given = feed(program, length)
    nodes, outputs, sizes = plan.flat(program)
    nodes = recognised(nodes)
    sizes = stated.which_hold(nodes, sizes)
    nodes = list(stated.with_open_axes(nodes, sizes))
    removed: dict[str, str | None] = {}
    extra = []
    for label, ref in outputs.items():
        copies, end, activation = without_final_activation(nodes, ref, sizes)
        extra += copies
        outputs[label], removed[label] = end, activation
    steps = plan.steps(program, [*nodes, *extra], list(outputs.values()))
    evaluator = Evaluator(program, steps, list(outputs.values()), sizes)
    parameters, constants = _numbers(program, {name for step in steps for name in _read(step)} | _names(outputs))

    def apply(parameters: Mapping[str, Array], *inputs: Array) -> tuple[Array, ...]:
        real = jnp.result_type(*inputs)
        environment: dict[str, Any] = {**program.values, **constants}
        for name, key in program.tensors.items():
            if key in parameters:
                environment[name] = jnp.asarray(parameters[key], real)
        environment.update(given.batched(inputs))
        results = evaluator.run(environment, real)
        return tuple(given.single(output, label) for output, label in zip(results, outputs, strict=True))

    shapes = [jax.ShapeDtypeStruct(each.shape, jnp.float32) for each in given.inputs]
    found = jax.eval_shape(apply, parameters, *shapes)
    network = Network(
        source=str(program.file),
        written_by=f"PyTorch {program.torch_version}",
        inputs=given.inputs,
        outputs=tuple(
            Output(name=label, shape=tuple(array.shape), removed=removed[label])
            for label, array in zip(outputs, found, strict=True)
        ),
        parameters=parameters,
        apply=apply,
        layer_names=tuple(dict.fromkeys(step.node.layer for step in steps if step.node.layer)),
    )
    return Imported(network=network, notes=(*plan.notes([step.node for step in steps]), *given.notes))


def _numbers(program: TorchProgram, used: set[str]) -> tuple[dict[str, Array], dict[str, np.ndarray]]:
    """(parameters by their name in the module, constants by their name in the graph).

    Trained numbers are parameters; whole numbers, truth values, masks with infinities and tensors that are no buffers
    are constants.
    """
    parameters: dict[str, Array] = {}
    constants: dict[str, np.ndarray] = {}
    for name, key in program.tensors.items():
        array = program.arrays[key]
        if name not in used:
            continue
        if key in program.trained and array.dtype == np.float32 and np.isfinite(array).all():
            parameters[key] = jnp.asarray(array)
        else:
            constants[name] = array
    return parameters, constants


def _read(step: plan.Call) -> list[str]:
    return [name for value in (*step.positional, *step.named.values()) for name in plan.references(value)]


def _names(outputs: Mapping[str, Ref]) -> set[str]:
    return {ref.name for ref in outputs.values()}
