"""Counts and profiles of variants by a network of two heads, beside two separate predictions and scipy.

  python -m benchmarks.variant_profiles --network=bpnet.pt2 --genome=FILE [--variants=200] [--indels=40] [--both]

Makes a VCF of random variants on the longest contig, scores it by `scan.py --vcf_scores=log2_fold_change,
jensen_shannon`, and predicts both alleles of each record once more by themselves, in the plainest way: the windows are
made here, the profiles are compared position by position by `scipy.spatial.distance.jensenshannon` in double precision.
Prints the largest differences; at most 1e-5.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags
from scipy.spatial.distance import jensenshannon

from genomics.command import run
from genomics.io.atomic import write_text
from genomics.io.genome import open_genome
from genomics.io.shard import part_path, read_shard
from genomics.lenses.view import Lens
from genomics.programs.network_model import Wanted, as_predictor
from genomics.programs.torch_model import read_torch
from genomics.sequence.bases import N, decode, encode, one_hot

MODEL = flags.DEFINE_string("network", None, "A .pt2 file of a network with a profile and log counts.", required=True)
GENOME = flags.DEFINE_string("genome", None, "FASTA.", required=True)
VARIANTS = flags.DEFINE_integer("variants", 200, "Records.", lower_bound=1)
INDELS = flags.DEFINE_integer("indels", 40, "Of them, insertions and deletions of 1 to 12 bases.", lower_bound=0)
BOTH = flags.DEFINE_boolean("both", False, "On both strands.")
_LONGEST = 12


def main(argv: list[str]) -> None:
    del argv
    jax.config.update("jax_default_matmul_precision", "highest")
    predictor = as_predictor(read_torch(MODEL.value), Wanted(lens=Lens(target="log_counts")))
    heads = {len(head.shape) == 2: head for head in predictor.heads}
    profile, counts = (jax.jit(jax.vmap(heads[key].apply, (None, 0))) for key in (True, False))
    with tempfile.TemporaryDirectory() as folder:
        with open_genome(GENOME.value, Path(folder)) as genome:
            records = _records(genome, predictor.length)
            windows = np.stack([_windows(genome, record, predictor.length) for record in records])
        vcf = Path(folder) / "variants.vcf"
        header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        write_text(vcf, header + "".join(f"{c}\t{s + 1}\t.\t{r}\t{a}\t.\t.\t.\n" for c, s, r, a in records))
        command = [sys.executable, "scan.py", f"--model={MODEL.value}", f"--fasta={GENOME.value}", f"--vcf={vcf}"]
        command += ["--target=log_counts", "--vcf_scores=log2_fold_change,jensen_shannon", f"--output={folder}/out"]
        subprocess.run(command + (["--strands=both"] if BOTH.value else []), check=True)
        found = read_shard(part_path(Path(folder) / "out", 0)).arrays
    x = jnp.asarray(one_hot(windows.reshape(-1, predictor.length)))
    both = [x, x[:, ::-1, ::-1]] if BOTH.value else [x]
    profiles = [_softmax(profile(predictor.parameters, each)[:, 0]) for each in both]
    profiles = [each[:, ::-1] if strand else each for strand, each in enumerate(profiles)]
    p = np.mean(profiles, axis=0).reshape(len(records), 2, -1)
    total = [np.exp(np.asarray(counts(predictor.parameters, each), np.float64)[:, 0]) for each in both]
    total = np.mean(total, axis=0).reshape(len(records), 2)
    place = predictor.length // 2 - (predictor.length - p.shape[-1]) // 2
    expected = np.array([_distance(p[i, 0], p[i, 1], place, len(r), len(a)) for i, (_, _, r, a) in enumerate(records)])
    fold = np.log2(total[:, 1] / total[:, 0])
    assert len(found["effects"]) == len(records)
    rows = (("log2 fold change", "log2_fold_change", fold), ("Jensen-Shannon distance", "jensen_shannon", expected))
    worst = []
    for name, array, values in rows:
        worst.append(float(np.abs(found[array][:, 0] - values).max()))
        print(f"{name}: {len(records)} variants, up to {np.abs(values).max():.2g}; largest difference {worst[-1]:.1e}")
    if not np.max(worst) <= 1e-5:
        sys.exit("the largest difference is above 1e-5")


def _records(genome, length: int) -> list[tuple[str, int, str, str]]:
    """(contig, start, REF, ALT), sorted; no N in the windows."""
    rng = np.random.default_rng(0)
    contig, size = max(genome.contigs.items(), key=lambda item: item[1])
    codes = genome.fetch(contig, 0, size)
    starts = rng.choice(np.arange(length, size - length, 2 * _LONGEST), 4 * VARIANTS.value, replace=False)
    known = [int(s) for s in starts if not (codes[s - length : s + length] == N).any()][: VARIANTS.value]
    indel = set(rng.choice(known, INDELS.value, replace=False).tolist())
    records = []
    for number, start in enumerate(sorted(known)):
        bases = decode(codes[start : start + _LONGEST + 1])
        more = int(rng.integers(1, _LONGEST + 1))
        if start not in indel:
            records.append((contig, start, bases[0], "ACGT"[("ACGT".index(bases[0]) + int(rng.integers(1, 4))) % 4]))
        elif number % 2:
            records.append((contig, start, bases[: more + 1], bases[0]))
        else:
            records.append((contig, start, bases[0], bases[0] + decode(rng.integers(0, 4, more).astype(np.uint8))))
    return records


def _windows(genome, record, length: int) -> np.ndarray:
    contig, start, ref, alt = record
    before = genome.fetch(contig, start - length // 2, start)
    behind = genome.fetch(contig, start + len(ref), start + len(ref) + length)
    return np.stack([np.concatenate([before, encode(allele), behind])[:length] for allele in (ref, alt)])


def _distance(p: np.ndarray, q: np.ndarray, place: int, ref: int, alt: int) -> float:
    """The parts that both alleles have: up to the last common base of the allele, and what is behind it."""
    common = place + min(ref, alt)
    behind = min(len(p) - place - ref, len(q) - place - alt)
    p = np.concatenate([p[:common], p[place + ref : place + ref + behind]])
    q = np.concatenate([q[:common], q[place + alt : place + alt + behind]])
    return float(jensenshannon(p / p.sum(), q / q.sum(), base=2))


def _softmax(y) -> np.ndarray:
    y = np.asarray(y, np.float64)
    exponents = np.exp(y - y.max(-1, keepdims=True))
    return exponents / exponents.sum(-1, keepdims=True)


if __name__ == "__main__":
    run(main)
