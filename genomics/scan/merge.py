"""From all parts of a scan to the files that people open: manifest, bigWig tracks, or the annotated VCF."""

import collections
import concurrent.futures
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from genomics.errors import InputError
from genomics.io import manifest
from genomics.io.bigwig.pieces import Pieces, discard_pieces, find_pieces
from genomics.io.plan_fields import check_plan
from genomics.io.shard import part_path
from genomics.lenses.units import effects_unit
from genomics.scan.allele_table import PARQUET, TABLE, write_table
from genomics.scan.annotate import VARIANTS, write_annotated
from genomics.scan.finite import NOT_FINITE, told
from genomics.scan.join import write_tracks
from genomics.scan.plan import RecordsPlan, plan_of, result_names
from genomics.scan.run import part_attributes, settings_digest, told_by
from genomics.scan.stages import Stages
from genomics.scan.tracks import track_names
from genomics.scan.vcf_scores import arrays

_SHOWN = 5


def merge(folder: Path, stages: Stages | None = None) -> list[str]:
    """Checks that every part is there and writes what is made of them; the parts themselves are left as they are.

    Args:
      folder: of a scan.
      stages: where the seconds are counted.

    Returns:
      Lines that tell what is there now.

    Raises:
      InputError: the folder is of no scan, parts are missing or damaged, or a file cannot be written.
    """
    stages = Stages() if stages is None else stages
    plan = manifest.read_plan(folder)
    check_plan(folder / manifest.PLAN, plan)
    settings = plan["settings"]
    with stages.of("check"):
        pieces = [find_pieces(folder, number) for number in range(num_parts(plan))]
        parts = _checked_parts(folder, plan, pieces)
        found = _finished(folder, settings, parts)
    if found is None:
        files = _of_variants(folder, plan, stages) if settings["vcf"] else _of_bases(folder, plan, pieces, stages)
        found = _manifest(plan, parts, files)
        manifest.write_json(folder / manifest.MANIFEST, found)
    for number in range(len(parts)):  # all that they held is in the tracks
        discard_pieces(folder, number)
    wanted = [] if settings["vcf"] else track_names(settings)
    return [*_report(folder, found), *told(found, wanted)]


def _of_bases(folder: Path, plan: Mapping[str, Any], pieces: Sequence[Pieces | None], stages: Stages) -> list[str]:
    with stages.of("join"):
        return write_tracks(folder, plan, pieces)


def _of_variants(folder: Path, plan: Mapping[str, Any], stages: Stages) -> list[str]:
    """The annotated file, and the table beside it by a thread of its own.

    The annotation finds out at its end whether the VCF file is still the one that was scored: until then the table has
    no name.
    """
    if not plan["settings"].get("held"):
        with stages.of("annotate"):
            return write_annotated(folder, plan)
    given_up = threading.Event()
    annotated: concurrent.futures.Future[None] = concurrent.futures.Future()

    def table() -> list[str]:
        with stages.of("table"):
            return write_table(folder, plan, given_up.is_set, annotated.result)

    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as executor:
        names = executor.submit(table)
        try:
            with stages.of("annotate"):
                files = write_annotated(folder, plan)
            annotated.set_result(None)
            with stages.of("wait_table"):
                return [*files, *names.result()]
        finally:
            given_up.set()
            if not annotated.done():
                annotated.set_exception(InputError(f"{folder}: given up"))


def _checked_parts(folder: Path, plan: Mapping[str, Any], pieces: Sequence[Pieces | None]) -> list[dict[str, Any]]:
    """The attributes of all parts. Where pieces are there, results are not read: nothing is made of them."""
    digest = settings_digest(plan["settings"])
    found = [
        part_attributes(part_path(folder, number), number, digest) if own is None else told_by(own.part, number, digest)
        for number, own in enumerate(pieces)
    ]
    missing = [
        part_path(folder, number).name
        for number, attributes in enumerate(found)
        if attributes is None or not _holds(attributes["shapes"], _shapes(plan, number, attributes))
    ]
    if missing:
        shown = ", ".join(missing[:_SHOWN]) + (", ..." if len(missing) > _SHOWN else "")
        raise InputError(
            f"{folder}: {len(missing)} of {len(found)} parts are missing or damaged: {shown}; "
            "delete those that are damaged, and run the command, or its shard, again"
        )
    return [attributes for attributes in found if attributes is not None]


def _shapes(plan: Mapping[str, Any], number: int, attributes: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """What part `number` must hold at least."""
    settings = plan["settings"]
    tasks = len(settings["tasks"])
    if settings["vcf"]:
        count = attributes.get("alleles", 0)
        names = arrays([*settings.get("vcf_scores", ()), *settings.get("held", ())], None)
        width = settings.get("widths", {})
        own = {name: (count, width.get(name, tasks)) for name in names}
        beside = {"record": (count,), "allele": (count,)}
    else:
        count = sum(map(len, plan_of(plan).pieces(number)))
        own = {
            name: (count, 4, tasks) if name == "effects" else (count, tasks)
            for name in result_names(settings["what"], settings["summary_only"])
        }
        beside = {}
    spread = {f"{name}_std": shape for name, shape in own.items()} if settings.get("replicates") else {}
    return own | spread | beside


def _holds(shapes: Mapping[str, tuple[int, ...]], expected: Mapping[str, tuple[int, ...]]) -> bool:
    return all(shapes.get(name) == shape for name, shape in expected.items())


def num_parts(plan: Mapping[str, Any]) -> int:
    """How many parts a plan has."""
    if plan["settings"]["vcf"]:
        return RecordsPlan(size=plan["records"], part_size=plan["settings"]["part_size"]).num_parts
    return plan_of(plan).num_parts


def _finished(folder: Path, settings: Mapping[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The manifest, if it was made of just these parts and all its files are there."""
    path = folder / manifest.MANIFEST
    if not path.exists():
        return None
    found = manifest.read_json(path)
    same = found.get("settings") == settings and found.get("parts") == [_line(part) for part in parts]
    told = isinstance(found.get("rounding_error"), float) and isinstance(found.get("files"), list)
    if settings["vcf"]:
        told = told and isinstance(found.get("alleles"), int) and isinstance(found.get("skipped"), dict)
    return found if same and told and all((folder / str(name)).exists() for name in found["files"]) else None


def _line(attributes: Mapping[str, Any]) -> dict[str, Any]:
    names = ("unknown_bases", NOT_FINITE, "rounding_error", "alleles", "time", "input_crc32")
    kept = {name: attributes[name] for name in names if name in attributes}
    return {"file": part_path(Path(), attributes["part"]).name, **kept}


def _manifest(plan: Mapping[str, Any], parts: list[dict[str, Any]], files: list[str]) -> dict[str, Any]:
    roundings = [part["rounding_error"] for part in parts if "rounding_error" in part]
    totals: dict[str, Any] = {}
    if "intervals" in plan:
        totals["bases"] = sum(end - start for _, start, end in plan["intervals"])
        totals["unknown_bases"] = sum(part["unknown_bases"] for part in parts)
        totals[NOT_FINITE] = sum(part.get(NOT_FINITE, 0) for part in parts)
    else:
        totals["records"], totals["alleles"] = plan["records"], sum(part["alleles"] for part in parts)
        totals["skipped"] = dict(sum((collections.Counter(part["skipped"]) for part in parts), collections.Counter()))
    return {
        "settings": plan["settings"],
        **totals,
        "rounding_error": float(np.max(roundings, initial=0.0)),
        "provenance": plan["provenance"],
        "files": files,
        "parts": [_line(part) for part in parts],
    }


def _report(folder: Path, found: Mapping[str, Any]) -> list[str]:
    count = len(found["parts"])
    lines = [f"{folder}: {count} {'part' if count == 1 else 'parts'}, {manifest.MANIFEST}"]
    if found["rounding_error"]:
        lines.append(
            f"rounded to {found['settings']['dtype']}: largest error {found['rounding_error']:.2g} in the "
            f"{effects_unit(found['settings'], found['provenance'])}"
        )
    if found["files"][:1] == [VARIANTS]:
        lines.append(f"annotated: {folder / VARIANTS}, {found['alleles']:,} alleles with effects")
        lines += [f"table: {folder / name}" for name in found["files"] if name in (TABLE, PARQUET)]
        if found["settings"].get("background"):
            lines.append(f"percentiles: of |effect| among those of {found['settings']['background']}")
        lines += [f"skipped: {count:,} alleles: {reason}" for reason, count in sorted(found["skipped"].items())]
    elif found["files"]:
        lines.append(f"tracks: {', '.join(found['files'])}")
    return lines
