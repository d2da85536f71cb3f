"""The files of a training run, for train.py, interpret.py and scan.py."""

import shutil

import pytest

from tests.programs.malformed.damage import field


@pytest.fixture
def explain(refused, workdir):
    """interpret.py on the run."""

    def check(message, *arguments):
        return refused(message, "interpret", f"--workdir={workdir}", *arguments, keeps=workdir)

    return check


@pytest.fixture
def resume(refused, workdir, good):
    """train.py, to go on with the run."""

    def check(message):
        return refused(message, "train", f"--config={good / 'lab.py'}", f"--workdir={workdir}", keeps=workdir)

    return check


CONFIG = {
    "empty": (lambda data: b"", "is not JSON: Expecting value"),
    "cut": (lambda data: data[:99], "is not JSON: "),
    "junk": (lambda data: b"\xff" + data, "is not JSON: byte 0 is not UTF-8"),
    "NUL": (lambda data: data + b"\0", "is not JSON: Extra data"),
    "a list": (lambda data: b"[1]", "is no record of a training run"),
    "deep": (lambda data: b"[" * 20_000, "is not JSON: maximum recursion"),
    "no field": (lambda data: data.replace(b'"found"', b'"fond"'), "is no record of a training run: has no 'found'"),
    "another network": (field("model", "network", value="X"), "network 'X' is not one of LabConfig"),
    "an unknown field": (field("model", "depth", value=3), "unexpected keyword argument 'depth'"),
    "a text for a number": (field("epochs", value="2"), "config.epochs='2': must be a whole number"),
    "a fraction of units": (field("model", "hidden", value=6.5), "config.model.hidden=6.5: must be a whole number"),
    "negative widths": (field("model", "widths", value=[-5, 3]), "config.json: describes no network|config.model"),
    "no filters": (field("model", "filters", value=[]), "config.json: describes no network: model.filters="),
    "huge layers": (field("model", "hidden", value=10**30), "config.json: describes no network|cannot be read"),
    "no tasks": (field("found", "tasks", value=[]), r"found.tasks=\[\]: must be a list of names"),
    "negative length": (field("found", "length", value=-24), "found.length=-24: must be a whole number from 1"),
    "short length": (field("found", "length", value=5), "config.json: describes no network: .* its input only"),
    "other sizes": (field("model", "hidden", value=7), "checkpoints/1: cannot be read, .*by config.json it must be"),
}


@pytest.mark.parametrize("name", CONFIG)
def test_config(name, workdir, explain):
    change, message = CONFIG[name]
    path = workdir / "config.json"
    path.write_bytes(change(path.read_bytes()))
    assert str(workdir) in explain(message)


CHECKPOINT = {
    "arrays cut": ("checkpoints/1/best/d/*", lambda data: data[:-20]),
    "arrays empty": ("checkpoints/1/best/d/*", lambda data: b""),
    "arrays junk": ("checkpoints/1/best/d/*", lambda data: b"\xff" * len(data)),
    "manifest cut": ("checkpoints/1/best/manifest.ocdbt", lambda data: data[:40]),
    "manifest flipped": (
        "checkpoints/1/best/manifest.ocdbt",
        lambda data: data[:30] + bytes([data[30] ^ 1]) + data[31:],
    ),
    "metadata junk": ("checkpoints/1/best/_METADATA", lambda data: b"{\xff"),
}


@pytest.mark.parametrize("name", CHECKPOINT)
def test_checkpoint(name, workdir, explain):
    pattern, change = CHECKPOINT[name]
    (path,) = workdir.glob(pattern)
    path.write_bytes(change(path.read_bytes()))
    explain(f"{workdir}/checkpoints/1: cannot be read, the checkpoint is damaged or not of this run: ")


@pytest.mark.parametrize("place", range(4))
def test_checkpoint_to_go_on_from(place, workdir, resume):
    (path,) = workdir.glob("checkpoints/1/last/d/*")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * place // 4])
    resume(f"{workdir}/checkpoints/1: cannot be read, the checkpoint is damaged or not of this run: ")


def test_no_checkpoint(workdir, explain):
    shutil.rmtree(workdir / "checkpoints")
    explain(r"checkpoints: holds no checkpoint yet; train.py --workdir=\S+ makes one")


METRICS = {
    "text": (b"loss 0.7\n", "line 1: 'loss 0.7': must be a record of an epoch"),
    "junk": (b"\xff\xfe\n", "byte 0: is not text"),
    "another record": (b'{"step": 1}\n', "line 1: .*: must be a record of an epoch"),
    "an epoch that is none": (b'{"epoch": "x"}\n', "line 1: .*: must be a record of an epoch"),
    "an empty line": (b"\n", "line 1: '': must be a record of an epoch"),
    "NUL": (b"\0\0\0\n", r"line 1: '\\x00\\x00\\x00': must be a record of an epoch"),
}


@pytest.mark.parametrize("name", METRICS)
def test_metrics(name, workdir, resume):
    content, message = METRICS[name]
    path = workdir / "metrics.jsonl"
    path.write_bytes(content + path.read_bytes())
    resume(f"{path}: {message}")


def test_another_run_in_the_folder(workdir, refused, good):
    arguments = (f"--config={good / 'lab.py'}", f"--workdir={workdir}", "--config.seed=3")
    refused(r"holds a run with another configuration: seed \(then 0, now 3\)", "train", *arguments, keeps=workdir)


@pytest.mark.parametrize("name", ["", "config.json"])
def test_no_run(name, refused, tmp_path, workdir):
    folder = workdir / name if name else tmp_path / "absent"
    arguments = (f"--workdir={folder}", "--fasta=x.fa", f"--output={tmp_path / 'out'}")
    refused(f"{folder}/config.json: absent; is this the --workdir of a training run", "scan", *arguments, keeps=workdir)
