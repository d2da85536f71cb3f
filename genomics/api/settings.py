"""Settings of methods as keyword arguments, by the records that are flags in the programs."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from genomics.attribution.references import Reference, shared_rows
from genomics.errors import InputError
from genomics.interpretation.method import Explainer
from genomics.interpretation.methods import METHODS
from genomics.interpretation.settings import Asked, declared, record_of
from genomics.interpretation.units import check_gauges
from genomics.models.predictor import Predictor


def explainer_of(
    predictor: Predictor, method: str, given: Mapping[str, Any], seed: int, background: Callable[[], Sequence[float]]
) -> Explainer:
    """A method under settings.

    Args:
      predictor: the network.
      method: its name.
      given: setting -> value.
      seed: of everything random.
      background: gives the base frequencies of the training data.

    Raises:
      InputError: an unknown method or setting, a method that has no score for each base, or a value that does not fit.
    """
    per_base = [name for name, each in METHODS.items() if each.per_base]
    if method not in per_base:
        raise InputError(f"method={method!r}: must be one of {', '.join(per_base)}")
    record = METHODS[method].settings
    known = declared(record)
    flags = {each.flag: name for name, each in known.items()}
    for name in given:
        if name not in flags:
            raise InputError(f"{name}=: is no setting of {method}, which has {', '.join(flags) or 'none'}")
    values = {name: _value(name, value, predictor.length, seed) for name, value in given.items()}
    arrays = {name: value for name, value in values.items() if isinstance(value, Reference)}
    texts = {name: value for name, value in values.items() if name not in arrays}
    asked = Asked(predictor=predictor, seed=seed, background=background)
    settings = record_of(record, texts, asked)
    if arrays:
        import dataclasses

        settings = dataclasses.replace(settings, **{flags[name]: value for name, value in arrays.items()})
    explainer = Explainer(name=method, method=METHODS[method], settings=settings)
    check_gauges(predictor.unit, [method], {method: explainer})
    return explainer


def _value(name: str, value: Any, length: int, seed: int) -> Any:
    """A value of Python as a flag would have it; a reference that is an array as it is."""
    if name != "reference" or isinstance(value, str):
        return value
    array = np.asarray(value, np.float32)
    if array.shape == (4,):
        return ",".join(str(frequency) for frequency in np.asarray(value, np.float64).tolist())
    if array.ndim not in (2, 3) or array.shape[-1] != 4 or not np.isfinite(array).all():
        raise InputError(f"reference of shape {array.shape}: must be (4,), (L, 4) or (K, L, 4), of finite numbers")
    rows = array if array.ndim == 3 else array[None]
    digest = hashlib.sha256(rows.tobytes()).hexdigest()[:16]
    reference = Reference(text=f"array sha256 {digest}", rows=rows, seed=seed)
    shared_rows(reference, length)
    return reference
