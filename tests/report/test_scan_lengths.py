"""Effects of alleles by the bases that they gain or lose."""

from pathlib import Path

import numpy as np
import pytest

from genomics.errors import InputError
from genomics.report.scan_lengths import Lengths

#: Record 1 has a deletion of two bases and an insertion of one; record 4 loses sixty.
CHANGED = {1: [-2, 1], 4: [-60]}
FILE = Path("variants.vcf.gz")


def taken_in(record, allele, values):
    lengths = Lengths(1)
    arrays = (np.array(each) for each in (record, allele))
    lengths.add(*arrays, np.array(values, np.float32)[:, None], CHANGED, FILE)
    return lengths.rows(["CTCF"])


def test_classes_have_counts_and_means():
    rows = taken_in([0, 1, 1, 4, 7], [1, 1, 2, 1, 1], [1.0, -3.0, 0.5, 2.0, -2.0])
    assert [(row["least"], row["most"], row["alleles"], row["mean"]["CTCF"]) for row in rows] == [
        (-51, None, 1, 2.0),
        (-2, -2, 1, 3.0),
        (0, 0, 2, 1.5),
        (1, 1, 1, 0.5),
    ]


def test_a_record_that_lost_an_allele_is_named():
    message = "variants.vcf.gz: record 5: has 1 ALT alleles, its allele 2 was scored: the file has changed"
    with pytest.raises(InputError, match=message):
        taken_in([4], [2], [1.0])
