"""docs/regions.md: every command runs on real peaks, and leaves what the page says."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "regions.md"


def commands():
    blocks = re.findall(r"```bash\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines() if line]


def test_the_page_names_programs_that_there_are():
    assert len(commands()) >= 6
    for command in commands():
        assert command[0] in ("python", "modisco")
        assert command[0] != "python" or command[1] == "-m" or (ROOT / command[1]).is_file()


@pytest.mark.slow
def test_every_command_runs(shared, tmp_path):
    pyBigWig = pytest.importorskip("pyBigWig")
    names = {"genome.fa": "fa", "variants.vcf": "vcf", "CTCF.bed": "CTCF.bed", "MAFK.bed": "MAFK.bed"}
    for name, ending in names.items():
        shutil.copyfile(shared / "data" / f"chr22_20-21M.{ending}", tmp_path / name)
    has_modisco = shutil.which("modisco") is not None
    for command in commands():
        words = list(command)
        of_modisco = words[0] == "modisco" or any(word.startswith("--modisco_results") for word in words)
        if of_modisco and not has_modisco:
            continue
        if words[0] == "python":
            words[0] = sys.executable
            words[1] = words[1] if words[1] == "-m" else str(ROOT / words[1])
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    out = tmp_path / "run" / "interpret"
    with pyBigWig.open(str(out / "tracks" / "deeplift" / "CTCF.bw")) as track:
        assert track.header()["nBasesCovered"] > 1000
    assert len((out / "modisco" / "regions.narrowPeak").read_text().splitlines()) == 266
    ranked = (tmp_path / "annotated" / "variants.by_effect.tsv").read_text().splitlines()
    assert len(ranked) > 3500
    assert ranked[0].split("\t")[:5] == ["chrom", "pos", "id", "ref", "alt"]
    assert '"logos":{"from":-15' in (out / "report.html").read_text(encoding="utf-8")
    if has_modisco:
        assert (out / "patterns.json").is_file()
