"""The fingerprint of a user's code follows what the user can edit, and nothing else."""

import importlib
import sys
from pathlib import Path

import pytest

from genomics.programs.code_fingerprint import code_fingerprint


@pytest.fixture
def fingerprint(tmp_path, monkeypatch):
    """(file -> text, module) -> the fingerprint of the module with these files, imported anew."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def of(files, name="lab.methods"):
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_text(text)
        for module in [each for each in sys.modules if each.partition(".")[0] in ("lab", "alone", "other")]:
            del sys.modules[module]
        importlib.invalidate_caches()
        return code_fingerprint(importlib.import_module(name))

    yield of
    for module in [each for each in sys.modules if each.partition(".")[0] in ("lab", "alone", "other")]:
        del sys.modules[module]


FILES = {
    "lab/__init__.py": "",
    "lab/methods.py": "import numpy, jax.numpy as jnp\nfrom . import core\nfrom .constants import A\nimport alone\n",
    "lab/core.py": "def late():\n    from lab import deep\n",
    "lab/deep.py": "",
    "lab/constants.py": "A = 1\n",
    "lab/unused.py": "",
    "alone.py": "import lab.methods\nimport genomics.errors\n",
    "other.py": "",
}


def test_it_is_that_of_the_files_that_are_imported(fingerprint):
    first = fingerprint(FILES)
    assert first == fingerprint(FILES)
    assert len(first) == 16
    for path in ("lab/methods.py", "lab/core.py", "lab/constants.py", "alone.py"):
        assert fingerprint(FILES | {path: FILES[path] + "# more\n"}) != first, path
    for path in ("lab/unused.py", "other.py", "lab/deep.py"):  # the last is imported by a function that never ran
        assert fingerprint(FILES | {path: "B = 2\n"}) == first, path


def test_a_late_import_counts_once_it_has_happened(fingerprint):
    files = FILES | {"lab/core.py": FILES["lab/core.py"] + "late()\n"}
    assert fingerprint(files) != fingerprint(files | {"lab/deep.py": "B = 2\n"})


def test_installed_libraries_have_versions_of_their_own(fingerprint, monkeypatch):
    read, reads = Path.read_bytes, []
    monkeypatch.setattr(Path, "read_bytes", lambda path: reads.append(path.name) or read(path))
    fingerprint({"alone.py": "import json, numpy, genomics.errors\n"}, "alone")
    assert reads == ["alone.py"]
    assert code_fingerprint(sys.modules["numpy.linalg"])  # asked for itself, an installed package has one


def test_two_files_cannot_be_exchanged(fingerprint):
    one = {"alone.py": "import other\n", "other.py": "import alone\n"}
    assert fingerprint(one, "alone") == fingerprint({}, "alone")
    assert fingerprint(one, "alone") != fingerprint(one, "other")
