"""Strands, replicates and units are each written in one place."""

import re
from pathlib import Path

import pytest

GENOMICS = Path(__file__).parents[2] / "genomics"

#: What is written -> the files that may, and why others beside the lens.
HOMES = {
    r"::-1, ::-1\]": {
        "lenses/strands.py": "the lens",
        **dict.fromkeys(
            ("models/pwm.py", "sequence/motif.py", "data/posterior.py"), "matrices of motifs, not networks"
        ),
    },
    r"lambda leaf(, \w+=\w+)?: leaf\[(0|r|index|number|replicate)\]": {
        "lenses/networks.py": "the lens",
        "scan/engines/local.py": "the axis of devices",
    },
    r"nn\.sigmoid\((before|reference|alternative|logits) \+": {"lenses/units.py": "the lens"},
}


@pytest.mark.parametrize("written", HOMES)
def test_it_is_written_there_alone(written):
    found = {
        path.relative_to(GENOMICS).as_posix()
        for path in GENOMICS.rglob("*.py")
        if path.parent.name not in ("training", "keras", "torch") and re.search(written, path.read_text())
    }
    assert found == set(HOMES[written])
