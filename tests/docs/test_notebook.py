"""docs/notebook.ipynb: short, and every cell runs."""

import json
import os
import re
import sys

import pytest


@pytest.fixture(scope="module")
def notebook(repository):
    return repository / "docs" / "notebook.ipynb"


def lines(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return [line for source in sources for line in source.splitlines() if line.strip()]


def test_the_lab_takes_at_most_fifteen_lines(notebook):
    found = lines(notebook)
    assert 5 <= len(found) <= 15
    assert found[0] == "import genomics, jax"


@pytest.mark.slow
def test_every_cell_runs(notebook, repository, tmp_path, monkeypatch):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    command = tmp_path / "bin" / "genomics-train"  # as pip installs it
    command.parent.mkdir()
    command.write_text(f"#!{sys.executable}\nfrom genomics.programs.train import command\ncommand()\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(repository))
    cells = nbformat.read(notebook, as_version=4)
    nbclient.NotebookClient(cells, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in cells.cells if cell.cell_type == "code" for output in cell.outputs]
    kinds = [set(output.get("data", ())) for output in outputs]
    assert sum("image/png" in kind for kind in kinds) == 3
    assert sum("text/html" in kind for kind in kinds) == 1
    texts = [str(output.get("data", {}).get("text/plain")) for output in outputs]
    (residual,) = re.findall(r"[0-9.]+e-[0-9]+", " ".join(texts))
    assert float(residual) < 1e-5
