"""A scan's summary against a recount of everything at once; folders as scan.py leaves them, with numbers drawn here."""

import hashlib
import json

import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io import manifest
from genomics.io.shard import Shard, part_path, write_shard
from genomics.report import scan_parts, scan_summary
from genomics.report.scan_summary import summarise
from genomics.scan.bases import interval_arrays
from genomics.scan.merge import merge
from genomics.scan.plan import BasesPlan
from genomics.scan.run import settings_digest
from genomics.sequence.intervals import Interval

TASKS = ["alpha", "Beta"]
CONTIGS = {"b": 40, "chr:1": 3000, "none": 9}
INTERVALS = (
    Interval(contig="b", start=5, end=40),
    Interval(contig="chr:1", start=100, end=900),
    Interval(contig="chr:1", start=1500, end=2731),
)
PLACES = [(each.contig, place) for each in INTERVALS for place in range(each.start, each.end)]
PROVENANCE = {"command": ["scan.py", "--output=a folder"], "model": "runs/tiny"}


@pytest.fixture(scope="module")
def codes():
    """The reference bases of PLACES; N in runs and alone."""
    codes = np.random.default_rng(0).integers(0, 4, len(PLACES))
    codes[[0, 3, -1]] = 4
    codes[200:260] = 4
    return codes


@pytest.fixture(scope="module")
def effects(codes):
    rng = np.random.default_rng(1)
    effects = rng.standard_cauchy((len(PLACES), 4, 2)).astype(np.float16)
    effects[np.arange(len(codes)), np.minimum(codes, 3)] = 0
    effects[codes == 4] = np.nan
    return effects


def write(folder, arrays, *, what="effects", summary=False):
    """The folder of a scan of bases with these results, in several parts."""
    settings = {
        "tasks": TASKS,
        "what": what,
        "summary_only": summary,
        "vcf": None,
        "part_size": 700,
        "dtype": "float16",
    }
    plan = {
        "settings": settings,
        "fasta": "/genomes/tiny.fa",
        "contigs": CONTIGS,
        "provenance": PROVENANCE,
        "intervals": [[each.contig, each.start, each.end] for each in INTERVALS],
    }
    manifest.claim(folder, plan)
    parts = BasesPlan(intervals=INTERVALS, part_size=700)
    for number in range(parts.num_parts):
        rows = slice(700 * number, 700 * (number + 1))
        own = {name: values[rows] for name, values in arrays.items()}
        attributes = {"settings": settings_digest(settings), "part": number, "input_crc32": 1, "unknown_bases": 0}
        shard = Shard(arrays={**interval_arrays(parts.pieces(number)), **own}, attributes=attributes)
        write_shard(part_path(folder, number), shard)
    merge(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory, effects):
    return write(tmp_path_factory.mktemp("effects"), {"effects": effects})


@pytest.fixture
def small_reads(monkeypatch):
    """Stretches that end within intervals."""
    monkeypatch.setattr(scan_parts, "_ROWS", 64)


def recounted_bins(values, contig, entry):
    """Means in the bins of a track; `values` (P,) of each base."""
    own = [(place, value) for (name, place), value in zip(PLACES, values, strict=True) if name == contig]
    bins = []
    for start in range(entry["start"], entry["end"], entry["bin"]):
        inside = [value for place, value in own if start <= place < start + entry["bin"] and not np.isnan(value)]
        bins.append(np.mean(inside) if inside else None)
    return bins


def assert_bins(found, expected):
    assert [value is None for value in found] == [value is None for value in expected]
    known = [value for value in expected if value is not None]
    np.testing.assert_allclose([value for value in found if value is not None], known, rtol=1e-4)


def test_effects(folder, effects, codes, small_reads):
    found = summarise(folder)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert (found["kind"], found["tasks"], found["genome"]) == ("effects", TASKS, "/genomes/tiny.fa")
    assert (found["model"], found["command"]) == ("runs/tiny", "scan.py '--output=a folder'")
    assert (found["bases"], found["unknown_bases"]) == (len(PLACES), (codes == 4).sum())
    assert found["contigs"] == [
        {"name": "b", "bases": 40, "scored": 35},
        {"name": "chr:1", "bases": 3000, "scored": 2031},
    ]
    exact = effects.astype(np.float64)
    substitutions = [(place, base) for place in np.flatnonzero(codes < 4) for base in range(4) if base != codes[place]]
    assert found["variants"] == len(substitutions)
    edges = found["histogram"]["edges"]
    for task, name in enumerate(TASKS):
        values = np.array([exact[place, base, task] for place, base in substitutions])
        assert found["histogram"]["counts"][name] == np.histogram(values, edges)[0].tolist()
        assert sum(found["histogram"]["counts"][name]) == len(values)
        np.testing.assert_allclose(found["mean"][name], np.abs(values).mean(), rtol=1e-4)
        best = sorted(substitutions, key=lambda each: -abs(exact[each[0], each[1], task]))[:20]
        assert [entry for entry in found["top"] if entry["task"] == name] == [
            {
                "task": name,
                "chrom": PLACES[place][0],
                "position": PLACES[place][1] + 1,
                "ref": "ACGT"[codes[place]],
                "alt": "ACGT"[base],
                "effect": float(f"{exact[place, base, task]:.5g}"),
            }
            for place, base in best
        ]
        means = np.abs(exact[..., task]).sum(1) / 3
        for entry in found["track"]:
            assert_bins(entry["bins"][name], recounted_bins(means, entry["chrom"], entry))
    assert [(each["chrom"], each["start"], each["end"]) for each in found["track"]] == [
        ("b", 5, 40),
        ("chr:1", 100, 2731),
    ]
    assert [each["bin"] for each in found["track"]] == [1, 6]
    assert None in found["track"][1]["bins"]["alpha"]  # between the intervals


def test_the_pieces_of_the_reading_do_not_matter(folder, monkeypatch):
    expected = summarise(folder)
    monkeypatch.setattr(scan_parts, "_ROWS", 17)
    assert summarise(folder) == expected


def test_only_the_largest_contigs_have_tracks(folder, monkeypatch):
    monkeypatch.setattr(scan_summary, "_TRACKS", 1)
    assert [each["chrom"] for each in summarise(folder)["track"]] == ["chr:1"]


def test_summaries(tmp_path, effects):
    largest = np.abs(effects).max(1)
    found = summarise(write(tmp_path, {"max": largest, "mean": effects.sum(1) / 3}, summary=True))
    assert found["kind"] == "effects"
    assert found["values"] == "largest |effect| of a base"
    assert found["variants"] == 3 * (~np.isnan(largest[:, 0])).sum()
    known = largest[~np.isnan(largest[:, 0])].astype(np.float64)
    for task, name in enumerate(TASKS):
        expected = np.histogram(known[:, task], found["histogram"]["edges"])[0]
        assert found["histogram"]["counts"][name] == expected.tolist()
        np.testing.assert_allclose(found["mean"][name], known[:, task].mean(), rtol=1e-4)
        own = [entry["effect"] for entry in found["top"] if entry["task"] == name]
        np.testing.assert_allclose(own, np.sort(known[:, task])[::-1][:20], rtol=1e-4)
    assert "ref" not in found["top"][0]


def test_predictions(tmp_path, codes):
    logits = np.random.default_rng(2).normal(-3, 1, (len(PLACES), 2)).astype(np.float16)
    logits[codes == 4] = np.nan
    found = summarise(write(tmp_path, {"logits": logits}, what="predictions"))
    assert (found["kind"], found["values"], found["unit"]) == ("predictions", "logit", "logit")
    assert "variants" not in found
    exact = logits.astype(np.float64)
    order = np.argsort(-np.nan_to_num(exact[:, 1], nan=-99), kind="stable")[:20]
    assert [entry for entry in found["top"] if entry["task"] == "Beta"] == [
        {
            "task": "Beta",
            "chrom": PLACES[place][0],
            "position": PLACES[place][1] + 1,
            "logit": float(f"{exact[place, 1]:.5g}"),
        }
        for place in order
    ]
    np.testing.assert_allclose(found["mean"]["alpha"], np.nanmean(exact[:, 0]), rtol=1e-4)
    assert_bins(found["track"][1]["bins"]["Beta"], recounted_bins(exact[:, 1], "chr:1", found["track"][1]))


def test_a_contig_of_nothing_but_n(tmp_path, effects):
    found = summarise(write(tmp_path, {"effects": np.full_like(effects, np.nan)}))
    assert found["histogram"] == {"of": "effects of substitutions", "edges": [], "counts": {"alpha": [], "Beta": []}}
    assert (found["variants"], found["mean"], found["top"]) == (0, {"alpha": None, "Beta": None}, [])
    assert set(found["track"][0]["bins"]["alpha"]) == {None}


def test_a_second_base_without_effect_leaves_the_reference_open(tmp_path, effects):
    other = np.full_like(effects, np.nan)
    other[7] = [[0, 0], [0, 0], [-2, 1], [1, 0.5]]
    found = summarise(write(tmp_path, {"effects": other}))
    assert [(entry["ref"], entry["alt"], entry["effect"]) for entry in found["top"][:2]] == [
        (None, "G", -2),
        (None, "T", 1),
    ]
    assert sum(found["histogram"]["counts"]["alpha"]) == 3


@pytest.fixture
def vcf_folder(tmp_path):
    """A scan of 53 records, and a background of three alleles."""
    pytest.importorskip("pysam")
    rng = np.random.default_rng(3)
    records = [("b", 3 + 3 * row // 2, "ACG"[row % 3], "TT,G" if row % 4 else "T") for row in range(24)]
    records += [("chr:1", 7 * row, "ACCC"[: 1 + row % 4], "<DEL>" if row % 5 == 0 else "C,AG") for row in range(1, 30)]
    path = tmp_path / "some.vcf"
    lines = [
        f"{chrom}\t{pos}\t{f'rs{row}' if row % 2 else '.'}\t{ref}\t{alt}\t.\t.\t."
        for row, (chrom, pos, ref, alt) in enumerate(records)
    ]
    contigs = "".join(f"##contig=<ID={name}>\n" for name in CONTIGS)
    header = f"##fileformat=VCFv4.2\n{contigs}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    path.write_text(header + "".join(f"{line}\n" for line in lines))
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()[:16]
    settings = {"tasks": TASKS, "vcf": digest, "part_size": 20, "info_key": "EFFECT", "replicates": None}
    settings |= {
        "model": "f" * 16,
        "reverse_complement": False,
        "dtype": "float32",
        "held": ["reference", "alternative"],
    }
    plan = {"settings": settings, "fasta": "g.fa", "contigs": CONTIGS, "provenance": PROVENANCE, "vcf": str(path)}
    folder = tmp_path / "out"
    random = {**plan, "settings": {**settings, "held": []}, "records": 3}
    manifest.claim(folder / "background", random)
    own = {"effects": np.array([[-0.5, 0.1], [0.25, 2], [np.nan, 1], [1, 1]], np.float32)}
    attributes = {"settings": settings_digest(random["settings"]), "part": 0, "input_crc32": 1, "alleles": 4}
    write_shard(part_path(folder / "background", 0), Shard(arrays=own, attributes={**attributes, "skipped": {}}))
    settings["background"] = "3 random SNVs, seed 0 (f)"
    manifest.claim(folder, {**plan, "records": len(records)})
    expected = []
    for number in range(-(-len(records) // 20)):
        own = [
            (row, allele, *records[row][:3], alt, rng.normal(size=2).astype(np.float32))
            for row in range(20 * number, min(20 * number + 20, len(records)))
            for allele, alt in enumerate(records[row][3].split(","), 1)
            if alt[0] != "<"
        ]
        rows, alleles, chroms, positions, refs, _, effects = zip(*own, strict=True)
        starts = np.array(positions) - 1
        arrays = {"chrom": np.array(chroms, object), "start": starts, "end": starts + [len(ref) for ref in refs]}
        arrays |= {"record": np.array(rows), "allele": np.array(alleles, np.int32), "effects": np.array(effects)}
        arrays |= {"reference": 10 - arrays["effects"], "alternative": np.full_like(arrays["effects"], 10)}
        attributes = {"settings": settings_digest(settings), "part": number, "input_crc32": 1, "alleles": len(own)}
        shard = Shard(arrays=arrays, attributes={**attributes, "skipped": {"symbolic": number}})
        write_shard(part_path(folder, number), shard)
        expected += own
    merge(folder)
    return folder, expected


def percentile(effect, others):
    size = abs(float(effect))
    return 100 * np.mean([(other < size) + (other == size) / 2 for other in others])


@pytest.mark.usefixtures("small_reads")
def test_variants(vcf_folder):
    folder, expected = vcf_folder
    found = summarise(folder)
    assert (found["kind"], found["variants"], found["records"]) == ("vcf", len(expected), 53)
    assert (found["skipped"], found["unit"], found["effect_unit"]) == ({"symbolic": 3}, "logit", "logit")
    counts = {name: sum(each[2] == name for each in expected) for name in ("b", "chr:1")}
    assert {row["name"]: row["scored"] for row in found["contigs"]} == counts
    assert "track" not in found
    for task, name in enumerate(TASKS):
        values = np.array([each[-1][task] for each in expected], np.float64)
        assert found["histogram"]["counts"][name] == np.histogram(values, found["histogram"]["edges"])[0].tolist()
        np.testing.assert_allclose(found["mean"][name], np.abs(values).mean(), rtol=1e-4)
        best = sorted(expected, key=lambda each: -abs(each[-1][task]))[:20]
        assert [entry for entry in found["top"] if entry["task"] == name] == [
            {
                "task": name,
                "chrom": chrom,
                "position": position,
                "effect": float(f"{float(effect[task]):.5g}"),
                "output_ref": float(f"{float(10 - effect[task]):.5g}"),
                "output_alt": 10,
                "percentile": pytest.approx(percentile(effect[task], ((0.25, 0.5, 1), (0.1, 1, 2))[task]), rel=1e-4),
                **({"id": f"rs{row}"} if row % 2 else {}),
                "ref": ref,
                "alt": alt,
            }
            for row, _, chrom, position, ref, alt, effect in best
        ]


def test_variants_by_the_bases_that_they_gain(vcf_folder):
    folder, expected = vcf_folder
    found = summarise(folder)["lengths"]
    classes = {(-3, -5): [], (-2, -2): [], (-1, -1): [], (0, 0): [], (1, 1): []}
    for *_, ref, alt, effect in expected:
        gained = len(alt) - len(ref)
        classes[gained, gained if gained > -3 else -5].append(np.abs(effect))
    assert [(row["least"], row["most"], row["alleles"]) for row in found] == [
        (*ends, len(own)) for ends, own in classes.items()
    ]
    for row, own in zip(found, classes.values(), strict=True):
        np.testing.assert_allclose(list(row["mean"].values()), np.mean(own, 0), rtol=1e-4)


def test_folders_that_hold_no_finished_scan(tmp_path, effects, folder):
    with pytest.raises(InputError, match=r"plan.json: absent; must be the --output folder of a scan"):
        summarise(tmp_path)
    write(tmp_path, {"effects": effects})
    whole = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**whole, "settings": {}}))
    with pytest.raises(InputError, match=r"manifest.json: has other settings than plan.json"):
        summarise(tmp_path)
    (tmp_path / "manifest.json").unlink()
    with pytest.raises(InputError, match=r"manifest.json: absent: the scan is not finished"):
        summarise(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps(whole))
    (tmp_path / "part-00001.h5").unlink()
    with pytest.raises(InputError, match=r"part-00001.h5: no such file"):
        summarise(tmp_path)
    write_shard(tmp_path / "part-00001.h5", Shard(arrays={}, attributes={"settings": "other"}))
    with pytest.raises(InputError, match=r"part-00001.h5: is of another scan"):
        summarise(tmp_path)
    digest = settings_digest(whole["settings"])
    write_shard(tmp_path / "part-00001.h5", Shard(arrays={"effects": effects[:5]}, attributes={"settings": digest}))
    with pytest.raises(InputError, match=r"effects has shape \(5, 4, 2\); by the plan it must be \(700, 4, 2\)"):
        summarise(tmp_path)
