"""A real megabase, scored by a model trained on real peaks: as fast and small as promised, and it makes sense."""

import json
import os
import resource
import subprocess
import sys
import time

import numpy as np
import pytest

from genomics.io.bed import read_bed
from genomics.io.shard import read_shard
from genomics.io.vcf import open_vcf

pysam = pytest.importorskip("pysam")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(shared, repository, tmp_path_factory):
    """Trains on real peaks; returns a function that runs scan.py and gives (seconds, output)."""
    folder = tmp_path_factory.mktemp("real")
    environment = {**os.environ, "XLA_FLAGS": ""}  # compiled as users have it: seconds count here
    data = f"--config.data.path={shared / 'data' / 'chipseq_hg19.h5'}"
    train = [sys.executable, "train.py", "--config=configs/chipseq_lab.py", f"--workdir={folder / 'run'}", data]
    subprocess.run(train, cwd=repository, env=environment, check=True, capture_output=True)
    fasta = folder / "slice.fa"
    fasta.write_bytes((shared / "data" / "chr22_20-21M.fa").read_bytes())

    def scan(*arguments):
        command = [sys.executable, "scan.py", f"--workdir={folder / 'run'}", f"--fasta={fasta}", *map(str, arguments)]
        started = time.monotonic()
        done = subprocess.run(command, cwd=repository, env=environment, check=True, capture_output=True, text=True)
        return time.monotonic() - started, done.stdout

    return scan


def test_every_variant_of_a_megabase(run, shared, tmp_path):
    seconds, out = run(f"--output={tmp_path}")
    print(f"{seconds:.1f} s, {out.splitlines()[0]}")
    assert "2,700,000 variants in" in out
    assert seconds < 10
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 2e6  # kB

    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert (manifest["bases"], manifest["unknown_bases"]) == (1_000_000, 100_000)
    arrays = [read_shard(tmp_path / part["file"]).arrays for part in manifest["parts"]]
    effects = np.concatenate([each["effects"] for each in arrays])
    task = [name.lower() for name in manifest["settings"]["tasks"]].index("ctcf")
    mean = np.abs(effects[:, :, task].astype(np.float32)).sum(1) / 3
    inside = np.zeros(len(mean), bool)
    for peak in read_bed(shared / "data" / "chr22_20-21M.CTCF.bed", {"22:20000001-21000000": 1_000_000}):
        inside[peak.start : peak.end] = True
    known = ~np.isnan(mean)
    ratio = mean[inside & known].mean() / mean[~inside & known].mean()
    print(f"mean |effect| on CTCF inside its peaks / outside: {ratio:.2f}")
    assert ratio > 1


def test_the_variants_of_dbsnp(run, shared, tmp_path):
    vcf = shared / "data" / "chr22_20-21M.vcf"
    seconds, out = run(f"--output={tmp_path}", f"--vcf={vcf}")
    print(f"{seconds:.1f} s")
    assert seconds < 15
    assert "3,502 alleles with effects" in out
    with open_vcf(vcf) as before, open_vcf(tmp_path / "variants.vcf.gz") as after:
        for one, other in zip(before.records, after.records, strict=True):
            assert (one.contig, one.start, one.ref, one.alts) == (other.contig, other.start, other.ref, other.alts)
    with pysam.VariantFile(str(tmp_path / "variants.vcf.gz")) as file:
        values = [[float(each) for each in record.info["EFFECT"][0].split("|")] for record in file]
    assert np.shape(values) == (3502, 3)
    assert np.isfinite(values).all()
