"""Typed fields of a layer's configuration: each is checked, and its error names file, layer, value and rule."""

from typing import Any, TypeGuard

from genomics.io.keras.record import KerasLayer, shown

_REQUIRED = object()

#: Larger sizes (widths, strides, paddings) are in no network; they would only exhaust memory.
MAXIMUM = 1 << 24


def whole(layer: KerasLayer, key: str, default: Any = _REQUIRED, *, minimum: int = 1) -> int:
    """A whole number from `minimum` to MAXIMUM."""
    value = _get(layer, key, default)
    if not _is_whole(value) or not minimum <= value <= MAXIMUM:
        raise layer.error(f"{key}={shown(value)}: must be a whole number from {minimum} to {MAXIMUM}")
    return value


def number(layer: KerasLayer, key: str, default: Any = _REQUIRED) -> float:
    """A finite number; Keras 2.2 writes some as `{"type": "ndarray", "value": 6.0}`."""
    value = _get(layer, key, default)
    if isinstance(value, dict) and value.get("type") == "ndarray":
        value = value.get("value")
    # Compared as it is: a whole number may be too long for a float.
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e30 < value < 1e30:
        raise layer.error(f"{key}={shown(value)}: must be a finite number")
    return float(value)


def flag(layer: KerasLayer, key: str, default: Any = _REQUIRED) -> bool:
    """True or false."""
    value = _get(layer, key, default)
    if not isinstance(value, bool):
        raise layer.error(f"{key}={shown(value)}: must be true or false")
    return value


def choice(layer: KerasLayer, key: str, allowed: tuple[str, ...], default: Any = _REQUIRED) -> str:
    """One of the words in `allowed`."""
    value = _get(layer, key, default)
    if value not in allowed:
        raise layer.error(f"{key}={shown(value)}: must be {' or '.join(repr(word) for word in allowed)}")
    return value


def sizes(layer: KerasLayer, key: str, rank: int, default: Any = _REQUIRED, *, minimum: int = 1) -> tuple[int, ...]:
    """`rank` whole numbers from `minimum` to MAXIMUM; one number stands for all of them."""
    value = _get(layer, key, default)
    found = [value] * rank if _is_whole(value) else value
    if (
        not isinstance(found, list)
        or len(found) != rank
        or not all(_is_whole(n) and minimum <= n <= MAXIMUM for n in found)
    ):
        raise layer.error(f"{key}={shown(value)}: must be {rank} whole number(s) from {minimum} to {MAXIMUM}")
    return tuple(found)


def margins(layer: KerasLayer, key: str, rank: int) -> tuple[tuple[int, int], ...]:
    """(before, after) for each of `rank` axes: written as one number, one number an axis, or one pair an axis."""
    value = _get(layer, key, _REQUIRED)
    entries = value if isinstance(value, list) else [value] * rank
    if rank == 1 and len(entries) == 2 and not any(isinstance(entry, list) for entry in entries):
        entries = [entries]
    pairs = [tuple(entry) if isinstance(entry, list) else (entry, entry) for entry in entries]
    if len(pairs) == rank and all(len(p) == 2 and all(_is_whole(n) and 0 <= n <= MAXIMUM for n in p) for p in pairs):
        return tuple((before, after) for before, after in pairs)
    raise layer.error(
        f"{key}={shown(value)}: must be whole numbers from 0 to {MAXIMUM}, one pair for each of {rank} axes"
    )


def single_axis(layer: KerasLayer, rank: int, default: int = -1) -> int:
    """`axis`, counted by Keras with the batch axis first, as an axis of the tensor without it (rank `rank`)."""
    value = _get(layer, "axis", default)
    axis = value[0] if isinstance(value, list) and len(value) == 1 else value
    if not _is_whole(axis) or not (1 <= axis <= rank or -rank <= axis <= -1):
        raise layer.error(f"axis={shown(value)}: must be one axis from 1 to {rank}, or from {-rank} to -1")
    return axis - 1 if axis > 0 else axis + rank


def _get(layer: KerasLayer, key: str, default: Any) -> Any:
    if key in layer.config:
        return layer.config[key]
    if default is _REQUIRED:
        raise layer.error(f"has no field {key!r}, which Keras always writes; the file is incomplete")
    return default


def _is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
