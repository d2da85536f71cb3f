"""What the page shows of `--methods=filters`: filters beside their partners, and what drives each task."""

from pathlib import Path
from typing import Any

from genomics.data.motifs import motif_database
from genomics.errors import InputError
from genomics.io.meme import read_meme
from genomics.motifs.match import LEAST_R, MOST_Q
from genomics.report.records import number, read_record, read_table
from genomics.sequence.motif import Motif

_NEEDED = ("filter", "state", "match", "name", "q", "offset", "strand")
_NEEDED_OF_DRIVERS = ("task", "sign", "seqlets", "contribution", "match", "name", "q")
_INFLUENCE = ("change", "loss", "auroc")


def gather_motifs(folder: Path, fingerprint: str) -> dict[str, Any] | None:
    """Filters and drivers with the motifs that are drawn; None where the folder has none of this network.

    Args:
      folder: with `filters.tsv`, and `filters.json`, which says of which network it is.
      fingerprint: of the network that the page is about.

    Returns:
      `filters`, `drivers`, `tasks`, `targets` (by identifier: `name`, `rows`), and the limits `most_q` and `least_r` of
      a convincing match. A filter has its `rows` (probabilities) and `match`, and `weights_rows` and `weights_match`
      where its weights say a motif by themselves.

    Raises:
      InputError: a file is damaged.
    """
    path = folder / "filters.tsv"
    table = read_table(path, _NEEDED)
    if table is None or (read_record(folder / "filters.json") or {}).get("model") != fingerprint:
        return None
    motifs, weights = (_read(folder / name) for name in ("motifs.meme", "weights.meme"))
    tasks = [column.removeprefix("change_") for column in table[0] if column.startswith("change_")] if table else []
    filters = [
        {
            "name": row["filter"],
            "state": row["state"],
            "sites": number(path, row, "sites"),
            "sequences": number(path, row, "sequences"),
            "share": number(path, row, "share"),
            "consensus": row.get("consensus", ""),
            "bits": number(path, row, "bits"),
            "rows": _rows(motifs.get(row["filter"])),
            "match": _match(path, row, ""),
            "weights_rows": _rows(weights.get(row["filter"])),
            "weights_match": _match(path, row, "weights_"),
            **{kind: [number(path, row, f"{kind}_{task}") for task in tasks] for kind in _INFLUENCE},
        }
        for row in table
    ]
    drivers = _drivers(folder / "seqlets.tsv")
    matches = [each[key] for each in filters for key in ("match", "weights_match")] + [row["match"] for row in drivers]
    named = {match["identifier"] for match in matches if match}
    return {
        "filters": filters,
        "drivers": drivers,
        "tasks": tasks,
        "targets": {
            motif.identifier: {"name": motif.name, "rows": _rows(motif)}
            for motif in motif_database()
            if motif.identifier in named
        },
        "most_q": MOST_Q,
        "least_r": LEAST_R,
    }


def _drivers(path: Path) -> list[dict[str, Any]]:
    return [
        {
            "task": row["task"],
            "sign": row["sign"],
            "seqlets": number(path, row, "seqlets"),
            "sequences": number(path, row, "sequences"),
            "contribution": number(path, row, "contribution"),
            "consensus": row.get("consensus", ""),
            "match": _match(path, row, ""),
        }
        for row in read_table(path, _NEEDED_OF_DRIVERS) or ()
    ]


def _match(path: Path, row: dict[str, str], prefix: str) -> dict[str, Any] | None:
    if not row.get(f"{prefix}match"):
        return None
    offset = number(path, row, f"{prefix}offset")
    if offset is None or offset != int(offset):
        raise InputError(f"{path}: column {prefix}offset: '{row[f'{prefix}offset']}' must be a whole number")
    return {
        "identifier": row[f"{prefix}match"],
        "name": row[f"{prefix}name"],
        "q": number(path, row, f"{prefix}q"),
        "r": number(path, row, f"{prefix}{'r' if f'{prefix}r' in row else 'correlation'}"),
        "offset": int(offset),
        "strand": row[f"{prefix}strand"],
    }


def _read(path: Path) -> dict[str, Motif]:
    return {motif.identifier: motif for motif in read_meme(path)} if path.exists() else {}


def _rows(motif: Motif | None) -> list[list[float]] | None:
    return None if motif is None else motif.probabilities.round(4).tolist()
