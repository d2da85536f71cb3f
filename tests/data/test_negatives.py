import itertools

import numpy as np
import pytest

from genomics.data.axis import Stretches, axis_of, fetch_windows
from genomics.data.negatives import GC_BINS, MOST_BINS_AWAY, gc_bins, gc_matched, shuffled
from genomics.data.windows import sequence_keys
from genomics.io.genome import open_genome
from genomics.sequence.bases import decode, encode


def test_bins_of_known_sequences():
    texts = ("AAAAA", "ACAAA", "CGCGC", "ACGNN", "NNNNN", "NNNNG")
    # 0, 1/5, 1, 2/3 and 1 of the known bases; only N has none
    assert gc_bins(np.stack([encode(text) for text in texts])).tolist() == [0, 10, 49, 33, -1, 49]


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    """100 kb whose GC content rises from .2 to .8, with a run of N."""
    folder = tmp_path_factory.mktemp("genome")
    rng = np.random.default_rng(3)
    strong = rng.random(100_000) < np.linspace(0.2, 0.8, 100_000)
    text = np.where(strong, rng.choice(list("CG"), 100_000), rng.choice(list("AT"), 100_000))
    text[40_000:45_000] = "N"
    (folder / "g.fa").write_text(">c\n" + "".join(text) + "\n")
    with open_genome(folder / "g.fa", folder) as opened:
        yield opened


def draw(genome, free, positives, per_positive=1, seed=0, seen=()):
    axis = axis_of(genome.contigs, spacer=100)
    start, end = np.array(free, np.int64).T
    stretches = Stretches(start=start, end=end)
    return gc_matched(genome, axis, stretches, positives, per_positive, 0.0, set(seen), np.random.default_rng(seed))


def positives_at(genome, start):
    return fetch_windows(genome, axis_of(genome.contigs, spacer=100), np.array(start), 50)


class TestMatched:
    FREE = ((1_000, 30_000), (35_000, 60_000), (70_000, 99_000))

    def test_every_bin_has_its_number(self, genome):
        positives = positives_at(genome, np.arange(60_000, 70_000, 100))
        found = draw(genome, self.FREE, positives, per_positive=2)
        assert (found.away, found.missing) == (0, 0)
        expected = 2 * np.bincount(gc_bins(positives), minlength=GC_BINS)
        assert np.bincount(gc_bins(found.bases), minlength=GC_BINS).tolist() == expected.tolist()

    def test_windows_lie_in_free_stretches_and_apart(self, genome):
        found = draw(genome, self.FREE, positives_at(genome, np.arange(60_000, 70_000, 50)))
        start = np.sort(found.start)
        assert np.all(np.diff(start) >= 50)
        assert all(any(a <= s and s + 50 <= b for a, b in self.FREE) for s in start.tolist())
        assert np.array_equal(positives_at(genome, found.start), found.bases)
        assert not np.any(found.bases == 4)

    def test_places_are_drawn_from_everywhere(self, genome):
        found = draw(genome, ((0, 100_000),), positives_at(genome, np.arange(50_000, 52_000, 50)))
        # Half the GC content of its neighbourhood varies by .07, so matches come from far around.
        assert np.ptp(found.start) > 20_000

    def test_where_a_bin_is_used_up_the_nearest_help_out(self, genome):
        positives = positives_at(genome, np.arange(60_000, 70_000, 20))
        found = draw(genome, ((50_000, 60_000),), positives)
        assert found.away > 0
        assert found.missing > 0
        assert len(found.start) + found.missing == len(positives)
        # Counts of bins can be matched one to one within the allowed distance.
        need = np.bincount(gc_bins(positives), minlength=GC_BINS)
        have = np.bincount(gc_bins(found.bases), minlength=GC_BINS)
        for low in range(GC_BINS):
            for high in range(low + 1, GC_BINS + 1):
                assert have[low:high].sum() <= need[max(0, low - MOST_BINS_AWAY) : high + MOST_BINS_AWAY].sum()

    def test_tiles_begin_anywhere(self, genome):
        own = positives_at(genome, np.arange(60_000, 60_050))
        begins = {int(draw(genome, ((60_000, 60_099),), own, seed=seed).start[0]) for seed in range(6)}
        assert len(begins) > 2
        assert all(60_000 <= begin <= 60_049 for begin in begins)

    def test_no_negative_repeats_a_known_sequence(self, genome):
        free = ((60_000, 60_050 + 49),)  # a single tile
        own = positives_at(genome, np.arange(60_000, 60_050))
        assert len(draw(genome, free, own).start) == 1
        assert len(draw(genome, free, own, seen=sequence_keys(own)).start) == 0

    def test_where_tiles_are_known_others_of_the_bin_take_their_place(self, tmp_path):
        """Ten tiles of one GC content, five of them known; the neighbouring bin has five more, which nobody needs."""
        rng = np.random.default_rng(1)
        same, near = (
            ["".join(rng.permutation(list("C" * n + "A" * (50 - n)))) for _ in range(k)] for n, k in ((25, 10), (26, 5))
        )
        (tmp_path / "g.fa").write_text(">c\n" + "".join(same + near) + "\n")
        own = np.stack([encode(text) for text in same[:5]])
        with open_genome(tmp_path / "g.fa", tmp_path) as small:
            found = draw(small, ((0, 750),), own, seen=sequence_keys(own))
        assert (found.away, found.missing) == (0, 0)
        assert sorted(map(decode, found.bases)) == sorted(same[5:])

    def test_nothing_free(self, genome):
        found = draw(genome, ((0, 49),), positives_at(genome, [60_000, 60_010]))
        assert (found.bases.shape, found.missing) == ((0, 50), 2)


def test_shuffles_keep_dinucleotides_and_are_new():
    positives = np.stack([encode("ACGTTGCAAC"), encode("AAAAAAAAAA"), encode("CAGATTACAG")])
    found = shuffled(np.array([5, 7, 9]), positives, 2, set(sequence_keys(positives)), np.random.default_rng(0))
    assert 7 not in found.start  # its only shuffle is itself
    assert len(found.start) + found.missing == 6
    source = {5: positives[0], 9: positives[2]}
    for start, row in zip(found.start.tolist(), found.bases, strict=True):
        text, original = decode(row), decode(source[start])
        assert text != original
        assert sorted(map("".join, itertools.pairwise(text))) == sorted(map("".join, itertools.pairwise(original)))
