"""Files of a run that are damaged: one clear error, and the run stays as it was."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from genomics.errors import InputError
from genomics.models.lab import LabConfig
from genomics.models.table import NETWORKS
from genomics.training.config import DataConfig, TrainConfig, read
from genomics.training.config_fields import check_fields
from genomics.training.load import load_predictor
from genomics.training.log import keep_until
from genomics.training.loop import train


@pytest.fixture(scope="module")
def whole(small_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    model = LabConfig(filters=(4, 3), widths=(5, 3), hidden=6)
    train(TrainConfig(epochs=2, batch_size=16, data=DataConfig(path=str(small_data)), model=model), folder)
    return folder


@pytest.fixture
def run(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "run")


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("seed",), "0", "config.seed='0': must be a whole number"),
        (("epochs",), 0, "config.epochs=0: must be at least 1"),
        (("learning_rate",), None, "config.learning_rate=None: must be a number"),
        (("data", "path"), 3, "config.data.path=3: must be a text"),
        (("data", "reverse_complement"), 1, "config.data.reverse_complement=1: must be true or false"),
        (("model", "hidden"), 6.0, "config.model.hidden=6.0: must be a whole number"),
        (("model", "filters"), [4, "3"], "config.model.filters=[4, '3']: must be a list, each a whole number"),
        (("model", "network"), "Lab", "network 'Lab' is not one of LabConfig"),
        (("model", "hiden"), 6, "unexpected keyword argument 'hiden'"),
        (("found", "length"), -1, "found.length=-1: must be a whole number from 1"),
        (("found", "tasks"), [], "found.tasks=[]: must be a list of names"),
        (("found",), None, "is no record of a training run"),
    ],
)
def test_fields_of_the_configuration(run, path, value, message):
    values = json.loads((run / "config.json").read_text())
    place = values
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    (run / "config.json").write_text(json.dumps(values))
    with pytest.raises(InputError) as caught:
        read(run)
    assert str(caught.value).startswith(f"{run / 'config.json'}: is no record of a training run: ")
    assert message in str(caught.value)


def test_a_configuration_that_is_no_network(run):
    text = (run / "config.json").read_text()
    (run / "config.json").write_text(text.replace('"max"', '"min"'))
    with pytest.raises(InputError, match=r"config\.json: describes no network: model\.pooling='min'"):
        load_predictor(run)
    (run / "config.json").write_text(text.replace('"hidden": 6', '"hidden": 7'))
    for which in ("best", "last"):
        with pytest.raises(InputError, match=r"checkpoints/2: cannot be read, the checkpoint is damaged or"):
            load_predictor(run, which)


def test_a_checkpoint_of_another_number_of_tasks(run):
    """Orbax itself would restore arrays of the file's shapes, whatever shapes it is shown."""
    values = json.loads((run / "config.json").read_text())
    values["found"]["tasks"].append("third")
    (run / "config.json").write_text(json.dumps(values))
    told = r"checkpoints/2: .* not of this run: .*dense2.* is \[2\] float32; by config.json it must be \[3\] float32"
    for which in ("best", "last"):
        with pytest.raises(InputError, match=told):
            load_predictor(run, which)


def test_bytes_that_are_no_text(run):
    (run / "config.json").write_bytes(b'{"seed": "\xff"}')
    with pytest.raises(InputError) as caught:
        read(run)
    assert str(caught.value).endswith("is not JSON: byte 10 is not UTF-8")


def test_damaged_checkpoints_change_nothing(run, capfd):
    before = contents(run)
    for path in sorted(run.glob("checkpoints/2/last/d/*")):
        path.write_bytes(path.read_bytes()[:-20])
        changed = contents(run)
        with pytest.raises(InputError, match=r"checkpoints/2: cannot be read, the checkpoint is damaged"):
            load_predictor(run, "last")
        with pytest.raises(InputError, match=r"checkpoints/2: cannot be read, the checkpoint is damaged"):
            train(read(run).config, run)
        assert contents(run) == changed
        assert capfd.readouterr().err == ""
        path.write_bytes(before[str(path.relative_to(run))])


def test_lines_of_the_log(tmp_path):
    path = tmp_path / "metrics.jsonl"
    one = '{"epoch": 1, "split": "train", "loss": 0.5, "accuracy": 1, "tasks": {"a": {"loss": NaN, "accuracy": 0.5}}}\n'
    two = one.replace('"epoch": 1', '"epoch": 2')
    path.write_text(one + two + '{"epoch": 3, "lo')
    keep_until(tmp_path, 1)
    assert path.read_text() == one
    wrong = [one.replace(*each)[:-1] for each in (("1,", '"1",'), ("train", "test"), ("loss", "los"), ("0.5}", '"x"}'))]
    for line in ("{", "[]", *wrong, "", "[" * 100_000):
        path.write_text(f"{one}{line}\n{two}")
        before = path.read_text()
        with pytest.raises(InputError, match=r"metrics\.jsonl: line 2: .* must be a record of an epoch"):
            keep_until(tmp_path, 1)
        assert path.read_text() == before
    path.write_bytes(b"\xff\n")
    with pytest.raises(InputError, match=r"metrics\.jsonl: byte 0: is not text"):
        keep_until(tmp_path, 1)


def test_defaults_of_every_configuration_have_their_types():
    for kind in NETWORKS:
        check_fields(json.loads(json.dumps(dataclasses.asdict(kind()))), kind(), "")


@pytest.mark.parametrize("how", ["..", "link", "relative"])
def test_every_way_to_name_the_folder(small_data, whole, run, tmp_path, monkeypatch, how):
    (tmp_path / "beside").mkdir()
    monkeypatch.chdir(tmp_path / "beside")
    name = {"..": "../run", "link": "link", "relative": "./../beside/../run/"}[how]
    if how == "link":
        (tmp_path / "beside" / "link").symlink_to("../run")
    for which in ("best", "last"):
        assert load_predictor(Path(name), which).fingerprint == load_predictor(whole, which).fingerprint
    train(dataclasses.replace(read(run).config, epochs=3), Path(name))
    assert (run / "checkpoints" / "3").is_dir()
