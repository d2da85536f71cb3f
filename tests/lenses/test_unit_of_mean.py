"""A unit of differences is told of the mean network, in mutagenesis, in both scans and of alleles alike."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.interpretation.explanation import explanation
from genomics.interpretation.method import Explainer
from genomics.interpretation.methods import METHODS
from genomics.interpretation.sequences import Sequences
from genomics.io.genome import open_genome
from genomics.lenses.units import UNITS
from genomics.models.predictor import Predictor
from genomics.scan.bases import bases_job, single_network
from genomics.scan.effects import chunk_scorer
from genomics.scan.engines.local import local_engine
from genomics.scan.plan import BasesPlan, RecordsPlan
from genomics.scan.tiles import tiles_job
from genomics.scan.variants import survey, variants_job
from genomics.sequence.bases import decode, one_hot
from genomics.sequence.intervals import Interval

LENGTH, CONTIG, PLACE = 8, 30, 15
CODES = np.random.default_rng(3).integers(0, 4, CONTIG).astype(np.uint8)
#: Two networks that disagree: the probability of the mean is not the mean of the probabilities.
NETWORKS = jnp.asarray(np.random.default_rng(0).normal(size=(2, LENGTH, 4)), jnp.float32) * 2
PREDICTOR = Predictor(
    apply=lambda kernel, x: jnp.maximum(x * kernel, -0.5).sum()[None],
    parameters=NETWORKS,
    replicates=2,
    length=LENGTH,
    tasks=("a",),
    fingerprint="",
    source="",
)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("genome")
    (folder / "g.fa").write_text(f">c\n{decode(CODES)}\n")
    line = f"c\t{PLACE + 1}\t.\t{decode(CODES[[PLACE]])}\t{'ACGT'[(CODES[PLACE] + 1) % 4]}\t.\t.\t.\n"
    (folder / "v.vcf").write_text(f"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n{line}")
    with open_genome(folder / "g.fa", folder) as genome:
        yield genome, folder / "v.vcf"


def _expected(gauge):
    """(effect of the next base at the place, of the mean of both networks in their logits; its spread)."""
    x = one_hot(CODES[PLACE - LENGTH // 2 : PLACE + LENGTH // 2])
    changed = x.copy()
    changed[LENGTH // 2] = np.roll(x[LENGTH // 2], 1)
    f, g = (np.array([PREDICTOR.apply(kernel, each)[0] for kernel in NETWORKS], np.float64) for each in (x, changed))
    sigmoid = lambda y: 1 / (1 + np.exp(-y))  # noqa: E731
    convert = {"delta": lambda f, g: g - f, "probability": lambda f, g: sigmoid(g) - sigmoid(f)}[gauge]
    return convert(f.mean(), g.mean()), convert(f, g).std()


def _mutagenesis(files, gauge):
    explainer = Explainer(name="ism", method=METHODS["ism"], settings=METHODS["ism"].settings(gauge=gauge))
    window = CODES[PLACE - LENGTH // 2 : PLACE + LENGTH // 2][None]
    sequences = Sequences(bases=window, names=("s",), index=np.zeros(1, np.int32), source="test")
    found = explanation(PREDICTOR, sequences, explainer)
    own = jax.tree.map(lambda values: jnp.asarray(values[0]), found.inputs(np.zeros(1, np.int64)))
    return [np.moveaxis(found.function(NETWORKS, own)[name], 0, -1)[LENGTH // 2] for name in ("scores", "scores_std")]


def _run(job):
    ((_, shard),) = local_engine(job, range(1), lambda units: None)
    return [shard.arrays[name][0] for name in ("effects", "effects_std")]


def _of_bases(files, gauge, tiled=False):
    plan = BasesPlan(intervals=(Interval(contig="c", start=PLACE, end=PLACE + 1),), part_size=9)
    if tiled:
        # Tiles of every base: the one whose centre is nearest.
        return _run(
            tiles_job(
                PREDICTOR,
                files[0],
                plan,
                stride=1,
                precision="float32",
                summary=False,
                dtype="float32",
                chunk=3,
                gauge=gauge,
            )
        )
    score = chunk_scorer(single_network(PREDICTOR), chunk=3, before=not UNITS[gauge].linear)
    options = {"what": "effects", "summary": False, "dtype": "float32", "chunk": 3, "gauge": gauge}
    return _run(bases_job(PREDICTOR, score, files[0], plan, **options))


def _of_alleles(files, gauge):
    genome, path = files
    plan = RecordsPlan(size=1, part_size=1)
    options = {"precision": "float32", "dtype": "float32", "chunk": 2, "gauge": gauge, "further": ["probability"]}
    job = variants_job(PREDICTOR, genome, path, survey(path, genome), plan, **options)
    found = _run(job)
    if gauge == "probability":
        ((_, shard),) = local_engine(job, range(1), lambda units: None)
        np.testing.assert_allclose(shard.arrays["probability"][0], found[0], atol=1e-7)
    return found


@pytest.mark.parametrize("gauge", ["delta", "probability"])
@pytest.mark.parametrize("way", [_mutagenesis, _of_bases, partial(_of_bases, tiled=True), _of_alleles])
def test_the_unit_is_of_the_mean_network(files, way, gauge):
    expected, spread = _expected(gauge)
    found, deviation = way(files, gauge)
    place = 0 if way is _of_alleles else int(CODES[PLACE] + 1) % 4
    np.testing.assert_allclose(np.ravel(found)[place], expected, atol=1e-6)
    np.testing.assert_allclose(np.ravel(deviation)[place], spread, atol=1e-6)
