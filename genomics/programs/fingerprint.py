"""What tells two networks apart."""

import hashlib
import re

import jax
import jax.numpy as jnp
import numpy as np

from genomics.attribution.record import Predict
from genomics.tracing.program import Variable, trace

# Python prints functions among a primitive's parameters with their place in memory, which differs from run to run.
_ADDRESS = re.compile(r"0x[0-9a-f]+")


def fingerprint(predict: Predict, length: int) -> str:
    """sha256 over a network's primitives, their parameters and wiring, and the bytes of every constant.

    Args:
      predict: (L, 4) one-hot -> (T,) logits, its parameters closed over.
      length: L.
    """
    program = trace(predict, jnp.zeros((length, 4), jnp.float32))
    number = {program.input: 0}
    digest = hashlib.sha256()

    def add(operand: Variable | jax.Array) -> None:
        if isinstance(operand, Variable):
            digest.update(f"{number[operand]}".encode())
        else:
            array = np.asarray(operand)
            digest.update(f"{array.shape}{array.dtype}".encode() + array.tobytes())

    for equation in program.equations:
        digest.update(f"{equation.primitive}{_ADDRESS.sub('', repr(dict(equation.params)))}".encode())
        for operand in equation.operands:
            add(operand)
        number |= {output: len(number) + place for place, output in enumerate(equation.outputs)}
    add(program.output)
    return digest.hexdigest()
