"""A network that is not finite for some sequences: they are counted, named and failed, and nothing else is lost."""

import gzip
import json

import h5py
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.interpretation.residuals import report
from genomics.io.scores import read_attributes
from genomics.models.predictor import Predictor
from genomics.programs.parameters import check_parameters
from genomics.sequence.bases import decode

LENGTH = 40
MODULE = """
import jax.numpy as jnp

def build():  # the logarithm of a number below zero where A is rich
    return lambda x: jnp.stack([jnp.log(20.0 - x[:, 0].sum()), x[:, 1].sum() * 0.1])

def endless():  # infinite where A is rich
    return lambda x: jnp.stack([jnp.exp(10 * x[:, 0].sum()), x[:, 1].sum() * 0.1])

def at_the_edge():  # only mutants are not finite: of a sequence with 19 A
    return lambda x: jnp.stack([jnp.log(19.5 - x[:, 0].sum()), x[:, 1].sum() * 0.1])
"""
RICH = "A" * 30 + "C" * 10
EDGE = "A" * 19 + "C" * 21


@pytest.fixture
def network(tmp_path, monkeypatch):
    (tmp_path / "broken_network.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    poor = decode(np.random.default_rng(0).integers(1, 4, LENGTH).astype(np.uint8))
    (tmp_path / "three.fa").write_text(f">one\n{poor}\n>rich\n{RICH}\n>two\n{poor[::-1]}\n")
    (tmp_path / "edge.fa").write_text(f">one\n{poor}\n>edge\n{EDGE}\n")
    (tmp_path / "genome.fa").write_text(f">chr1\n{poor}{poor}{RICH}{poor}{poor}\n")
    return lambda name="build": (f"--model=broken_network:{name}", f"--length={LENGTH}")


@pytest.mark.parametrize(("name", "value"), [("build", "nan"), ("endless", "inf")])
@pytest.mark.parametrize("methods", ["deeplift,ism", "saliency"])
def test_sequences_without_logits_are_counted_named_and_failed(interpret, network, tmp_path, name, value, methods):
    with pytest.raises(InputError) as caught:
        interpret(*network(name), f"--methods={methods}", f"--sequences={tmp_path}/three.fa", f"--output={tmp_path}/o")
    assert f"logits of 1 of 3 sequences, rich (row 1), are not finite (task_0: {value})" in str(caught.value)
    assert not (tmp_path / "o" / "scores.h5").exists()


def test_scores_of_mutants_are_failed_and_those_of_other_methods_kept(interpret, network, tmp_path):
    flags = (*network("at_the_edge"), f"--sequences={tmp_path}/edge.fa", f"--output={tmp_path}/o")
    for _ in range(2):  # what was computed before is looked at again
        with pytest.raises(InputError) as caught:
            interpret(*flags, "--methods=ism,saliency")
        assert "ism: the scores of 1 of 2 sequences, edge (row 1), are not finite: not added" in str(caught.value)
        assert list(read_attributes(tmp_path / "o" / "scores.h5")) == ["saliency"]


def test_residuals_that_are_nan_count_as_broken(interpret, network, tmp_path):
    from genomics.io.scores import read_questions

    (tmp_path / "poor.fa").write_text("".join((tmp_path / "three.fa").read_text().partition(">rich")[0]) * 1)
    interpret(*network(), "--methods=deeplift", f"--sequences={tmp_path}/poor.fa", f"--output={tmp_path}/o")
    scores = tmp_path / "o" / "scores.h5"
    with h5py.File(scores, "r+") as file:
        file["deeplift/residual"][0, 0] = np.nan
    lines = report(scores, read_questions(scores), ["deeplift"])
    assert lines == [
        "deeplift: largest residual nan; 1 of 1 sequences above 0.001 or not finite",
        "  one (row 0), task_0: nan",
    ]


def test_alleles_have_a_reason_of_their_own(scan, network, tmp_path, capsys):
    records = ""
    genome = (tmp_path / "genome.fa").read_text().splitlines()[1]
    for position in (30, 96, 170):
        ref = genome[position - 1]
        records += f"chr1\t{position}\t.\t{ref}\t{'G' if ref != 'G' else 'T'}\t.\t.\t.\n"
    (tmp_path / "in.vcf").write_text(f"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n{records}")
    scan(*network(), f"--fasta={tmp_path}/genome.fa", f"--vcf={tmp_path}/in.vcf", f"--output={tmp_path}/o")
    out = capsys.readouterr().out
    assert "2 alleles with effects" in out
    assert "skipped: 1 alleles: the network gives a number that is not finite" in out
    lines = gzip.decompress((tmp_path / "o" / "variants.vcf.gz").read_bytes()).decode().splitlines()[-3:]
    assert ["EFFECT" in line for line in lines] == [True, False, True]


@pytest.mark.parametrize(
    ("dtype", "what"), [("float16", ()), ("float32", ("--summary_only",)), ("float16", ("--what=predictions",))]
)
def test_a_scan_of_bases_says_it(scan, network, tmp_path, capsys, dtype, what):
    flags = (*network(), f"--fasta={tmp_path}/genome.fa", f"--output={tmp_path}/o", f"--dtype={dtype}", *what)
    scan(*flags)
    name = {"--summary_only": "max", "--what=predictions": "logits"}.get(*what, "effects") if what else "effects"
    with h5py.File(tmp_path / "o" / "part-00000.h5") as file:
        values = file[name][()]
        broken = int((~np.isfinite(values.reshape(len(values), -1)).all(1)).sum())
        assert file.attrs["not_finite"] == broken > 10
    line = f"not finite: {broken} known bases have a result that is NaN or infinite: in part-00000.h5"
    assert line in capsys.readouterr().out
    scan(f"--output={tmp_path}/o", "--merge")
    assert line in capsys.readouterr().out
    assert json.loads((tmp_path / "o" / "manifest.json").read_text())["not_finite"] == broken


def test_tracks_without_a_value_are_named(scan, network, tmp_path, capsys):
    flags = (*network(), f"--fasta={tmp_path}/genome.fa", f"--output={tmp_path}/o", "--tasks=0")
    scan(*flags, "--regions=chr1:95-97")
    out = capsys.readouterr().out
    assert "not finite: 3 known bases" in out
    assert "no track, for want of any finite value: task_0.max.bw, task_0.mean.bw" in out


def test_parameters_that_are_nan():
    def predictor(value):
        kernel = jnp.ones((3, 4)).at[1, 2].set(value)
        return Predictor(
            apply=lambda parameters, x: (x @ parameters["kernel"].T).max(0),
            parameters={"kernel": kernel},
            replicates=None,
            length=5,
            tasks=("a", "b", "c"),
            fingerprint="f" * 64,
            source="net.h5",
        )

    check_parameters(predictor(1.0))
    check_parameters(predictor(-jnp.inf))
    with pytest.raises(InputError, match=r"net\.h5: parameter \['kernel'\] \(3, 4\): 1 of 12 are NaN"):
        check_parameters(predictor(jnp.nan))


def test_filters_that_are_not_finite():
    from genomics.motifs.layer import read_layer
    from genomics.motifs.sites import find_sites

    def predict(x):
        kernel = jnp.ones((3, 4, 2)).at[0, 0, 1].set(jnp.nan)
        maps = jax.lax.conv_general_dilated(x[None], kernel, (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))
        return jax.nn.relu(maps[0]).sum(0)

    layer = read_layer(predict, LENGTH)
    bases = np.random.default_rng(0).integers(0, 4, (9, LENGTH)).astype(np.uint8)
    with pytest.raises(InputError, match=r"1 of 2 filters respond by numbers that are not finite, filter 1 \(from 0\)"):
        find_sites(predict, bases, layer)
