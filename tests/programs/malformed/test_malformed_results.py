"""What interpret.py and scan.py have left and read again: scores.h5, parts, plan and manifest."""

import json
import shutil

import h5py
import numpy as np
import pytest

from genomics.io import hdf5_write
from tests.programs.malformed.damage import field


@pytest.fixture
def scores(finished, tmp_path):
    """A copy of the folder of scores."""
    return shutil.copytree(finished / "scores", tmp_path / "scores")


@pytest.fixture
def add(refused, scores, good, model):
    """interpret.py, to add a method."""
    arguments = (*model, f"--sequences={good / 'few.fa'}", f"--output={scores}", "--methods=gradient_x_input")
    return lambda message: refused(message, "interpret", *arguments, "--num_figures=0", keeps=scores)


def put(key, values):
    def change(file):
        del file[key]
        file[key] = values

    return change


def edit(key, place, value):
    def change(file):
        file[key][place] = value

    return change


CONTENTS = {
    "no sequences": (lambda file: file.__delitem__("sequences"), "has no data set sequences; it must be a scores.h5"),
    "no fingerprint": (lambda file: file.attrs.pop("fingerprint"), "cannot be read, the file may be damaged"),
    "sequences of code 9": (edit("sequences", (2, 3), 9), r"sequences: row 2, position 3 .* is 9; must be 0 to 4"),
    "logits in double precision": (put("logits", np.zeros((6, 2))), "logits has type float64; must be float32"),
    "logits of three tasks": (put("logits", np.zeros((6, 3), "f4")), r"logits has shape \(6, 3\); must be \(N, T\)"),
    "fewer names": (put("names", [b"a"]), r"names has .*\(1,\)|names has type"),
    "index is a group": (lambda file: (file.__delitem__("index"), file.create_group("index")), "has no data set index"),
    "another base": (
        lambda file: edit("sequences", (0, 0), (file["sequences"][0, 0] + 1) % 4)(file),
        "another question",
    ),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_scores(name, scores, add):
    change, message = CONTENTS[name]
    with h5py.File(scores / "scores.h5", "a") as file:
        change(file)
    add(f"{scores}/scores.h5: .*({message})|{scores}/scores.h5: ({message})")


@pytest.mark.parametrize("place", range(6))
def test_scores_cut(place, scores, add):
    path = scores / "scores.h5"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * place // 6])
    add(f"{path}: (is not an HDF5 file|HDF5 header: cannot be read)")


@pytest.mark.parametrize("place", range(4))
def test_scores_damaged(place, scores, add):
    """Headers carry checksums."""
    path = scores / "scores.h5"
    data = bytearray(path.read_bytes())
    starts = [at for at in range(len(data)) if data.startswith(b"OHDR", at)]
    data[starts[place % len(starts)] + 6 + place] ^= 0x10
    path.write_bytes(data)
    add(f"{path}: .*cannot be read, the file may be damaged or truncated")


PARTS = {
    "settings are no JSON": ("settings.json", b"{", "is not JSON: .*; delete .*/parts to start again"),
    "settings are junk": ("settings.json", b"\xff\xfe", "is not JSON: .*; delete .*/parts to start again"),
    "settings of another run": ("settings.json", b'{"model": "x"}', "holds an unfinished run with model .then 'x'"),
    "settings are a list": ("settings.json", b"[]", "must hold an object.*; delete .*/parts to start again"),
    "a part that is cut": ("gradient_x_input/00000000-00000006.npz", b"PK\3\4", "cannot be read .*; delete it and run"),
    "a part of junk": ("gradient_x_input/00000000-00000006.npz", b"junk", "cannot be read .*; delete it and run"),
}


@pytest.mark.parametrize("name", PARTS)
def test_parts(name, scores, good, status_of, model, refused, monkeypatch):
    """A run that was stopped left parts, which are damaged."""
    place, content, message = PARTS[name]
    arguments = (*model, f"--sequences={good / 'few.fa'}", f"--output={scores}", "--methods=gradient_x_input")

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("genomics.interpretation.scoring.write_scores", stop)
        assert status_of("interpret", *arguments) == 130
    (scores / "parts" / place).write_bytes(content)
    refused(f"{scores}/parts.*: .*({message})", "interpret", *arguments, "--num_figures=0", keeps=scores)


@pytest.fixture
def scan(finished, tmp_path):
    """A copy of the folder of a scan, whose tracks are to be made again."""
    folder = shutil.copytree(finished / "scan", tmp_path / "scan")
    (folder / "manifest.json").unlink()
    return folder


MISSING = "3 of 3 parts are missing or damaged"
PLAN = {
    "empty": (lambda data: b"", "plan.json: is not JSON: Expecting value"),
    "cut": (lambda data: data[:200], "plan.json: is not JSON: "),
    "junk": (lambda data: b"\xff", "plan.json: is not JSON: "),
    "a list": (lambda data: b"[]", "plan.json: is damaged: must hold an object"),
    "no settings": (field("settings", value=None), "plan.json: is damaged: has no settings"),
    "no intervals": (field("intervals", value=None), "intervals is None; must be a list of contig, start, end"),
    "other intervals": (field("intervals", 0, 2, value=299), "intervals are not those of the digest settings.regions"),
    "negative intervals": (field("intervals", 0, 1, value=-1), "must be a list of contig, start, end"),
    "other contigs": (field("contigs", "chr1", value=301), "contigs are not those of the digest settings.genome"),
    "no part size": (field("settings", "part_size", value=0), "settings.part_size is 0; must be a whole number from 1"),
    "another part size": (field("settings", "part_size", value=300), "2 of 2 parts are missing or damaged"),
    "another model": (field("settings", "model", value="x"), MISSING),
}


@pytest.mark.parametrize("name", PLAN)
def test_plan(name, scan, refused):
    change, message = PLAN[name]
    path = scan / "plan.json"
    path.write_bytes(change(path.read_bytes()))
    refused(message, "scan", "--merge", f"--output={scan}", keeps=scan)


SHARD = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-99]),
    "empty": lambda path: path.write_bytes(b""),
    "junk": lambda path: path.write_bytes(bytes(range(256)) * 9),
    "absent": lambda path: path.unlink(),
    "another part": lambda path: shutil.copy(path.with_name("part-00000.h5"), path),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


def inside(change):
    def damage(path):
        with h5py.File(path, "a") as file:
            change(file)

    return damage


SHARD |= {
    "no effects": inside(lambda file: file.__delitem__("effects")),
    "fewer effects": inside(lambda file: put("effects", file["effects"][:-1])(file)),
    "effects of one task": inside(lambda file: put("effects", file["effects"][..., :1])(file)),
    "no checksum of the input": inside(lambda file: file.attrs.pop("input_crc32")),
    "settings of another scan": inside(lambda file: file.attrs.update(settings="x")),
    "a count that is a text": inside(lambda file: file.attrs.update(unknown_bases="many")),
}


@pytest.mark.parametrize("name", SHARD)
def test_part(name, scan, refused):
    SHARD[name](scan / "part-00001.h5")
    message = "1 of 3 parts are missing or damaged: part-00001.h5; delete those that are damaged"
    refused(message, "scan", "--merge", f"--output={scan}", keeps=scan)


MANIFEST = {
    "cut": (lambda data: data[:99], "manifest.json: is not JSON: "),
    "junk": (lambda data: b"\xff\xfe", "manifest.json: is not JSON: "),
    "a list": (lambda data: b"[]", "manifest.json: is damaged: must hold an object"),
}


@pytest.mark.parametrize("name", MANIFEST)
def test_manifest(name, finished, refused, tmp_path):
    change, message = MANIFEST[name]
    folder = shutil.copytree(finished / "scan", tmp_path / "scan")
    path = folder / "manifest.json"
    path.write_bytes(change(path.read_bytes()))
    refused(f"{folder}/{message}", "scan", "--merge", f"--output={folder}", keeps=folder)


@pytest.mark.parametrize("key", ["parts", "files", "settings", "rounding_error"])
def test_a_manifest_that_lacks_a_field_is_made_again(key, finished, command, tmp_path):
    folder = shutil.copytree(finished / "scan", tmp_path / "scan")
    path = folder / "manifest.json"
    whole = json.loads(path.read_text())
    path.write_text(json.dumps({name: value for name, value in whole.items() if name != key}))
    end = command("scan", "--merge", f"--output={folder}")
    assert (end.status, end.err) == (0, "")
    made = json.loads(path.read_text())
    assert {**made, "provenance": whole["provenance"]} == whole


@pytest.mark.parametrize("key", ["record", "allele", "effects"])
def test_parts_of_variants(key, finished, refused, tmp_path):
    folder = shutil.copytree(finished / "annotated", tmp_path / "annotated")
    (folder / "manifest.json").unlink()
    path = folder / "part-00000.h5"
    with h5py.File(path, "a") as file:
        values = file[key][()]
        del file[key]
        if key != "effects":
            values[0] = 77
            hdf5_write.put(file, key, values)  # with the checksum of a part that was written so
    message = f"{folder}: 1 of 2 parts are missing" if key == "effects" else f"{path}: is damaged: "
    refused(message, "scan", "--merge", f"--output={folder}", keeps=folder)


@pytest.mark.parametrize("key", ["record", "allele", "effects"])
def test_values_that_changed_in_a_part(key, finished, refused, tmp_path):
    folder = shutil.copytree(finished / "annotated", tmp_path / "annotated")
    with h5py.File(folder / "part-00000.h5", "a") as file:
        file[key][0] = file[key][0] + 1
    message = f"{folder}: 1 of 2 parts are missing or damaged: part-00000.h5;"
    refused(message, "scan", "--merge", f"--output={folder}", keeps=folder)


@pytest.mark.parametrize("name", ["", "absent"])
def test_no_scan(name, refused, tmp_path):
    refused(
        "plan.json: absent; must be the --output folder of a scan", "scan", "--merge", f"--output={tmp_path / name}"
    )
