"""A table names a match where it counts as one."""

import csv

import numpy as np
import pytest

from genomics.interpretation.filter_tables import write_drivers
from genomics.motifs.drivers import Driver
from genomics.motifs.match import Match
from genomics.sequence.motif import Motif

MOTIF = Motif(identifier="M1", name="X", probabilities=np.full((4, 4), 0.25), nsites=9)


@pytest.mark.parametrize(
    ("q", "r", "expected"),
    [
        (1e-6, 0.9, ("M1", "X", "1e-08", "1e-06", "0.9", "2")),
        (1e-6, 0.7, ("", "", "1", "1", "0.7", "")),
        (1e-6, 0.1, ("", "", "1", "1", "0.1", "")),
        (0.2, 0.9, ("", "", "0.002", "0.2", "0.9", "")),
    ],
)
def test_only_matches_are_named_and_only_their_q_looks_like_one(tmp_path, q, r, expected):
    match = Match(target=MOTIF, p=q / 100, q=q, offset=2, overlap=4, strand="+", correlation=r)
    row = Driver(sign="+", seqlets=5, sequences=4, contribution=1.0, motif=MOTIF, match=match)
    write_drivers(tmp_path / "seqlets.tsv", {"a": [row]})
    with (tmp_path / "seqlets.tsv").open() as file:
        (found,) = csv.DictReader(file, delimiter="\t")
    assert tuple(found[name] for name in ("match", "name", "p", "q", "r", "offset")) == expected
