"""What holds for every set of windows at peaks, whatever the genome, the peaks and the settings."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from genomics.data.negatives import GC_BINS, gc_bins
from genomics.data.peak_examples import PeakSettings, examples_from_peaks
from genomics.errors import InputError
from genomics.io.genome import open_genome
from genomics.io.narrow_peak import Peaks
from genomics.sequence.bases import decode, reverse_complement
from genomics.sequence.intervals import Interval

LENGTHS = {"a": 1500, "b:1-2": 700, "c": 900, "empty": 300}


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    """Three contigs with runs of N and a repeat, and one that no peak is on."""
    folder = tmp_path_factory.mktemp("genome")
    rng = np.random.default_rng(2)
    texts = {name: rng.choice(list("ACGT"), length) for name, length in LENGTHS.items()}
    texts["a"][300:340] = "N"
    texts["c"][500] = "N"
    texts["b:1-2"][100:200] = texts["a"][600:700]
    (folder / "g.fa").write_text("".join(f">{name}\n{''.join(text)}\n" for name, text in texts.items()))
    with open_genome(folder / "g.fa", folder) as opened:
        yield opened


@st.composite
def peaks_of_a_task(draw):
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, 2), st.floats(0, 1), st.integers(1, 60), st.floats(0, 0.999)),
            min_size=4,
            max_size=20,
        )
    )
    lengths = np.array(list(LENGTHS.values()))
    contig = np.array([row[0] for row in rows])
    contig[:3] = 0, 1, 2
    width = np.array([row[2] for row in rows])
    start = (np.array([row[1] for row in rows]) * (lengths[contig] - width)).astype(np.int64)
    summit = start + (np.array([row[3] for row in rows]) * width).astype(np.int64)
    return {"contig": contig, "start": start, "end": start + width, "summit": summit}


choices = st.fixed_dictionaries(
    {
        "length": st.sampled_from([9, 20]),
        "min_overlap": st.sampled_from([0.0, 0.5, 1.0]),
        "merge_distance": st.sampled_from([0, 4]),
        "max_unknown": st.sampled_from([0.0, 0.3]),
        "negatives": st.sampled_from(["gc", "dinucleotide", "none"]),
        "negatives_per_positive": st.integers(1, 2),
        "split_by": st.sampled_from(["chromosome", "block"]),
        "seed": st.integers(0, 1000),
    }
)


@settings(max_examples=50)
@given(st.data(), peaks_of_a_task(), peaks_of_a_task(), choices)
def test_every_row_is_what_it_should_be(genome, data, one, two, chosen):
    excluded = [Interval(contig="a", start=700, end=760)] * data.draw(st.integers(0, 1))
    how = PeakSettings(**chosen, block_size=100 if chosen["split_by"] == "block" else None)
    tasks = {"one": Peaks(**one), "two": Peaks(**two)}
    try:
        dataset, counts = examples_from_peaks(genome, tasks, excluded, how, {})
    except InputError as error:
        # A few peaks may leave a split without windows; nothing else may be wrong.
        assume(not any(text in str(error) for text in ("lies in it", "windows lie on", "is left", "can be made")))
        raise
    names = list(LENGTHS)
    peaks = [
        (task, names[contig], start, end, summit)
        for task, each in tasks.items()
        for contig, start, end, summit in zip(each.contig, each.start, each.end, each.summit, strict=True)
    ]
    rows = []
    for name, split in dataset.splits.items():
        places = split.places
        for row in range(len(split.bases)):
            contig, start = places.chrom[row].decode(), int(places.start[row])
            rows.append((name, contig, start, int(places.kind[row]), split.labels[row].tolist(), split.bases[row]))
    for _, contig, start, kind, labels, bases in rows:
        end = start + how.length
        there = genome.fetch(contig, start, end)
        assert 0 <= start < end <= LENGTHS[contig]
        assert np.count_nonzero(there == 4) <= how.max_unknown * how.length
        if kind == 2:  # a shuffle
            assert sorted(itertools.pairwise(decode(there))) == sorted(itertools.pairwise(decode(bases)))
        else:
            assert np.array_equal(there, bases)
        assert not any(each.contig == contig and start < each.end and each.start < end for each in excluded)
        expected = [any(bound(how, contig, start, peak) for peak in peaks if peak[0] == task) for task in tasks]
        touched = any(each == contig and start < stop and first < end for _, each, first, stop, _ in peaks)
        if kind == 0:
            assert labels == expected
            assert any(labels)
            assert any(each == contig and start + how.length // 2 == summit for _, each, _, _, summit in peaks)
        else:
            assert labels == [0, 0]
            assert kind == 2 or not touched
            # Nor a window at any summit, also where none is an example.
            firsts = [summit - how.length // 2 for _, each, _, _, summit in peaks if each == contig]
            assert kind == 2 or not any(start < first + how.length and first < end for first in firsts)
            assert contig != "empty"
    # No window of one split shares a base with another's, and negatives from the genome share none with any window.
    for (split, contig, start, kind, *_), (other_split, other, place, other_kind, *_) in itertools.combinations(
        rows, 2
    ):
        if contig == other and abs(start - place) < how.length:
            assert split == other_split
            assert 1 not in (kind, other_kind)
    sequences = {min(bases.tobytes(), reverse_complement(bases).tobytes()) for *_, bases in rows}
    assert len(sequences) == len(rows)
    for name, split in dataset.splits.items():
        own = counts["splits"][name]
        check_negatives(split, own, how)
    positives = sum(own["labelled"] for own in counts["splits"].values())
    lost = ("beyond_contig", "excluded", "unknown", "merged", "repeated", "between_splits")
    assert positives == counts["summits"] - sum(counts[reason] for reason in lost)


def bound(how, contig, start, peak):
    _, own, first, stop, summit = peak
    shared = min(stop, start + how.length) - max(first, start)
    enough = shared >= max(1, how.min_overlap * min(how.length, stop - first))
    return own == contig and (enough or start <= summit < start + how.length)


def check_negatives(split, own, how):
    positive = split.places.kind == 0
    wanted = 0 if how.negatives == "none" else int(positive.sum()) * how.negatives_per_positive
    assert int((~positive).sum()) + own["missing"] == wanted
    if how.negatives == "gc":
        # Differences of the histograms are those that are told: taken from a neighbouring bin, or missing.
        need, have = (np.bincount(gc_bins(split.bases[rows]), minlength=GC_BINS) for rows in (positive, ~positive))
        difference = np.abs(how.negatives_per_positive * need - have).sum()
        assert difference <= 2 * own["gc_bins_away"] + own["missing"]


def test_seeds(genome):
    rng = np.random.default_rng(0)
    contig = np.repeat([0, 1, 2], 20)
    start = np.concatenate([rng.integers(0, length - 30, 20) for length in list(LENGTHS.values())[:3]])
    peaks = {"one": Peaks(contig=contig, start=start, end=start + 30, summit=start + 15)}
    first, again, other = (
        examples_from_peaks(genome, peaks, [], PeakSettings(length=20, merge_distance=4, seed=seed), {})[0]
        for seed in (1, 1, 2)
    )
    assert all(np.array_equal(first.splits[name].bases, again.splits[name].bases) for name in first.splits)
    assert any(not np.array_equal(first.splits[name].bases, other.splits[name].bases) for name in first.splits)


def test_the_window_stands_where_most_tasks_agree(genome):
    def peaks(*summits):
        contig, summit = np.array([(0, each) for each in summits] + [(1, 350), (2, 300)]).T
        return Peaks(contig=contig, start=summit, end=summit + 1, summit=summit)

    settings = PeakSettings(length=20, merge_distance=9, negatives="none", seed=0)
    dataset, counts = examples_from_peaks(genome, {"one": peaks(100, 108), "two": peaks(108)}, [], settings, {})
    starts = {place for split in dataset.splits.values() for place in split.places.start.tolist()}
    assert starts == {98, 340, 290}
    assert counts["merged"] == 1
