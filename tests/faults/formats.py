"""Every format that the project writes, each with what writes it and what reads it back."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib.image
import numpy as np
import pysam
from matplotlib.figure import Figure

from genomics.io import lock, manifest
from genomics.io.atomic import append_text, write_text
from genomics.io.bigwig import write_bigwig
from genomics.io.examples import Dataset, Split, read_examples, write_examples
from genomics.io.genome import open_genome
from genomics.io.keras.read import read as read_keras
from genomics.io.keras.write import write as write_keras
from genomics.io.meme import read_meme, write_meme
from genomics.io.modisco import export
from genomics.io.parts import Part, write_part
from genomics.io.png import write_png
from genomics.io.scores import Answer, Questions, read_attributes, read_questions, read_rows, write_scores
from genomics.io.shard import Shard, check_shard, read_shard, write_shard
from genomics.io.vcf import open_vcf, write_indexed
from genomics.sequence.motif import Motif
from tests.npz import arrays

ROWS = np.random.default_rng(0).normal(size=(5000, 4, 3)).astype(np.float32)
CODES = np.random.default_rng(1).integers(0, 4, (400, 30)).astype(np.uint8)
LABELS = (CODES[:, :2] > 1).astype(np.uint8)
TEXT = "".join(f"line {number} of a text\n" for number in range(4000))
KERAS = Path(__file__).parents[1] / "fixtures" / "keras" / "lab_keras3.h5"


@dataclass(frozen=True, kw_only=True)
class Format:
    """How a format is written and read.

    Attributes:
      files: those that a write leaves, and without a fault nothing else.
      write: writes them into a folder; the second folder holds what `prepare` made.
      check: reads them, with asserts.
      prepare: makes what must be there before; in a folder on a disk that does not fail.
      before: makes what the write changes, in the folder itself, and must still be there when it fails.
    """

    files: tuple[str, ...]
    write: Callable[[Path, Path], object]
    check: Callable[[Path], object]
    prepare: Callable[[Path], object] = lambda folder: None
    before: Callable[[Path], object] | None = None


def _same(found, expected=ROWS):
    np.testing.assert_array_equal(found, expected)


def _figure(folder, _):
    figure = Figure(figsize=(3, 2))
    figure.add_subplot().imshow(ROWS[:150, :, 0].reshape(20, 30))
    write_png(folder / "a.png", figure)


def _shard(compression):
    names = np.array(["chr1"] * 5, object)
    shard = Shard(arrays={"chrom": names, "effects": ROWS}, attributes={"part": 0, "skipped": {"a": 1}})

    def check(folder):
        check_shard(folder / "part.h5")
        _same(read_shard(folder / "part.h5").arrays["effects"])

    return Format(
        files=("part.h5",),
        write=lambda folder, _: write_shard(folder / "part.h5", shard, compression=compression),
        check=check,
    )


def _data_set():
    split = Split(bases=CODES, labels=LABELS)
    return Dataset(tasks=("a", "b"), splits={"train": split, "valid": split, "test": split})


def _questions():
    count = len(CODES)
    return Questions(
        sequences=CODES,
        names=tuple(map(str, range(count))),
        index=np.arange(count, dtype=np.int32),
        labels=LABELS,
        tasks=("a", "b"),
        logits=np.zeros((count, 2), np.float32),
        logits_std=None,
        fingerprint="f",
        model="m",
        source="s",
    )


def _scores(method):
    one_hot = np.eye(4, dtype=np.float32)[CODES][:, None] * np.ones((1, 2, 1, 1), np.float32)
    return {"scores": one_hot * (len(method) + 0.5), "hypothetical": np.full_like(one_hot, len(method) + 0.5)}


def _prepare_scores(folder):
    for method in ("one", "deeplift"):
        for start in (0, 150):
            rows = slice(start, start + (150 if start == 0 else len(CODES)))
            write_part(folder / method, start, {name: values[rows] for name, values in _scores(method).items()})
    write_scores(folder / "scores.h5", _questions(), [_answer(folder, "deeplift")])


def _answer(inputs, method):
    parts = [
        Part(start=start, end=end, path=inputs / method / f"{start:08d}-{end:08d}.npz")
        for start, end in ((0, 150), (150, len(CODES)))
    ]
    return Answer(name=method, parts=parts, attributes={"definition": "d"})


def _check_scores(*methods):
    def check(folder):
        path = folder / "scores.h5"
        _same(read_questions(path).sequences, CODES)
        assert sorted(read_attributes(path)) == sorted(methods)
        for method in methods:
            _same(read_rows(path, method, slice(None)), _scores(method)["scores"])

    return check


def _bigwig(folder, _):
    for number in range(2):
        values = ROWS[:, number, 0].copy()
        values[70:90] = np.nan
        write_bigwig(folder / f"{number}.bw", {"a": 6000}, [("a", 100, values[:900]), ("a", 1000, values[900:])])


def _check_bigwig(folder):
    import pybigtools

    for number in range(2):
        found = pybigtools.open(str(folder / f"{number}.bw")).values("a", 100, 5100, fillna=None)
        _same(found[100:], ROWS[100:, number, 0])


_HEADER = [
    "##fileformat=VCFv4.2",
    "##contig=<ID=1>",
    "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]),
]
_RECORDS = [f"1\t{10 + 3 * n}\trs{n * 7919 % 9973}\tA\tC\t{n * 31 % 97}\t.\tX={n}" for n in range(3000)]


def _variants(longest, suffix):
    def check(folder):
        with open_vcf(folder / "v.vcf.gz") as vcf:
            assert [record.line for record in vcf.records] == _RECORDS
        with pysam.TabixFile(str(folder / "v.vcf.gz"), index=str(folder / f"v.vcf.gz{suffix}")) as file:
            assert len(list(file.fetch("1", 0, 9000))) == sum(int(each.split("\t")[1]) <= 9000 for each in _RECORDS)

    return Format(
        files=("v.vcf.gz", f"v.vcf.gz{suffix}"),
        write=lambda folder, _: write_indexed(folder / "v.vcf.gz", [*_HEADER, *_RECORDS], longest=longest),
        check=check,
    )


def _genome(folder, compressed):
    name = folder / "genome.fa"
    bases = np.random.default_rng(3).choice(list("ACGT"), 300_000)
    text = "".join(f">contig_{number}\n{''.join(bases[:100])}\n" for number in range(1500))
    if not compressed:
        name.write_text(text)
        return
    with pysam.BGZFile(f"{name}.gz", "w") as file:
        file.write(
            (text + ">long\n" + "\n".join("".join(bases[at : at + 60]) for at in range(0, 300_000, 60))).encode()
        )


def _index(ending, *indices):
    def write(folder, inputs):
        (folder / f"genome.fa{ending}").symlink_to(inputs / f"genome.fa{ending}")
        with open_genome(folder / f"genome.fa{ending}", folder):
            pass

    def check(folder):
        with open_genome(folder / f"genome.fa{ending}", folder) as genome:
            assert genome.fetch("contig_1499", 0, 100).max() < 4

    return Format(
        files=tuple(f"genome.fa{ending}{index}" for index in indices),
        write=write,
        check=check,
        prepare=lambda folder: _genome(folder, bool(ending)),
    )


def _check_archives(folder):
    assert arrays(folder / "deeplift_a.npz")["arr_0"].shape == (400, 4, 30)
    assert arrays(folder / "sequences.npz")["arr_0"].sum() == CODES.size


def _motifs():
    rng = np.random.default_rng(2)
    return [
        Motif(identifier=f"M{n}", name=f"name {n}", probabilities=rng.dirichlet(np.ones(4), 12), nsites=20)
        for n in range(60)
    ]


def _held(folder, _):
    with lock.holding(folder):
        write_text(folder / "held.txt", TEXT)


FORMATS: dict[str, Format] = {
    "text": Format(
        files=("a.txt",),
        write=lambda folder, _: write_text(folder / "a.txt", TEXT),
        check=lambda folder: _equal((folder / "a.txt").read_text(), TEXT),
    ),
    "json": Format(
        files=("a.json",),
        write=lambda folder, _: manifest.write_json(folder / "a.json", {"a": list(range(9000))}),
        check=lambda folder: _equal(json.loads((folder / "a.json").read_text()), {"a": list(range(9000))}),
    ),
    "log": Format(
        files=("log.jsonl",),
        write=lambda folder, _: append_text(folder / "log.jsonl", TEXT),
        check=lambda folder: _equal((folder / "log.jsonl").read_text(), "before\n" + TEXT),
        before=lambda folder: append_text(folder / "log.jsonl", "before\n"),
    ),
    "lock": Format(
        files=("held.txt",), write=_held, check=lambda folder: _equal((folder / "held.txt").read_text(), TEXT)
    ),
    "png": Format(
        files=("a.png",), write=_figure, check=lambda folder: _equal(matplotlib.image.imread(folder / "a.png").ndim, 3)
    ),
    "part of scores": Format(
        files=("00000000-00005000.npz",),
        write=lambda folder, _: write_part(folder, 0, {"scores": ROWS}),
        check=lambda folder: _same(
            Part(start=0, end=5000, path=folder / "00000000-00005000.npz").read()["scores"],
        ),
    ),
    "part of a scan": _shard(None),
    "part of a scan, gzip": _shard("gzip"),
    "data set": Format(
        files=("set.h5",),
        write=lambda folder, _: write_examples(folder / "set.h5", _data_set()),
        check=lambda folder: _same(read_examples(folder / "set.h5").splits["test"].bases, CODES),
    ),
    "scores": Format(
        files=("scores.h5",),
        write=lambda folder, inputs: write_scores(folder / "scores.h5", _questions(), [_answer(inputs, "one")]),
        check=_check_scores("one"),
        prepare=_prepare_scores,
    ),
    "scores, one method more": Format(
        files=("scores.h5",),
        write=lambda folder, inputs: write_scores(folder / "scores.h5", _questions(), [_answer(inputs, "one")]),
        check=_check_scores("deeplift", "one"),
        prepare=_prepare_scores,
        before=lambda folder: (folder / "scores.h5").write_bytes((folder.parent / "inputs" / "scores.h5").read_bytes()),
    ),
    "network for Keras": Format(
        files=("model.h5",),
        write=lambda folder, _: write_keras(folder / "model.h5", read_keras(KERAS), attributes={}),
        check=lambda folder: _equal(
            [layer.name for layer in read_keras(folder / "model.h5").layers.values()],
            [layer.name for layer in read_keras(KERAS).layers.values()],
        ),
    ),
    "bigWig": Format(files=("0.bw", "1.bw"), write=_bigwig, check=_check_bigwig),
    "VCF and .tbi": _variants(10_000, ".tbi"),
    "VCF and .csi": _variants(1 << 30, ".csi"),
    "index of FASTA": _index("", ".fai"),
    "indices of bgzip": _index(".gz", ".fai", ".gzi"),
    "TF-MoDISco": Format(
        files=("sequences.npz", "deeplift_a.npz", "deeplift_b.npz"),
        write=lambda folder, inputs: export(inputs / "scores.h5", "deeplift", folder),
        check=_check_archives,
        prepare=_prepare_scores,
    ),
    "MEME": Format(
        files=("a.meme",),
        write=lambda folder, _: write_meme(folder / "a.meme", _motifs()),
        check=lambda folder: _equal(len(read_meme(folder / "a.meme")), 60),
    ),
}


def _equal(found, expected):
    assert found == expected
