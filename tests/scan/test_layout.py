import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genomics.scan.layout import known_stretches, lay_out
from genomics.sequence.intervals import Interval

PIECES = (
    Interval(contig="z:1-9", start=0, end=70),
    Interval(contig="z:1-9", start=95, end=150),
    Interval(contig="a", start=0, end=7),
    Interval(contig="n", start=2, end=20),
)


@pytest.mark.parametrize("chunk", [1, 5, 16, 64, 500])
def test_every_known_base_is_found_in_the_centre_of_its_window(genome, contigs, chunk):
    length = 12
    layout = lay_out(PIECES, genome, length)
    rows = np.full(layout.rows, 255)
    for number in range(layout.num_chunks(chunk)):
        codes = layout.chunk(number, chunk)
        assert len(codes) == chunk + length - 1
        for to, of in layout.places(number, chunk):
            assert (rows[to] == 255).all()  # no row is given twice
            rows[to] = codes[length // 2 :][:chunk][of]
    expected = np.concatenate([contigs[piece.contig][piece.start : piece.end] for piece in PIECES])
    assert (expected[rows == 255] == 4).all()
    np.testing.assert_array_equal(rows[rows != 255], expected[rows != 255])
    assert layout.unknown == (expected == 4).sum()
    # The run of 40 N, the contig of N and the N at both ends are not evaluated, the run of 3 is.
    assert (rows == 255).sum() == 3 + (70 - 60) + (100 - 95) + 1 + 18


def test_windows_hold_the_right_flanks(genome, contigs):
    length = 12
    layout = lay_out([Interval(contig="a", start=2, end=6)], genome, length)
    padded = np.pad(contigs["a"], length, constant_values=4)
    first = length + 2 - length // 2
    np.testing.assert_array_equal(layout.codes, padded[first : first + 4 + length - 1])


def test_the_digest_sees_bases_and_flanks(genome, tmp_path):
    from genomics.io.genome import open_genome

    (tmp_path / "other.fa").write_text(genome.path.read_text().replace(">a\n", ">a\nT", 1)[:-1])
    piece = [Interval(contig="z:1-9", start=110, end=120)]
    assert lay_out(piece, genome, 12).digest == lay_out(piece, genome, 12).digest
    assert lay_out(piece, genome, 12).digest != lay_out(piece, genome, 14).digest
    with open_genome(tmp_path / "other.fa", tmp_path) as other:
        end = [Interval(contig="a", start=0, end=1)]
        assert lay_out(end, other, 12).digest != lay_out(end, genome, 12).digest
        assert lay_out(piece, other, 12).digest == lay_out(piece, genome, 12).digest


@settings(max_examples=100, deadline=None)
@given(st.lists(st.booleans(), max_size=40), st.integers(0, 5))
def test_stretches(missing, longest):
    missing = np.array(missing, bool)
    covered = np.zeros(len(missing), bool)
    for start, end in known_stretches(missing, longest):
        assert not missing[start]
        assert not missing[end - 1]
        assert not covered[max(start - longest - 1, 0) : end].any()  # longer runs lie between
        covered[start:end] = True
        run = 0
        for value in missing[start:end]:
            run = run + 1 if value else 0
            assert run <= longest
    assert covered[~missing].all()
