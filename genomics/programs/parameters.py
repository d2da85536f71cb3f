"""The parameters of a network before it is used."""

import jax
import numpy as np

from genomics.errors import InputError
from genomics.models.predictor import Predictor


def check_parameters(predictor: Predictor) -> None:
    """Raises `InputError` where a parameter is NaN: maxima on a CPU would pass over it (`genomics.extremes`).

    Infinite ones are let through: attention masks hold them.
    """
    for path, leaf in jax.tree_util.tree_flatten_with_path(predictor.parameters)[0]:
        values = np.asarray(leaf)
        if np.issubdtype(values.dtype, np.floating) and (count := int(np.isnan(values).sum())):
            name = jax.tree_util.keystr(path)
            raise InputError(f"{predictor.source}: parameter {name} {values.shape}: {count} of {values.size} are NaN")
