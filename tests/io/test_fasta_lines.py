"""The two readers of FASTA agree, and what no index can hold is named by line and cause."""

import shutil
import time

import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.fasta import read_fasta
from genomics.io.fasta_lines import block_index, index_lines
from genomics.io.genome import open_genome
from genomics.sequence.bases import decode

pysam = pytest.importorskip("pysam")

#: Contigs without bases first, between others, and last; blanks before and after names.
EMPTY = b">none\n>a first\nACG\nTA\n>nil\n>void\n\n> b  second\nGG\n>last\n>end\n"


def names_of(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("compressed", [False, True])
def test_contigs_without_bases_and_blanks_before_names(tmp_path, ending, compressed):
    path = tmp_path / "genome.fa"
    path.write_bytes(EMPTY.replace(b"\n", ending))
    if compressed:
        pysam.tabix_compress(str(path), f"{path}.gz")
        path = tmp_path / "genome.fa.gz"
    for made in (1 + compressed, 0):  # then with the index that is there
        with open_genome(path, tmp_path) as genome:
            lengths = {"none": 0, "a": 5, "nil": 0, "void": 0, "b": 2, "last": 0, "end": 0}
            assert list(genome.contigs.items()) == list(lengths.items())
            assert [decode(genome.fetch("a", 0, 6)), decode(genome.fetch("end", 0, 1))] == ["ACGTAN", "N"]
            assert len(genome.made) == made


REFUSED = {
    b">a\nAC\n>b\nAC\n>a\nGG\n": "line 5: contig a is there already, in line 1",
    b">a\nAC\n>a\n": "line 3: contig a is there already, in line 1",
    b">a\nAC\n>\nGG\n": "line 3: a contig has no name; '>' must be followed by one",
    b">a\nACG\nAC\nACG\n": "line 4: contig a goes on after line 3, which is shorter than the 3 bases of its first",
    b">a\nAC\nACG\nAC\n": "line 3: has 3 bases, the first line of contig a has 2",
    b">a\nAC\n\nAC\n": "line 4: contig a goes on after line 3, which is empty",
    b">a\nAC GT\nAC\n": "line 2: contig a: column 3 is b' '; must be a letter",
    b">a\nACGT\nA\xe4\n": r"line 3: contig a: column 2 is b'\xe4'; must be a letter",
    b">a\nAC\r\nGT\nAC\r\n": "line 3: contig a: ends otherwise than the lines before it",
    b">a\n>b\n": "holds no bases",
}


@pytest.mark.parametrize("content", REFUSED, ids=repr)
@pytest.mark.parametrize("old_index", [False, True])
def test_line_and_cause_and_no_index_is_left(tmp_path, content, old_index):
    path = tmp_path / "genome.fa"
    path.write_bytes(content)
    if old_index:  # of another file
        path.with_name("genome.fa.fai").write_text("a\t400\t3\t10\t11\n")
    with pytest.raises(InputError) as caught:
        open_genome(path, tmp_path / "elsewhere").__enter__()
    if content != b">a\n>b\n" or not old_index:
        assert str(caught.value).startswith(f"{path}: {REFUSED[content]}")
    assert names_of(tmp_path) == ["genome.fa", "genome.fa.fai"][: 1 + old_index]


def test_an_index_of_another_file_is_said_to_be_one_where_the_file_is_sound(tmp_path):
    path = tmp_path / "genome.fa"
    path.write_bytes(b">a\nAC\n")
    path.with_name("genome.fa.fai").write_text("b\t2\t3\t2\t3\n")
    with pytest.raises(InputError, match=r"does not follow.*: the index .*genome\.fa\.fai is of another file; delete"):
        open_genome(path, tmp_path).__enter__()


@pytest.mark.parametrize("compressed", [False, True])
def test_the_lines_are_those_of_htslib(tmp_path, compressed):
    text = decode(np.random.default_rng(0).integers(0, 4, 90_001).astype(np.uint8))
    path = tmp_path / "long.fa"
    folded = "\n".join(text[place : place + 60] for place in range(0, len(text), 60))
    path.write_text(f">one x\n{folded}\n>two\n{text}\n>three\n{text[:59]}\n")
    if compressed:
        pysam.tabix_compress(str(path), f"{path}.gz")
        path = path.with_name("long.fa.gz")
    pysam.faidx(str(path))
    assert "".join(index_lines(path)) == path.with_name(f"{path.name}.fai").read_text()
    if compressed:
        assert block_index(path) == path.with_name("long.fa.gz.gzi").read_bytes()


@pytest.mark.parametrize("name", ["e_first_blank", "e_mid", "space"])
def test_the_file_is_read_by_both_readers(tmp_path, shared, name):
    path = tmp_path / "genome.fa"
    shutil.copy(shared / "cases/files" / f"{name}.fa", path)
    with open_genome(path, tmp_path) as genome:
        contigs = {contig: decode(genome.fetch(contig, 0, length)) for contig, length in genome.contigs.items()}
    assert {contig: len(bases) for contig, bases in contigs.items() if bases} == dict.fromkeys(
        [contig for contig in contigs if contig.startswith("chr")], 300
    )
    assert [contig for contig, bases in contigs.items() if not bases] == ["e1"] * (name != "space")
    if name == "space":
        records = read_fasta(path)
        assert {own: decode(row) for own, row in zip(records.names, records.bases, strict=True)} == contigs


def test_the_time_of_opening_grows_with_the_contigs_alone(tmp_path):
    path, count = tmp_path / "many.fa", 20_000
    path.write_text("".join(f">scaffold_{number} x\nACGT\n" for number in range(count)))
    start = time.process_time()
    with open_genome(path, tmp_path) as genome:
        assert len(genome.contigs) == count
    assert time.process_time() - start < 5  # a regular expression for each took 14
