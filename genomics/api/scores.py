"""What a network answers: arrays whose axes have names, and that draw themselves in a notebook."""

import dataclasses
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Shaped

from genomics.errors import InputError

_MOST_ROWS = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class Scores:
    """Numbers with named axes.

    `numpy.asarray(scores)` gives the numbers alone, `scores.sel(task="CTCF", sequence=0)` a part of them by name. In a
    notebook predictions are a table, scores of bases a logo, and effects of mutations a heat map.

    Attributes:
      values: the numbers.
      axes: name of each axis: `sequence`, `task`, `position`, `base`; of a scan `position`, `base`, `task`.
      labels: axis -> a label for each place: names, positions from 0, or A C G T.
      unit: what the numbers are: `logit`, `output`, ...; differences are in the same unit.
      name: of the method, or what else they are.
      label: of the axis of a figure.
      mutations: whether they are effects of substitutions, columns the new base; else contributions of bases.
      observed: whether figures show observed bases alone unless asked: where what sequences are compared with is dense.
      chosen: axis -> label of what `sel` has chosen of axes that are gone.
      further: name -> what belongs to them, with the same axes or fewer: `bases` (codes of what was asked about),
        `residual`, `hypothetical`, `values_std`, ...
      attributes: of the method, as in `scores.h5`: `definition`, `rule`, `reference`, `citation`, ...

    >>> import numpy as np, genomics
    >>> logits = genomics.Scores(values=np.array([[1.0, -2.0]]), axes=("sequence", "task"),
    ...                          labels={"sequence": ("peak_7",), "task": ("CTCF", "MAFK")}, unit="logit")
    >>> logits.sel(task="MAFK")
    <Scores (sequence: 1), logit, task MAFK>
    >>> float(logits.sel(task="MAFK", sequence="peak_7").values)
    -2.0
    """

    values: Shaped[np.ndarray, "..."]
    axes: tuple[str, ...]
    labels: Mapping[str, Sequence[Any]]
    unit: str
    name: str = ""
    label: str = ""
    mutations: bool = False
    observed: bool = False
    chosen: Mapping[str, str] = field(default_factory=dict)
    further: Mapping[str, "Scores"] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the axes."""
        return self.values.shape

    @property
    def title(self) -> str:
        """Of a figure: the sequence and the task that were chosen, and the name."""
        return " · ".join([*(self.chosen[axis] for axis in ("sequence", "task") if axis in self.chosen), self.name])

    @property
    def unit_of_axis(self) -> str:
        """What the axis of a figure says."""
        return self.label or self.unit

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.values, dtype=dtype, copy=True if copy else None)

    def __len__(self) -> int:
        return len(self.values)

    def __getattr__(self, name: str) -> "Scores":
        further = self.__dict__.get("further", {})
        if name in further:
            return further[name]
        raise AttributeError(f"Scores has no {name!r}; beside its attributes it has {', '.join(further) or 'nothing'}")

    def sel(self, **where: Any) -> "Scores":
        """A part, by the names of axes.

        Args:
          where: axis -> a label or an index, and the axis is gone; several of them in a list, or a slice, and it stays.
            Names of tasks are taken in any case. A position is its label: `position=slice(50, 150)`.

        Raises:
          InputError: no such axis or label.
        """
        for axis in where:
            if axis not in self.axes:
                raise InputError(f"sel({axis}=...): the axes are {', '.join(self.axes)}")
        places = {axis: _places(axis, choice, self.labels[axis]) for axis, choice in where.items()}
        return self._at(places)

    def _at(self, places: Mapping[str, "int | slice | list[int]"]) -> "Scores":
        values, axes = self.values, list(self.axes)
        chosen, labels = dict(self.chosen), dict(self.labels)
        for axis, place in places.items():
            if axis not in axes:
                continue
            number = axes.index(axis)
            values = np.asarray(values[(slice(None),) * number + (place,)])
            if isinstance(place, int):
                chosen[axis] = str(self.labels[axis][place])
                axes.pop(number)
                labels.pop(axis)
            elif isinstance(place, slice):
                labels[axis] = self.labels[axis][place]
            else:
                labels[axis] = [self.labels[axis][each] for each in place]
        return dataclasses.replace(
            self,
            values=values,
            axes=tuple(axes),
            labels=labels,
            chosen=chosen,
            further={name: own._at(places) for name, own in self.further.items()},
        )

    def to_xarray(self) -> Any:
        """The same as an `xarray.DataArray`.

        Raises:
          InputError: xarray is not installed.
        """
        try:
            import xarray  # pyright: ignore[reportMissingImports]
        except ImportError:
            raise InputError("to_xarray(): needs xarray; pip install xarray") from None
        coordinates = {axis: list(self.labels[axis]) for axis in self.axes}
        attributes = {**self.attributes, "unit": self.unit}
        return xarray.DataArray(self.values, coordinates, self.axes, self.name or None, attributes)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{axis}: {size}" for axis, size in zip(self.axes, self.shape, strict=True))
        what = [f"Scores ({sizes})", *([self.name] if self.name else []), self.unit]
        return f"<{', '.join(what + [f'{axis} {label}' for axis, label in self.chosen.items()])}>"

    def _repr_html_(self) -> str | None:
        """A table, where there are no bases to draw."""
        if "base" in self.axes or not 1 <= len(self.axes) <= 2:
            return None
        rows, columns = (*self.axes, "")[:2]
        values = self.values if columns else self.values[:, None]
        heads = list(self.labels[columns]) if columns else [self.name or self.unit]
        lines = [f"<tr><th>{html.escape(rows)}</th>{_cells(heads, 'th')}</tr>"]
        for label, own in list(zip(self.labels[rows], values, strict=True))[:_MOST_ROWS]:
            lines.append(
                f"<tr><th>{html.escape(str(label))}</th>{_cells([f'{value:.3f}' for value in own], 'td')}</tr>"
            )
        more = f"<p>and {len(values) - _MOST_ROWS} more</p>" if len(values) > _MOST_ROWS else ""
        return f"<table><caption>{html.escape(repr(self)[1:-1])}</caption>{''.join(lines)}</table>{more}"

    def _repr_png_(self) -> bytes | None:
        """A picture, where there are bases: of the first sequence and task, if there are several."""
        if "base" not in self.axes:
            return None
        from genomics.api import drawing

        one = self.sel(**{axis: 0 for axis in ("sequence", "task") if axis in self.axes})
        codes = one.further["bases"].values if "bases" in one.further else None
        start = int(one.labels["position"][0])
        if self.mutations:
            figure = drawing.draw_heatmap(one.values, codes, title=one.title, label=one.unit_of_axis, start=start)
        else:
            figure = drawing.draw_logo(
                one.values,
                codes,
                observed=self.observed and codes is not None,
                title=one.title,
                label=one.unit_of_axis,
                start=start,
            )
        return figure._repr_png_()


def _places(axis: str, choice: Any, labels: Sequence[Any]) -> "int | slice | list[int]":
    if isinstance(choice, slice):
        if axis != "position":
            return choice
        ends = [None if end is None else int(end) - int(labels[0]) for end in (choice.start, choice.stop)]
        if any(end is not None and not 0 <= end <= len(labels) for end in ends) or choice.step is not None:
            raise InputError(f"sel(position={choice}): positions are {labels[0]} to {labels[-1]}")
        return slice(*ends)
    if isinstance(choice, list | tuple | np.ndarray):
        return [_place(axis, each, labels) for each in choice]
    return _place(axis, choice, labels)


def _place(axis: str, choice: Any, labels: Sequence[Any]) -> int:
    known = {str(label).lower(): place for place, label in enumerate(labels)}
    if isinstance(choice, str) or axis == "position":
        if (place := known.get(str(choice).lower())) is not None:
            return place
    elif not isinstance(choice, bool) and isinstance(choice, int | np.integer) and -len(labels) <= choice < len(labels):
        return int(choice) % len(labels)
    some = ", ".join(map(str, list(labels)[:10])) + (", ..." if len(labels) > 10 else "")
    raise InputError(f"sel({axis}={choice!r}): must be one of {some}, or an index below {len(labels)}")


def _cells(texts: Sequence[Any], kind: str) -> str:
    return "".join(f"<{kind}>{html.escape(str(text))}</{kind}>" for text in texts)
