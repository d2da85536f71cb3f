"""Predictors made by hand, for tests of what reads one."""

from typing import Any

from genomics.lenses.view import View
from genomics.models.predictor import Predictor


def predictor_of(shown: View, parameters: Any, length: int) -> Predictor:
    """The predictor of a single network that is seen through a lens."""
    return Predictor(
        apply=shown.apply,
        bind=shown.bind,
        parameters=parameters,
        replicates=None,
        length=length,
        tasks=shown.tasks,
        fingerprint="f" * 64,
        source="tiny",
        unit=shown.unit,
    )
