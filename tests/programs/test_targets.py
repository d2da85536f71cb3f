"""The programs on a BPNet of two strands and a Basenji, as labs export them: targets, strands, variants, coverage."""

import gzip
import math

import h5py
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.models.torch import load
from genomics.sequence.bases import decode, encode, one_hot

LENGTH, POSITIONS, START = 120, 80, 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory, repository):
    """Networks, a contig, sequences and a VCF."""
    found = tmp_path_factory.mktemp("targets")
    for name in ("bpnet", "basenji"):
        fixture = repository / "tests" / "fixtures" / "torch" / f"{name}.exported.pt2.gz"
        (found / f"{name}.pt2").write_bytes(gzip.decompress(fixture.read_bytes()))
    codes = np.random.default_rng(5).integers(0, 4, 500).astype(np.uint8)
    text = decode(codes)
    (found / "c.fa").write_text(f">c\n{text}\n")
    (found / "few.fa").write_text(f">a\n{text[:LENGTH]}\n>b\n{text[200 : 200 + LENGTH]}\n")
    (found / "short.fa").write_text(f">a\n{text[:96]}\n")
    snv = "ACGT"[("ACGT".index(text[199]) + 1) % 4]
    records = [(200, text[199], snv), (250, text[249:253], text[249]), (300, text[299], text[299] + "ACGTT")]
    lines = "".join(f"c\t{position}\t.\t{ref}\t{alt}\t.\t.\t.\n" for position, ref, alt in records)
    (found / "v.vcf").write_text(f"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n{lines}")
    return found


@pytest.fixture(scope="module")
def heads(folder):
    """(L, 4) one-hot -> (profile (2, 80), counts (1,)), in double precision."""
    network = load(folder / "bpnet.pt2").network
    controls = jnp.zeros((2, LENGTH))

    def apply(x):
        outputs = jax.jit(network.apply)(network.parameters, jnp.asarray(x, jnp.float32).T, controls)
        return tuple(np.asarray(each, np.float64) for each in outputs)

    return apply


def _bpnet(folder, *more):
    return (f"--model={folder / 'bpnet.pt2'}", "--fixed_input=controls=0", *more)


def _softmax(y, axis=None):
    exponents = np.exp(y - y.max())
    return exponents / exponents.sum(axis=axis, keepdims=axis is not None)


@pytest.mark.slow
def test_a_profile_is_explained_on_both_strands(interpret, folder, heads, tmp_path, capsys):
    flags = ("--target=profile", "--strands=both", "--methods=deeplift,ism", "--reference=uniform", "--num_figures=0")
    more = (f"--sequences={folder / 'few.fa'}", f"--output={tmp_path}", "--verify=20")
    interpret(*_bpnet(folder, *flags, *more, "--strand_pairs=0-1"))
    out = capsys.readouterr().out
    assert "ism: 20 random mutations recomputed" in out
    assert "look like probabilities" not in out
    with h5py.File(tmp_path / "scores.h5") as file:
        codes, logits, effects = (file[name][:] for name in ("sequences", "logits", "ism/scores"))
        assert file["tasks"].asstr()[:].tolist() == ["profile"]
        assert file["ism"].attrs["explained"].startswith("w . (y - mean y), w = softmax(y - mean y)")
        assert np.abs(file["deeplift/residual"][:]).max() < 1e-3
    x = one_hot(codes[0])

    def both(x):
        return (heads(x)[0] + heads(x[::-1, ::-1])[0][::-1, ::-1]) / 2

    y = both(x)
    weights = _softmax(y)
    np.testing.assert_allclose(logits[0, 0], (weights * (y - y.mean())).sum(), atol=1e-5)
    mutant = x.copy()
    mutant[60] = np.roll(x[60], 1)
    changed = both(mutant) - y
    np.testing.assert_allclose(
        effects[0, 0, 60, mutant[60].argmax()], (weights * (changed - changed.mean())).sum(), atol=1e-5
    )
    with pytest.raises(InputError, match="holds scores for another question: model"):
        interpret(*_bpnet(folder, *flags[:1], *flags[2:], *more))
    with pytest.raises(InputError, match=r"profile \(2, 80\) has two channels: --strand_pairs=0-1 says"):
        interpret(*_bpnet(folder, *flags, *more))


def test_bins_of_tracks(interpret, folder, tmp_path):
    interpret(
        f"--model={folder / 'basenji.pt2'}",
        "--bins=2-4",
        "--over_bins=mean",
        "--tasks=1",
        "--task_names=dnase,cage",
        "--methods=saliency",
        f"--sequences={folder / 'short.fa'}",
        f"--output={tmp_path}",
        "--num_figures=0",
    )
    network = load(folder / "basenji.pt2").network
    with h5py.File(tmp_path / "scores.h5") as file:
        assert file["tasks"].asstr()[:].tolist() == ["cage"]
        x = jnp.asarray(one_hot(file["sequences"][0])).T
        (y,) = network.apply(network.parameters, x)
        np.testing.assert_allclose(file["logits"][0, 0], np.asarray(y)[2:5, 1].mean(), atol=1e-5)


@pytest.mark.parametrize("strands", ["forward", "both"])
def test_variants_are_told_by_counts_and_profiles(scan, folder, heads, tmp_path, strands):
    flags = ("--target=log_counts", "--gauge=log2_fold_change", "--vcf_scores=jensen_shannon,log2_fold_change")
    both = ("--strands=both", "--strand_pairs=0-1") if strands == "both" else ()
    where = (f"--fasta={folder / 'c.fa'}", f"--vcf={folder / 'v.vcf'}", f"--output={tmp_path}")
    scan(*_bpnet(folder, *flags, *both, *where))
    lines = gzip.decompress((tmp_path / "variants.vcf.gz").read_bytes()).decode().splitlines()
    header = "".join(line for line in lines if line.startswith("##INFO"))
    assert "log2 fold change of the counts by the allele" in header
    assert "Jensen-Shannon distance of the profiles of both alleles" in header
    codes = encode((folder / "c.fa").read_text().splitlines()[1])
    for line in lines[-3:]:
        _, position, _, ref, alt, *_, info = line.split("\t")
        told = {key: float(value) for key, value in (each.split("=") for each in info.split(";"))}
        start = int(position) - 1
        changed = np.concatenate([codes[:start], encode(alt), codes[start + len(ref) :]])
        windows = [one_hot(each[start - 60 : start + 60]) for each in (codes, changed)]
        counts = [[heads(x)[1][0] for x in ([w, w[::-1, ::-1]] if both else [w])] for w in windows]
        before, after = (np.mean(np.exp(each)) for each in counts)
        assert told["EFFECT_LFC"] == pytest.approx(math.log2(after / before), abs=1e-5)
        logs = [np.mean(each) for each in counts]  # the number explained: the mean of the head
        assert told["EFFECT"] == pytest.approx((logs[1] - logs[0]) / math.log(2), abs=1e-5)
        if len(ref) == len(alt):
            profiles = [_profile(heads, w, both) for w in windows]
            p, q = profiles
            middle = (p + q) / 2
            divergence = ((p * np.log2(p / middle)).sum(1) + (q * np.log2(q / middle)).sum(1)) / 2
            assert told["EFFECT_JSD"] == pytest.approx(np.sqrt(divergence).mean(), abs=1e-5)


def _profile(heads, x, both):
    own = _softmax(heads(x)[0], 1)
    return (own + _softmax(heads(x[::-1, ::-1])[0], 1)[::-1, ::-1]) / 2 if both else own


def test_expected_coverage_is_a_track_for_each_strand(scan, folder, heads, tmp_path, capsys):
    pybigwig = pytest.importorskip("pyBigWig")
    flags = ("--what=predictions", "--target=profile", "--regions=c:151-300", f"--output={tmp_path}")
    scan(*_bpnet(folder, *flags, f"--fasta={folder / 'c.fa'}"))
    assert "tracks: strand_0.coverage.bw, strand_1.coverage.bw" in capsys.readouterr().out
    codes = np.concatenate([np.full(LENGTH, 4, np.uint8), encode((folder / "c.fa").read_text().splitlines()[1])])
    for strand in range(2):
        with pybigwig.open(str(tmp_path / f"strand_{strand}.coverage.bw")) as file:
            found = file.values("c", 150, 300)
        for position in (150, 159, 160, 239, 240, 299):  # outputs cover 80 to 159, 160 to 239, 240 to 319
            first = position // POSITIONS * POSITIONS
            x = one_hot(codes[LENGTH + first - START :][:LENGTH])
            y, counts = heads(x)
            expected = _softmax(y) * np.exp(counts[0])
            assert found[position - 150] == pytest.approx(expected[strand, position - first], rel=1e-4)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--target=log_counts", "--head=profile"), r"profile \(2, 80\) runs along the sequence"),
        (("--target=profile", "--head=counts"), r"counts \(1,\) does not run along the sequence"),
        (("--bins=0-3", "--head=counts"), r"counts \(1,\) does not run along the sequence"),
        (("--bins=3-1",), "--bins=3-1: must be FIRST-LAST"),
        (("--bins=70-80", "--head=profile"), "must be FIRST-LAST within 0-79"),
        (("--over_bins=max", "--target=profile"), "--over_bins: is for --bins"),
        (("--bins=0-3", "--target=profile"), "--bins: is for --target=output, not profile"),
        (("--strand_pairs=0-1", "--target=profile"), "--strand_pairs: is for --strands=both"),
        (("--strands=both", "--noaverage_strands", "--target=profile"), "contradicts --strands=both"),
        (("--target=profile", "--gauge=log2_fold_change", "--methods=ism"), "is of natural logs of counts"),
        (("--target=log_counts", "--gauge=probability", "--methods=ism"), "--gauge=probability: is of logits"),
    ],
)
def test_lenses_that_do_not_suit(interpret, folder, tmp_path, flags, said):
    with pytest.raises(InputError, match=said):
        interpret(*_bpnet(folder, f"--sequences={folder / 'few.fa'}", f"--output={tmp_path}", *flags))


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--gauge=centred",), "--gauge=centred: is of ism of a sequence"),
        (("--gauge=probability",), "--gauge=probability: is of logits"),
        (("--what=predictions", "--gauge=log_odds"), "--gauge: is for --what=effects"),
        (("--what=predictions", "--target=profile", "--strands=both"), "has two channels: --strand_pairs=0-1"),
    ],
)
def test_scans_that_do_not_suit(scan, folder, tmp_path, flags, said):
    target = () if any("target" in each for each in flags) else ("--target=log_counts",)
    with pytest.raises(InputError, match=said):
        scan(*_bpnet(folder, f"--fasta={folder / 'c.fa'}", f"--output={tmp_path}", *target, *flags))


def test_a_network_without_profile_has_no_distance_of_profiles(scan, folder, tmp_path):
    where = (f"--fasta={folder / 'c.fa'}", f"--vcf={folder / 'v.vcf'}", f"--output={tmp_path}")
    with pytest.raises(InputError, match=r"--vcf_scores=jensen_shannon: a profile and its log counts are not among"):
        scan(f"--model={folder / 'basenji.pt2'}", "--bins=0-1", "--vcf_scores=jensen_shannon", *where)
