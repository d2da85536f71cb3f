"""Alleles that share a stretch of dense evaluation have the scores that two windows of their own give."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.io.genome import open_genome
from genomics.models.predictor import Predictor
from genomics.scan import allele_groups, allele_ways, variants
from genomics.scan.allele_parts import read_alleles, reader
from genomics.scan.allele_ways import Ways, ways_of
from genomics.scan.bases import single_network
from genomics.scan.engines.local import local_engine
from genomics.scan.plan import RecordsPlan
from genomics.scan.variants import survey, variants_job
from genomics.sequence.bases import decode

LENGTH = 21
FURTHER = ("reference", "alternative", "probability")


def _apply(parameters, x):
    kernel, last = parameters
    dimensions = ("NWC", "WIO", "NWC")
    maps = jax.lax.conv_general_dilated(x[None], kernel, (1,), "SAME", dimension_numbers=dimensions)[0]
    pooled = jax.lax.reduce_window(jax.nn.relu(maps), -jnp.inf, jax.lax.max, (3, 1), (2, 1), "SAME")
    return jnp.tanh(pooled.reshape(-1)) @ last


@pytest.fixture(params=[None, 2], ids=["one network", "replicates"])
def predictor(request):
    def weights(seed):
        rng = np.random.default_rng(seed)
        shapes = (5, 4, 6), (11 * 6, 2)
        return [jnp.asarray(rng.normal(size=shape), jnp.float32) for shape in shapes]

    parameters = (
        jax.tree.map(lambda *leaves: jnp.stack(leaves), weights(0), weights(1)) if request.param else weights(0)
    )
    return Predictor(
        apply=_apply,
        parameters=parameters,
        replicates=request.param,
        length=LENGTH,
        tasks=("a", "b"),
        fingerprint="f" * 64,
        source="tiny",
    )


@pytest.fixture
def files(tmp_path):
    """A genome with N, and dense, sparse, double, multi-allelic, mismatched and inserted alleles at its ends too."""
    rng = np.random.default_rng(0)
    genome = {name: rng.integers(0, 4, size).astype(np.uint8) for name, size in (("z", 900), ("a", 400))}
    genome["z"][200:215] = 4
    lines = []
    for name, codes in genome.items():
        for place in [*range(0, 300, 2), *range(300, len(codes), 37), len(codes) - 1]:
            ref = decode(codes[[place]])
            others = [base for base in "ACGT" if base != ref]
            kind = rng.integers(0, 12)
            alts = {0: [",".join(others[:2])], 1: others[:2], 2: [ref + "GT"], 3: ["*"]}.get(int(kind), others[:1])
            shown = "ACGT"[(int(codes[place]) + 1) % 4] if kind == 4 else ref
            lines += [
                f"{name}\t{place + 1}\t.\t{shown.lower() if kind == 5 else shown}\t{alt}\t.\t.\t." for alt in alts
            ]
    (tmp_path / "g.fa").write_text("".join(f">{name}\n{decode(codes)}\n" for name, codes in genome.items()))
    header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    (tmp_path / "x.vcf").write_text(header + "\n".join(lines) + "\n")
    with open_genome(tmp_path / "g.fa", tmp_path) as opened:
        yield opened, tmp_path / "x.vcf", len(lines)


def _shards(predictor, files, part_size=80):
    genome, path, count = files
    job = variants_job(
        predictor,
        genome,
        path,
        survey(path, genome),
        RecordsPlan(size=count, part_size=part_size),
        precision="float32",
        dtype="float32",
        chunk=16,
        dense=64,
        further=FURTHER,
    )
    return [shard for _, shard in sorted(local_engine(job, range(job.num_parts), lambda units: None))]


@pytest.mark.parametrize(("worth", "few"), [(2.0, 512), (2.0, 20), (9.0, 20), (np.inf, 512)])
def test_the_same_as_pairs_of_windows(predictor, files, monkeypatch, worth, few):
    for module in (allele_ways, allele_groups):
        monkeypatch.setattr(module, "CHOSEN", few)
    monkeypatch.setattr(variants, "ways_of", lambda *arguments: Ways())
    pairs = _shards(predictor, files)
    stretches, single = [], allele_ways._single(single_network(predictor), "float32")
    monkeypatch.setattr(
        variants, "ways_of", lambda *own: dataclasses.replace(ways_of(*own), worth=worth, single=single)
    )

    def packed(*own):
        stretches.append(own[1])
        found = allele_groups.packed(*own)
        kinds.update(found.keys() & {"chosen", "wanted"})
        return found

    kinds = set()
    monkeypatch.setattr(variants, "packed", packed)
    dense = _shards(predictor, files)
    assert sum(len(each.rows) for each in stretches) > 100 or worth == np.inf
    assert kinds == (set() if worth == np.inf else {"wanted"} if few > 64 else {"wanted", "chosen"})
    for one, other in zip(pairs, dense, strict=True):
        assert one.attributes == other.attributes
        assert one.arrays.keys() == other.arrays.keys()
        for name, values in one.arrays.items():
            if values.dtype == np.float32:
                np.testing.assert_allclose(other.arrays[name], values, atol=1e-5)
            else:
                assert values.tolist() == other.arrays[name].tolist()


def test_arithmetic_decides(predictor, files):
    """Close substitutions share; far ones do not."""
    genome, path, count = files
    worth = ways_of(predictor, "float32", 64).worth
    assert 1 < worth < 64
    found = read_alleles(reader(path, RecordsPlan(size=count, part_size=count))(0), genome, LENGTH, {})
    stretches, alone = allele_groups.group(found, 64, worth)
    rows = np.concatenate([*(each.rows for each in stretches), alone])
    assert sorted(rows.tolist()) == list(range(len(found.place)))
    for each in stretches:
        assert len(each.rows) >= worth
        assert found.single[each.rows].all()
        places = found.place[each.rows]
        assert len(np.unique(places)) == len(places)
        assert places.min() >= each.place
        assert places.max() < each.place + 64
    assert not allele_groups.group(found, 64, np.inf)[0]


def test_what_is_wrong_between_records_does_not_matter(predictor, tmp_path):
    text = ["ACGTACGTAC" * 20, "AC-TACGTAC" + "ACGTACGTAC" * 30]
    (tmp_path / "g.fa").write_text(">c\n" + "".join(text) + "\n")
    header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    (tmp_path / "x.vcf").write_text(header + "c\t101\t.\tA\tC\t.\t.\t.\nc\t301\t.\tA\tC\t.\t.\t.\n")
    with open_genome(tmp_path / "g.fa", tmp_path) as genome:
        plan = RecordsPlan(size=2, part_size=2)
        found = read_alleles(reader(tmp_path / "x.vcf", plan)(0), genome, LENGTH, {})
    assert found.alternative.tolist() == [1, 1]
