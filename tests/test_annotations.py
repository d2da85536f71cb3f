"""The suite itself checks the shapes and types that annotations promise, in nested functions too."""

import jax.numpy as jnp
import pytest
from jaxtyping import TypeCheckError

from genomics.mutagenesis.naive import ism
from genomics.sequence.bases import one_hot


def test_shapes_of_arguments_are_checked():
    with pytest.raises(TypeCheckError, match="one_hot"):
        one_hot("ACGT")


@pytest.mark.parametrize("tasks", [1, 2])
def test_every_function_of_one_code_object_is_checked(tasks):
    """The annotations are read for the first of them only."""
    explain = ism(lambda x: jnp.tile(x.sum(), tasks))
    assert explain(jnp.ones((3, 4))).scores.shape == (tasks, 3, 4)
    with pytest.raises(TypeCheckError, match=r"ism\.<locals>\.explain"):
        explain(jnp.ones((3, 5)))
