"""The README's Python runs, and what it names exists."""

import re

import pytest


@pytest.fixture(scope="module")
def readme(repository):
    return (repository / "README.md").read_text()


def test_the_code_block_explains_a_plain_function(readme, capsys):
    (block,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert len([line for line in block.splitlines() if line and not line.startswith(("import", "from"))]) <= 5
    values = {}
    exec(block, values)
    assert capsys.readouterr().out.startswith("(1, 10, 4) [")
    attribution, predict = values["attribution"], values["predict"]
    assert abs(float(attribution.residual[0])) < 1e-6
    assert predict is not None


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
