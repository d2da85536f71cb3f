"""`scores.h5`: what was asked of a network, and every method's answer.

| key | type | holds |
|---|---|---|
| `/sequences` | uint8 (N, L) | base codes, A C G T N = 0..4 |
| `/names` | str (N,) | of the sequences |
| `/index` | int32 (N,) | row of the split or of the FASTA file |
| `/chrom` `/strand` | str (N,) | where they lie, if known: contig, and the strand that the network reads, `+` or `-` |
| `/start` `/end` | int64 (N,) | of the same places, 0-based and half-open |
| `/labels` | uint8 (N, T) | where they are known |
| `/tasks` | str (T,) | names, in order of every T axis |
| `/logits` | float32 (N, T) | what the network predicts; root attribute `unit`: `logit`, or `output` (counts, ...) |
| `/<method>/scores` | float32 (N, T, L, 4) | what each base at each position adds to the logit |
| `/<method>/residual` | float32 (N, T) | where the method promises that the scores add up |
| `/<method>/hypothetical` | float32 (N, T, L, 4) | where the method has a meaning for absent bases |
| `/<method>/layer_scores` | float32 (N, T, ...) | scores of an intermediate layer, where asked for |

Sequences with a place are those of the plus strand, and so are their scores, whichever strand the network read. One
that lies nowhere, such as a shuffle, has an empty contig and strand, and -1 twice.

Of networks trained side by side each array is the mean, with the standard deviation beside it as `<name>_std`. A
method's group has the attributes `definition`, `rule`, `reference`, `citation`, `version` and its further settings; the
file's own attributes name the network.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from jaxtyping import Float32, Int32, UInt8

from genomics.errors import InputError
from genomics.io import hdf5, hdf5_write
from genomics.io.parts import Part
from genomics.sequence.bases import N
from genomics.sequence.loci import Loci

#: Of a chunk, which has a checksum.
_CHUNK_BYTES = 1 << 20
#: Type and axes of what is asked; N sequences of L bases, T tasks.
_LAYOUT: Mapping[str, tuple[type, str]] = {
    "sequences": (np.uint8, "NL"),
    "names": (str, "N"),
    "index": (np.int32, "N"),
    "tasks": (str, "T"),
    "logits": (np.float32, "NT"),
    "labels": (np.uint8, "NT"),
    "logits_std": (np.float32, "NT"),
    "chrom": (str, "N"),
    "start": (np.int64, "N"),
    "end": (np.int64, "N"),
    "strand": (str, "N"),
}
_LOCI = ("chrom", "start", "end", "strand")
_OPTIONAL = ("labels", "logits_std", *_LOCI)
#: Names of the file that no method can have.
QUESTIONS = frozenset(_LAYOUT)


@dataclass(frozen=True, kw_only=True)
class Questions:
    """The sequences that a network was asked about, and what it predicts for them.

    Attributes:
      sequences: (N, L) base codes.
      names: N names.
      index: (N,) row of each in its split or FASTA file.
      labels: (N, T) 0 or 1; None where unknown.
      tasks: T names.
      logits: (N, T).
      logits_std: (N, T) over networks trained side by side; None for a single network.
      fingerprint: of the network.
      model: where the network came from.
      source: where the sequences came from.
      unit: what `logits` are: `logit`, or `output` of a network that gives counts or any other quantity.
      loci: where the sequences lie; None where unknown.
    """

    sequences: UInt8[np.ndarray, "N L"]
    names: tuple[str, ...]
    index: Int32[np.ndarray, " N"]
    labels: UInt8[np.ndarray, "N T"] | None
    tasks: tuple[str, ...]
    logits: Float32[np.ndarray, "N T"]
    logits_std: Float32[np.ndarray, "N T"] | None
    fingerprint: str
    model: str
    source: str
    unit: str = "logit"
    loci: Loci | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One method's results, still in parts.

    Attributes:
      name: of the method: the group.
      parts: in order, together all N rows.
      attributes: of the group.
    """

    name: str
    parts: Sequence[Part]
    attributes: Mapping[str, str | int | float]


def read_questions(path: str | os.PathLike[str]) -> Questions:
    """Everything of a `scores.h5` but the scores.

    Raises:
      InputError: the file is absent, damaged, or not in this layout.
    """
    path = Path(path)
    with hdf5.open_hdf5(path) as file, hdf5.reading(path, "the questions"):
        arrays: dict[str, Any] = {key: _array(path, file, key) for key in _LAYOUT}
        _check_shapes(path, arrays)
        return Questions(
            sequences=arrays["sequences"],
            names=tuple(name.decode() for name in arrays["names"]),
            index=arrays["index"],
            labels=arrays["labels"],
            tasks=tuple(name.decode() for name in arrays["tasks"]),
            logits=arrays["logits"],
            logits_std=arrays["logits_std"],
            fingerprint=str(file.attrs["fingerprint"]),
            model=str(file.attrs["model"]),
            source=str(file.attrs["source"]),
            unit=str(file.attrs.get("unit", "logit")),
            loci=_loci(path, arrays),
        )


def _loci(path: Path, arrays: Mapping[str, Any]) -> Loci | None:
    absent = [key for key in _LOCI if arrays[key] is None]
    if len(absent) == len(_LOCI):
        return None
    if absent:
        raise InputError(f"{path}: has no data set {absent[0]} beside {', '.join(set(_LOCI) - set(absent))}")
    texts = {key: np.array([name.decode() for name in arrays[key]], object) for key in ("chrom", "strand")}
    found = Loci(start=arrays["start"], end=arrays["end"], **texts)
    length = arrays["sequences"].shape[1]
    wrong = np.flatnonzero(found.known & ((found.end - found.start != length) | ~np.isin(found.strand, ["+", "-"])))
    if wrong.size:
        row = int(wrong[0])
        place = f"{found.chrom[row]} {found.start[row]} {found.end[row]} {found.strand[row]}"
        raise InputError(f"{path}: row {row}: lies at {place}; must span {length} bases on strand + or -")
    return found


def _array(path: Path, file: h5py.File, key: str) -> np.ndarray | None:
    if key not in file and key in _OPTIONAL:
        return None
    if key not in file or not isinstance(found := file[key], h5py.Dataset):  # file.get hides damage
        raise InputError(f"{path}: has no data set {key}; it must be a scores.h5 of interpret.py")
    kind, _ = _LAYOUT[key]
    if (h5py.check_string_dtype(found.dtype) is None) if kind is str else found.dtype != kind:
        raise InputError(f"{path}: {key} has type {found.dtype}; must be {kind.__name__}")
    return found[()]


def _check_shapes(path: Path, arrays: Mapping[str, np.ndarray | None]) -> None:
    """Every axis that two arrays share must have one length, and every code must be of a base."""
    lengths: dict[str, int] = {}
    for key, values in arrays.items():
        if values is None:
            continue
        _, axes = _LAYOUT[key]
        if len(axes) != values.ndim or any(
            lengths.setdefault(axis, length) != length for axis, length in zip(axes, values.shape, strict=True)
        ):
            known = ", ".join(f"{axis} = {length}" for axis, length in lengths.items())
            raise InputError(f"{path}: {key} has shape {values.shape}; must be ({', '.join(axes)}) with {known}")
    sequences = arrays["sequences"]
    if sequences is not None and sequences.size and sequences.max() > N:
        row, place = (int(index) for index in np.argwhere(sequences > N)[0])
        raise InputError(
            f"{path}: sequences: row {row}, position {place} (from 0) is {sequences[row, place]}; must be 0 to {N}"
        )


def check_scores(path: str | os.PathLike[str]) -> None:
    """Reads every value and compares it with what was written, so that nothing that was lost counts as there.

    Raises:
      InputError: the file is absent or damaged, or not all of it was written.
    """
    path = Path(path)
    with hdf5.open_hdf5(path) as file:
        hdf5_write.verify(path, file, required=False)  # an older version wrote no checksums


def read_attributes(path: str | os.PathLike[str]) -> dict[str, dict[str, Any]]:
    """The attributes of every method in a `scores.h5`, by method."""
    path = Path(path)
    with hdf5.open_hdf5(path) as file, hdf5.reading(path, "the methods"):
        groups = {name: group for name, group in file.items() if isinstance(group, h5py.Group)}
        return {name: {key: _plain(value) for key, value in group.attrs.items()} for name, group in groups.items()}


def array_names(path: str | os.PathLike[str], method: str) -> frozenset[str]:
    """Names of the arrays of a method, such as `scores` and `residual`; none where the file has no such method."""
    path = Path(path)
    with hdf5.open_hdf5(path) as file, hdf5.reading(path, method):
        found = file.get(method)
        return frozenset(found) if isinstance(found, h5py.Group) else frozenset()


def read_rows(
    path: str | os.PathLike[str], method: str, rows: slice | Sequence[int], name: str = "scores"
) -> np.ndarray:
    """Some rows (increasing) of one array of a method, without reading the others.

    Raises:
      InputError: the file is absent or damaged, or has no such method or array.
    """
    path = Path(path)
    with hdf5.open_hdf5(path) as file, hdf5.reading(path, f"{method}/{name}"):
        found = file.get(f"{method}/{name}")
        if not isinstance(found, h5py.Dataset):
            methods = ", ".join(sorted(key for key, item in file.items() if isinstance(item, h5py.Group))) or "none"
            raise InputError(f"{path}: has no {method}/{name}; methods found: {methods}")
        count, tasks = (_length(file, key) for key in ("sequences", "tasks"))
        if found.dtype.kind != "f" or found.shape[:2] != (count, tasks):
            raise InputError(
                f"{path}: {method}/{name} {found.shape} has type {found.dtype}; must be numbers ({count}, {tasks}, ...)"
            )
        return found[rows]


def _length(file: h5py.File, key: str) -> int:
    found = file.get(key)
    return found.shape[0] if isinstance(found, h5py.Dataset) and found.shape else 0


def write_scores(path: str | os.PathLike[str], questions: Questions, answers: Sequence[Answer]) -> None:
    """Writes a new file, or adds methods to an existing one of the same questions. One part at a time is in memory.

    Args:
      path: the file; complete under this name at any moment.
      questions: what an existing file must hold as well (the caller has checked it).
      answers: replace methods of the same name.

    Raises:
      InputError: the file cannot be written, or a part is damaged.
    """
    path = Path(path)
    with hdf5_write.writing(path, grown_from=path if path.exists() else None) as file:
        if "sequences" not in file:
            _write_questions(file, questions)
        for answer in answers:
            _write_answer(path, file, answer, len(questions.sequences))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _write_questions(file: h5py.File, questions: Questions) -> None:
    for key in ("sequences", "index", "labels", "logits", "logits_std"):
        values = getattr(questions, key)
        if values is not None:
            hdf5_write.put(file, key, values, {"fletcher32": True})
    for key in ("names", "tasks"):
        hdf5_write.put(file, key, np.array(getattr(questions, key), object))
    for key in _LOCI if questions.loci is not None else ():
        hdf5_write.put(file, key, getattr(questions.loci, key))
    for key in ("fingerprint", "model", "source", "unit"):
        file.attrs[key] = getattr(questions, key)


def _write_answer(path: Path, file: h5py.File, answer: Answer, count: int) -> None:
    with hdf5.reading(path, answer.name):
        if answer.name in file:
            del file[answer.name]
    group = file.create_group(answer.name)
    for key, value in answer.attributes.items():
        group.attrs[key] = value
    made: dict[str, hdf5_write.Rows] = {}
    covered = 0
    for part in answer.parts:
        if part.start != covered:
            raise InputError(f"{part.path}: {answer.name}: rows {covered} to {part.start} are in no part; run it again")
        covered = part.end
        for name, rows in part.read().items():
            if name not in made:
                chunk = min(count, max(1, _CHUNK_BYTES // rows[:1].nbytes))
                storage = {"chunks": (chunk, *rows.shape[1:]), "fletcher32": True}
                made[name] = hdf5_write.Rows(group, name, (count, *rows.shape[1:]), rows.dtype, storage)
            made[name].add(rows)
    if covered != count:
        raise InputError(f"{path}: {answer.name}: its parts hold {covered} of {count} rows; run the command again")
    for rows in made.values():
        rows.close()
