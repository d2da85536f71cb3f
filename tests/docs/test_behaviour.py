"""The table of `docs/behaviour.md`, and the scripts of `findings/`, name what exists."""

import re

import pytest


@pytest.fixture(scope="module")
def table(repository):
    return (repository / "docs" / "behaviour.md").read_text(encoding="utf-8")


def test_every_row_names_a_test_that_exists(repository, table):
    rows = [line for line in table.splitlines() if line.startswith("|") and ".py`" in line]
    assert len(rows) > 10
    for name in re.findall(r"`((?:[a-z_]+/)?test_[a-z_0-9]+\.py)`", table):
        assert (repository / "tests" / name).is_file(), name


def test_every_script_is_listed_and_stands_alone(repository, table):
    folder = repository / "findings"
    scripts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.sh")}
    listed = re.findall(r"^\| `([a-z_0-9]+)` \|", (folder / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == sorted(scripts)
    assert set(re.findall(r"findings/([a-z_0-9]+)\.sh\)", table)) <= set(scripts)
    for name, text in scripts.items():
        assert not re.search(r"(import|from) genomics", text), name
        assert text.startswith("#!/usr/bin/env bash\n# "), name
        assert "set -euo pipefail\nfolder=$(mktemp -d)\ntrap 'rm -rf \"$folder\"' EXIT" in text, name
        installed = re.search(r"pip install --quiet --disable-pip-version-check (.+)", text)
        assert installed, name
        assert all("==" in word for word in installed[1].split()), name
