"""docs/regions.md: every command runs on real peaks, and leaves what the page says."""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib.image as mpimg
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "regions.md"


def commands():
    blocks = re.findall(r"```bash\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines() if line]


def test_the_page_names_programs_that_there_are():
    assert len(commands()) >= 6
    for command in commands():
        assert command[0] in ("python", "modisco", "npm")
        assert command[0] != "python" or command[1] == "-m" or (ROOT / command[1]).is_file()


def _has_browser():
    """Whether igv.js can be had and opened; the registry of npm may be out of reach."""
    if not shutil.which("npm") or importlib.util.find_spec("playwright") is None:
        return False
    return subprocess.run(["npm", "view", "igv", "version"], capture_output=True, check=False).returncode == 0


def _letters_drawn(path):
    """Whether there are letters of all four bases, in igv.js's colours, below the ruler and the sequence."""
    pixels = mpimg.imread(path)[..., :3]
    lower = pixels[int(0.35 * len(pixels)) :].reshape(-1, 3)
    colours = np.array([[0, 200, 0], [0, 0, 200], [209, 113, 5], [255, 0, 0]]) / 255
    counts = (np.abs(lower[:, None] - colours).max(-1) < 0.02).sum(0)
    return (counts > 100).all()


@pytest.mark.slow
def test_every_command_runs(shared, tmp_path):
    pyBigWig = pytest.importorskip("pyBigWig")
    names = {"genome.fa": "fa", "variants.vcf": "vcf", "CTCF.bed": "CTCF.bed", "MAFK.bed": "MAFK.bed"}
    for name, ending in names.items():
        text = (shared / "data" / f"chr22_20-21M.{ending}").read_text()
        (tmp_path / name).write_text(text.replace("22:20000001-21000000", "chr22_part"))
    has_modisco, has_browser = shutil.which("modisco") is not None, _has_browser()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # where the benchmarks are
    for command in commands():
        words = list(command)
        of_modisco = words[0] == "modisco" or any(word.startswith("--modisco_results") for word in words)
        of_browser = words[0] == "npm" or "benchmarks.genome_browser" in words
        if (of_modisco and not has_modisco) or (of_browser and not has_browser):
            continue
        if words[0] == "python":
            words[0] = sys.executable
            words[1] = words[1] if words[1] == "-m" else str(ROOT / words[1])
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    out = tmp_path / "run" / "interpret"
    with pyBigWig.open(str(out / "tracks" / "deeplift" / "CTCF.bw")) as track:
        assert track.header()["nBasesCovered"] > 1000
    assert len((out / "modisco" / "regions.narrowPeak").read_text().splitlines()) == 266
    ranked = (tmp_path / "annotated" / "variants.by_effect.tsv").read_text().splitlines()
    assert len(ranked) > 3500
    assert ranked[0].split("\t")[:5] == ["chrom", "pos", "id", "ref", "alt"]
    assert '"logos":{"from":-15' in (out / "report.html").read_text(encoding="utf-8")
    if has_browser:
        assert _letters_drawn(tmp_path / "browser.png")
    if has_modisco:
        assert (out / "patterns.json").is_file()
