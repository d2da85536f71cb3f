"""The README's Python runs, and what it names exists."""

import re

import jax.numpy as jnp
import numpy as np
import pytest
from absl import flags

import genomics
from genomics.data import peaks
from genomics.io.parts import write_part
from genomics.io.scores import Answer, Questions, write_scores
from genomics.io.shard import Shard, write_shard
from genomics.programs import interpret, scan, train


@pytest.fixture(scope="module")
def readme(repository):
    return (repository / "README.md").read_text()


def python_blocks(text):
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def commands(block):
    return [line for line in block.splitlines() if line and not line.startswith(("import", "from", "#"))]


def test_the_first_block_explains_a_run_in_three_lines(readme, monkeypatch):
    block = python_blocks(readme)[0]
    assert readme.index(block) == readme.index("```") + len("```python\n"), "it is the first of all blocks"
    assert len(commands(block)) == 3
    network = genomics.load(lambda x: jnp.maximum(x.sum(0)[:3], 1), length=200, task_names=["CTCF", "Arid3a", "MAFK"])
    monkeypatch.setattr(genomics, "load", {"runs/lab5": network}.__getitem__)  # trained where the demo has run
    values = {}
    exec(block, values)
    assert values["scores"].axes == ("sequence", "task", "position", "base")
    assert values["scores"].observed


def test_results_are_read_as_it_says(readme, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    questions = Questions(
        sequences=np.zeros((2, 3), np.uint8),
        names=("a", "b"),
        index=np.arange(2, dtype=np.int32),
        labels=None,
        tasks=("CTCF", "MAFK"),
        logits=np.zeros((2, 2), np.float32),
        logits_std=None,
        fingerprint="",
        model="",
        source="",
    )
    scores = np.arange(48, dtype=np.float32).reshape(2, 2, 3, 4)
    parts = [write_part(tmp_path / "parts", 0, {"scores": scores})]
    path = tmp_path / "runs" / "lab5" / "interpret" / "scores.h5"
    write_scores(path, questions, [Answer(name="deeplift", parts=parts, attributes={"reference": "uniform"})])
    arrays = {
        "chrom": np.array(["chr2"], object),
        "start": np.array([10], np.int64),
        "end": np.array([12], np.int64),
        "effects": np.ones((2, 4, 2), np.float16),
    }
    write_shard(tmp_path / "effects" / "part-00000.h5", Shard(arrays=arrays, attributes={}))
    (block,) = (block for block in python_blocks(readme) if "h5py" in block)
    values = {}
    exec(block, values)
    np.testing.assert_array_equal(values["ctcf"], scores[:, 0])
    assert values["effects"].shape == (2, 4, 2)
    assert values["intervals"] == [("chr2", 10, 12)]


def test_a_block_explains_a_plain_function(readme, capsys):
    (block,) = (block for block in python_blocks(readme) if "genomics.deeplift" in block)
    assert len(commands(block)) <= 5
    values = {}
    exec(block, values)
    assert capsys.readouterr().out.startswith("(1, 10, 4) [")
    attribution, predict = values["attribution"], values["predict"]
    assert abs(float(attribution.residual[0])) < 1e-6
    assert predict is not None


def test_commands_that_are_shown_have_these_flags(readme):
    """Of installed commands."""
    own = flags.FlagValues()
    peaks.define_flags(own)
    known = {"genomics-data": set(own)}
    for module in (interpret, scan, train):
        assert module.command
    lines = re.findall(r"^genomics-.*$", readme, re.MULTILINE)
    assert len(lines) >= 7
    for line in lines:
        for flag in re.findall(r"--(\w+)", line):
            assert flag in known.get(line.split()[0], set(flags.FLAGS)), line


def test_files_and_modules_that_are_named_exist(readme, repository):
    for path in re.findall(r"\b(?:configs|genomics|docs)/[\w/]+\.\w+", readme):
        assert (repository / path).exists(), path
    for module in re.findall(r"python -m ([\w.]+)", readme):
        assert (repository / (module.replace(".", "/") + ".py")).exists(), module


def test_the_first_commands_are_the_two_of_a_newcomer(readme, repository):
    commands = re.findall(r"^make (\w+)", readme, re.MULTILINE)
    assert commands[:2] == ["demo", "test"]
    makefile = (repository / "Makefile").read_text()
    assert all(f"\n{command}:" in makefile for command in commands)


def test_the_map_names_what_exists(repository):
    named = re.findall(r"`([\w./]+(?:\.py|\.md|/))`", (repository / "WORKSPACE.md").read_text())
    assert len(named) > 100
    for path in named:
        homes = [repository, repository / "genomics", repository / "tests"]
        beside = path.count("/") < 2 and any((repository / "genomics").rglob(path))
        test = path.startswith("test_") and any((repository / "tests").rglob(path))
        assert beside or test or any((home / path).exists() for home in homes), path


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "WORKSPACE.md"])
def test_no_line_stands_twice(repository, name):
    """What two branches changed in their own way, a merge may leave in both."""
    lines = [line for line in (repository / name).read_text().splitlines() if len(line) > 30]
    assert len(set(lines)) == len(lines), sorted({line for line in lines if lines.count(line) > 1})
    goals = [line.split("|")[1] for line in lines if line.startswith("| ")]
    assert len(set(goals)) == len(goals), sorted({goal for goal in goals if goals.count(goal) > 1})
