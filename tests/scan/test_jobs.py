"""What each kind of job puts into its parts, against the plainest evaluation; for every size of part and chunk."""

import jax
import numpy as np
import pytest

from genomics.io.genome import open_genome
from genomics.scan.bases import bases_job, single_network
from genomics.scan.engines.local import local_engine
from genomics.scan.outputs import summarised
from genomics.scan.plan import BasesPlan, RecordsPlan
from genomics.scan.tiles import tile_of, tiles_job
from genomics.scan.variants import survey, variants_job
from genomics.scan.windows import windows_scorer
from genomics.sequence.bases import decode
from genomics.sequence.intervals import Interval

INTERVALS = (
    Interval(contig="z:1-9", start=0, end=64),
    Interval(contig="z:1-9", start=93, end=150),
    Interval(contig="a", start=0, end=7),
    Interval(contig="n", start=0, end=20),
)
POSITIONS = [(each.contig, place) for each in INTERVALS for place in range(each.start, each.end)]


def _job(network, genome, *, part_size=1000, chunk=16, what="effects", summary=False, dtype="float32"):
    plan = BasesPlan(intervals=INTERVALS, part_size=part_size)
    score = windows_scorer(single_network(network), what=what, chunk=chunk)
    return bases_job(network, score, genome, plan, what=what, summary=summary, dtype=dtype, chunk=chunk)


def _run(job):
    """All parts, and the units that were counted."""
    counted = []
    shards = dict(local_engine(job, range(job.num_parts), counted.append))
    assert list(shards) == list(range(job.num_parts))
    return list(shards.values()), sum(counted)


def _joined(shards, name):
    return np.concatenate([shard.arrays[name] for shard in shards])


@pytest.fixture(scope="module")
def expected(true_effects):
    return np.array([true_effects(*each) for each in POSITIONS])


@pytest.mark.parametrize(("part_size", "chunk"), [(1000, 16), (10, 16), (33, 7), (148, 200)])
def test_effects(predictor, genome, expected, part_size, chunk):
    shards, counted = _run(_job(predictor, genome, part_size=part_size, chunk=chunk))
    np.testing.assert_allclose(_joined(shards, "effects"), expected, atol=1e-5)
    known = ~np.isnan(expected[:, 0, 0])
    assert counted == 3 * known.sum()
    assert sum(shard.attributes["unknown_bases"] for shard in shards) == (~known).sum()
    place = [
        (contig, position)
        for shard in shards
        for contig, start, end in zip(*(shard.arrays[key] for key in ("chrom", "start", "end")), strict=True)
        for position in range(start, end)
    ]
    assert place == POSITIONS


def test_predictions_are_nan_at_n(predictor, genome, truth, contigs):
    shards, counted = _run(_job(predictor, genome, what="predictions", part_size=50))
    nan = np.full(2, np.nan)
    known = [contigs[contig][position] != 4 for contig, position in POSITIONS]
    expected = [
        truth(*each, predictor.length // 2)[0] if here else nan for each, here in zip(POSITIONS, known, strict=True)
    ]
    np.testing.assert_allclose(_joined(shards, "logits"), np.array(expected), atol=1e-5)
    assert counted == sum(known)


def test_summaries_and_their_rounding(predictor, genome, expected):
    shards, _ = _run(_job(predictor, genome, summary=True, dtype="float16"))
    for name, values in (("max", np.abs(expected).max(1)), ("mean", expected.sum(1) / 3)):
        found = _joined(shards, name)
        assert found.dtype == np.float16
        np.testing.assert_array_equal(np.isnan(found), np.isnan(values))
        worst = np.nanmax(np.abs(found - values))
        assert worst <= shards[0].attributes["rounding_error"] + 1e-5
    assert 0 < shards[0].attributes["rounding_error"] < 0.002


def test_a_summary_is_nan_where_an_effect_is():
    effects = np.random.default_rng(0).normal(size=(512, 4, 2)).astype(np.float32)  # enough to be vectorised
    effects[3] = effects[7, 2, 1] = np.nan
    found = jax.jit(summarised)(effects)
    np.testing.assert_array_equal(found["max"], np.abs(effects).max(1))
    np.testing.assert_allclose(found["mean"], effects.sum(1) / 3, atol=1e-6)


def test_the_rounding_error_is_the_largest(predictor, genome):
    exact, rounded = (_run(_job(predictor, genome, dtype=dtype))[0] for dtype in ("float32", "float16"))
    error = np.nanmax(np.abs(_joined(exact, "effects") - _joined(rounded, "effects").astype(np.float32)))
    np.testing.assert_allclose(rounded[0].attributes["rounding_error"], error, rtol=1e-6)
    assert "rounding_error" not in exact[0].attributes


def test_replicates_give_mean_and_deviation(replicated, genome):
    import dataclasses

    each = []
    for number in range(3):
        parameters = jax.tree.map(lambda leaf: leaf[number], replicated.parameters)
        network = dataclasses.replace(replicated, parameters=parameters, replicates=None)
        each.append(_joined(_run(_job(network, genome))[0], "effects"))
    shards, _ = _run(_job(replicated, genome))
    np.testing.assert_allclose(_joined(shards, "effects"), np.mean(each, 0), atol=1e-5)
    np.testing.assert_allclose(_joined(shards, "effects_std"), np.std(each, 0), atol=1e-5)
    summary, _ = _run(_job(replicated, genome, summary=True))
    assert {"max", "mean", "max_std", "mean_std"} <= summary[0].arrays.keys()
    np.testing.assert_allclose(_joined(summary, "max"), np.abs(np.mean(each, 0)).max(1), atol=1e-5)
    np.testing.assert_allclose(_joined(summary, "max_std"), np.std(np.abs(each).max(2), 0), atol=1e-5)


def _tiles(predictor, genome, stride, summary=False):
    return tiles_job(
        predictor,
        genome,
        BasesPlan(intervals=INTERVALS, part_size=37),
        stride=stride,
        precision="float32",
        summary=summary,
        dtype="float32",
        chunk=3,
    )


def test_summaries_of_tiles(predictor, genome):
    effects = _joined(_run(_tiles(predictor, genome, 12))[0], "effects")
    summary, _ = _run(_tiles(predictor, genome, 12, summary=True))
    np.testing.assert_allclose(_joined(summary, "max"), np.abs(effects).max(1), atol=1e-6)
    np.testing.assert_allclose(_joined(summary, "mean"), effects.sum(1) / 3, atol=1e-6)


@pytest.mark.parametrize("stride", [12, 5, 1])
def test_tiles(predictor, genome, contigs, true_effects, stride):
    shards, counted = _run(_tiles(predictor, genome, stride))
    expected = []
    for contig, position in POSITIONS:
        size = len(contigs[contig])
        starts = [0]
        while starts[-1] + 12 < size:
            starts.append(starts[-1] + stride)
        covering = [start for start in starts if start <= position < start + 12]
        nearest = min(covering, key=lambda start: (abs(start + 5.5 - position), start))
        expected.append(true_effects(contig, position, position - nearest))
    np.testing.assert_allclose(_joined(shards, "effects"), np.array(expected), atol=1e-5)
    assert counted == 3 * sum(contigs[contig][position] != 4 for contig, position in POSITIONS)


def test_tiles_of_a_contig_shorter_than_a_window():
    assert tile_of(np.arange(5), 5, 12, 12).tolist() == [0] * 5


def test_an_effect_beyond_float16_is_an_error(predictor, genome):
    import dataclasses

    from genomics.errors import InputError

    large = dataclasses.replace(predictor, parameters=[predictor.parameters[0], predictor.parameters[1] * 1e6])
    with pytest.raises(InputError, match="give --dtype=float32"):
        _run(_job(large, genome, dtype="float16"))


def _variants(predictor, genome, path):
    plan = RecordsPlan(size=2, part_size=1)
    options = {"precision": "float32", "dtype": "float32", "chunk": 4}
    return variants_job(predictor, genome, path, survey(path, genome), plan, **options)


def test_the_digest_of_variants_sees_the_bases_around_them(predictor, fasta, contigs, tmp_path):
    """A part that was scored on another genome is not taken for one of this."""
    path = tmp_path / "two.vcf"
    lines = [f"z:1-9\t{place + 1}\t.\t{decode(contigs['z:1-9'][[place]])}\tN\t.\t.\t." for place in (20, 120)]
    header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    path.write_text(header + "\n".join(lines) + "\n")

    def digests(place):
        """With another base at a place of the contig."""
        codes = {name: own.copy() for name, own in contigs.items()}
        if place is not None:
            codes["z:1-9"][place] = (codes["z:1-9"][place] + 1) % 4
        changed = tmp_path / f"{place}.fa"
        changed.write_text("".join(f">{name}\n{decode(own)}\n" for name, own in codes.items()))
        with open_genome(changed, tmp_path / f"index_{place}") as genome:
            job = _variants(predictor, genome, path)
            return [job.digest(number) for number in range(2)]

    first, second = digests(None)
    assert digests(45) == [first, second]  # too far from both
    for place in (20 - 6, 20 + 5):  # the window's ends
        assert digests(place)[0] != first
        assert digests(place)[1] == second
    assert digests(120 + 5)[1] != second


def test_digests_are_those_of_the_parts(predictor, genome):
    job = _job(predictor, genome, part_size=50)
    for number, shard in enumerate(_run(job)[0]):
        assert shard.attributes["input_crc32"] == job.digest(number)
