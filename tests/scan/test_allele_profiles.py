"""Counts and profiles of the alleles of a VCF, beside two separate predictions and scipy."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from genomics.errors import InputError
from genomics.io.genome import open_genome
from genomics.lenses.coverage import coverage_of
from genomics.lenses.head import Head
from genomics.lenses.target import log_counts, profile
from genomics.lenses.view import seen
from genomics.models.predictor import Predictor
from genomics.scan.coverage_tiles import coverage_job
from genomics.scan.effects import chunk_scorer
from genomics.scan.plan import BasesPlan, RecordsPlan
from genomics.scan.variants import survey, variants_job
from genomics.scan.windows import windows_scorer
from genomics.sequence.bases import decode, encode, one_hot
from genomics.sequence.intervals import Interval
from tests.predictors import predictor_of

LENGTH, POSITIONS = 20, 12
RNG = np.random.default_rng(3)
PARAMETERS = [jnp.asarray(RNG.normal(size=shape), jnp.float32) for shape in ((5, 4, 6), (5, 6, 2), (6,))]
PROFILE_FIRST = 4  # two valid convolutions of 5


def _convolution(x, kernel):
    return jax.lax.conv_general_dilated(x[None], kernel, (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))[0]


def _profile(parameters, x):
    return _convolution(jnp.tanh(_convolution(x, parameters[0])), parameters[1])  # (12, 2)


def _counts(parameters, x):
    return (jnp.tanh(_convolution(x, parameters[0])).mean(0) @ parameters[2])[None]


HEADS = (
    Head(apply=_profile, shape=(POSITIONS, 2), name="profile"),
    Head(apply=_counts, shape=(1,), name="counts"),
)
# (start, REF bases, ALT) at least a window from the contig's ends; 4 of 9 change the length.
ALLELES = [(60, 1, "A"), (75, 1, "C"), (90, 1, "G"), (99, 2, "TT"), (110, 1, "ACCA"), (121, 4, "A"), (140, 3, "GG")]
ALLELES += [(150, 1, "T"), (160, 1, "TACGTACGT")]


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("genome")
    codes = RNG.integers(0, 4, 220).astype(np.uint8)
    (folder / "g.fa").write_text(f">c\n{decode(codes)}\n")
    lines = []
    for start, length, alt in ALLELES:
        ref = decode(codes[start : start + length])
        alt = ref[0] + alt[1:] if length != len(alt) else alt
        if alt == ref:
            alt = "ACGT"[("ACGT".index(ref) + 1) % 4]
        lines.append(f"c\t{start + 1}\t.\t{ref}\t{alt}\t.\t.\t.")
    header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    (folder / "v.vcf").write_text(header + "\n".join(lines) + "\n")
    with open_genome(folder / "g.fa", folder) as found:
        yield found, folder / "v.vcf", codes, [line.split("\t") for line in lines]


def _predictor():
    shown = seen(HEADS[1], log_counts(HEADS[1]), told="counts")
    return Predictor(
        apply=shown.apply,
        parameters=PARAMETERS,
        replicates=None,
        length=LENGTH,
        tasks=shown.tasks,
        fingerprint="f" * 64,
        source="tiny",
        unit=shown.unit,
        heads=HEADS,
    )


def _scored(genome, coverage, gauge="delta"):
    found, path, *_ = genome
    contents = survey(path, found)
    job = variants_job(
        _predictor(),
        found,
        path,
        contents,
        RecordsPlan(size=contents.records, part_size=100),
        precision="float32",
        dtype="float32",
        chunk=4,
        further=["log2_fold_change", "jensen_shannon"],
        gauge=gauge,
        coverage=coverage,
    )
    part, score = job.open_part(0), jax.jit(job.score)
    for index in range(part.num_chunks):
        part.put(index, {name: np.asarray(v) for name, v in score(job.parameters, part.inputs(index)).items()})
    return part.finish().arrays


def _softmax(y):
    exponents = np.exp(np.asarray(y, np.float64))
    return exponents / exponents.sum(0)


def _by_hand(codes, line, both, swap):
    """Both windows predicted by themselves, compared position by position in a dictionary of places."""
    start, ref, alt = int(line[1]) - 1, line[3], line[4]
    changed = np.concatenate([codes[:start], encode(alt), codes[start + len(ref) :]])
    windows = [each[start - LENGTH // 2 : start + LENGTH // 2] for each in (codes, changed)]
    profiles, counts = [], []
    for window in windows:
        x = jnp.asarray(one_hot(window))
        own, total = _softmax(_profile(PARAMETERS, x)), np.exp(float(_counts(PARAMETERS, x)[0]))
        if both:
            other = x[::-1, ::-1]
            turned = _softmax(_profile(PARAMETERS, other))[::-1]
            own = (own + (turned[:, ::-1] if swap else turned)) / 2
            total = (total + np.exp(float(_counts(PARAMETERS, other)[0]))) / 2
        profiles.append(own)
        counts.append(total)
    # What each position of a window is: a place of the contig, or of the inserted bases.
    first = start - LENGTH // 2 + PROFILE_FIRST
    common = min(len(ref), len(alt))
    names = [
        [*range(start + common), *(f"lost {i}" for i in range(len(ref) - common)), *range(start + len(ref), 999)],
        [*range(start + common), *(f"new {i}" for i in range(len(alt) - common)), *range(start + len(ref), 999)],
    ]
    rows = [dict(zip(names[i][first : first + POSITIONS], profiles[i], strict=True)) for i in (0, 1)]
    shared = [name for name in rows[0] if name in rows[1]]
    p, q = (np.stack([row[name] for name in shared]) for row in rows)
    distance = jensenshannon(p / p.sum(0), q / q.sum(0), base=2, axis=0).mean()
    return np.log2(counts[1] / counts[0]), distance, len(shared)


@pytest.mark.parametrize(("strands", "pairs"), [("forward", None), ("both", "none"), ("both", "0-1")])
def test_alleles_equal_two_predictions_and_scipy(genome, strands, pairs):
    _, _, codes, lines = genome
    coverage = coverage_of(HEADS, PARAMETERS, LENGTH, strands=strands, pairs=pairs)
    assert (coverage.start, coverage.positions) == (PROFILE_FIRST, POSITIONS)
    found = _scored(genome, coverage)
    assert len(found["effects"]) == len(lines)
    expected = [_by_hand(codes, line, strands == "both", pairs == "0-1") for line in lines]
    assert {shared for *_, shared in expected} > {POSITIONS}, "some positions are dropped"
    np.testing.assert_allclose(found["log2_fold_change"][:, 0], [each[0] for each in expected], atol=1e-5)
    np.testing.assert_allclose(found["jensen_shannon"][:, 0], [each[1] for each in expected], atol=1e-5)
    assert (found["jensen_shannon"] > 1e-3).any()


def test_the_effect_in_fold_changes_is_that_of_the_counts(genome):
    found = _scored(genome, coverage_of(HEADS, PARAMETERS, LENGTH), gauge="log2_fold_change")
    np.testing.assert_allclose(found["effects"], found["log2_fold_change"], atol=1e-6)


def test_a_profile_is_scanned_with_the_weights_of_each_window(genome):
    _, _, codes, _ = genome
    head = Head(apply=_profile, shape=(POSITIONS, 2), name="profile", positions=0, first=4.0)
    shown = seen(head, profile(head), told="profile")
    predictor = predictor_of(shown, PARAMETERS, LENGTH)
    stretch = jnp.asarray(codes[: LENGTH + 2])
    found = jax.jit(windows_scorer(predictor, chunk=3))(PARAMETERS, stretch)
    fast = chunk_scorer(predictor, chunk=3)(PARAMETERS, stretch)
    np.testing.assert_allclose(fast, found, atol=1e-5)
    for place in range(3):
        window = codes[place : place + LENGTH].copy()
        y = np.asarray(_profile(PARAMETERS, one_hot(window)), np.float64)
        weights = np.exp(y) / np.exp(y).sum()
        window[LENGTH // 2] = (window[LENGTH // 2] + 1) % 4
        changed = np.asarray(_profile(PARAMETERS, one_hot(window)), np.float64) - y
        expected = (weights * (changed - changed.mean())).sum()
        np.testing.assert_allclose(found[place, window[LENGTH // 2], 0], expected, atol=1e-5)


def test_heads_that_are_no_profile_and_counts():
    with pytest.raises(InputError, match=r"not among the outputs of this network: counts \(1,\)"):
        coverage_of(HEADS[1:], PARAMETERS, LENGTH)
    with pytest.raises(InputError, match=r"which of counts \(1,\); again \(1,\) are the log counts of profile"):
        coverage_of((*HEADS, Head(apply=_counts, shape=(1,), name="again")), PARAMETERS, LENGTH)
    with pytest.raises(InputError, match=r"two channels: --strand_pairs=0-1 says that they are the strands"):
        coverage_of(HEADS, PARAMETERS, LENGTH, strands="both")


@pytest.mark.parametrize("strands", ["forward", "both"])
def test_expected_coverage_is_that_of_the_one_window_that_covers_a_base(genome, strands):
    found, _, codes, _ = genome
    coverage = coverage_of(HEADS, PARAMETERS, LENGTH, strands=strands, pairs="0-1" if strands == "both" else None)
    pieces = (Interval(contig="c", start=5, end=31), Interval(contig="c", start=100, end=101))
    pieces += (Interval(contig="c", start=199, end=220),)
    plan = BasesPlan(intervals=pieces, part_size=20)
    predictor = dataclasses.replace(_predictor(), tasks=("strand_0", "strand_1"))
    job = coverage_job(predictor, coverage, found, plan, precision="float32", dtype="float32", chunk=2)
    score, rows = jax.jit(job.score), []
    for number in range(job.num_parts):
        part = job.open_part(number)
        for index in range(part.num_chunks):
            part.put(index, {name: np.asarray(v) for name, v in score(job.parameters, part.inputs(index)).items()})
        rows.append(part.finish().arrays["coverage"])
    padded = np.concatenate([np.full(50, 4, np.uint8), codes, np.full(50, 4, np.uint8)])
    expected = []
    for piece in pieces:
        for position in range(piece.start, piece.end):
            start = position // POSITIONS * POSITIONS - PROFILE_FIRST
            x = jnp.asarray(one_hot(padded[50 + start : 50 + start + LENGTH]))
            y = np.exp(np.asarray(_profile(PARAMETERS, x), np.float64))
            counts = y / y.sum() * np.exp(float(_counts(PARAMETERS, x)[0]))
            if strands == "both":
                other = x[::-1, ::-1]
                y = np.exp(np.asarray(_profile(PARAMETERS, other), np.float64))
                turned = (y / y.sum() * np.exp(float(_counts(PARAMETERS, other)[0])))[::-1, ::-1]
                counts = (counts + turned) / 2
            expected.append(counts[position % POSITIONS])
    np.testing.assert_allclose(np.concatenate(rows), expected, rtol=1e-4)
