import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.fasta_index import check_index
from genomics.sequence.bases import decode

pysam = pytest.importorskip("pysam")

LENGTHS = {"one": 500, "two": 60, "three": 59, "four": 61, "five": 1}


@pytest.fixture
def fasta(tmp_path):
    codes = np.random.default_rng(0).integers(0, 4, 500).astype(np.uint8)
    path = tmp_path / "genome.fa"
    contigs = {name: decode(codes[:length]) for name, length in LENGTHS.items()}
    folded = {name: [text[at : at + 60] for at in range(0, len(text), 60)] for name, text in contigs.items()}
    path.write_text("".join("\n".join([f">{name} described", *lines, ""]) for name, lines in folded.items()))
    return path


def indexed(path):
    pysam.faidx(str(path))
    gzi = path.with_name(f"{path.name}.gzi")
    return path.with_name(f"{path.name}.fai"), gzi if gzi.exists() else None


def packed(path, data):
    """The file compressed by bgzip, in some blocks."""
    path.write_bytes(data)
    pysam.tabix_compress(str(path), f"{path}.gz", force=True)
    return path.with_name(f"{path.name}.gz")


def refused(path, fai, gzi):
    with pytest.raises(InputError) as caught:
        check_index(path, fai, gzi)
    assert "delete" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("compressed", [False, True])
def test_any_other_number_or_name_is_refused(fasta, ending, compressed):
    data = fasta.read_bytes().replace(b"\n", ending)
    fasta.write_bytes(data)
    fasta = packed(fasta, data) if compressed else fasta
    fai, gzi = indexed(fasta)
    check_index(fasta, fai, gzi)
    lines = [line.split("\t") for line in fai.read_text().splitlines()]
    for row in range(len(lines)):
        for column in range(5):
            for change in (-1, 1):
                changed = [list(line) for line in lines]
                text = changed[row][column]
                changed[row][column] = str(int(text) + change) if column else f"{text}x"
                # How a contig of one line is folded is nothing that its bases depend on.
                if column >= 3 and int(changed[row][1]) <= int(changed[row][3]) <= int(changed[row][4]):
                    continue
                fai.write_text("".join("\t".join(line) + "\n" for line in changed))
                refused(fasta, fai, gzi)
        fai.write_text("".join("\t".join(line) + "\n" for line in lines[:row] + lines[row + 1 :]))
        assert "does not follow" in refused(fasta, fai, gzi) or row == len(lines) - 1


def test_bases_are_found_in_every_block(tmp_path):
    text = decode(np.random.default_rng(1).integers(0, 4, 90_000).astype(np.uint8))
    fasta = packed(tmp_path / "long.fa", "".join(f">c{n}\n{text}\n" for n in range(4)).encode())
    fai, gzi = indexed(fasta)
    check_index(fasta, fai, gzi)
    whole = gzi.read_bytes()
    assert len(whole) > 5 * 16
    for place in range(0, len(whole), 8):
        gzi.write_bytes(whole[:place] + (int.from_bytes(whole[place : place + 8], "little") + 1).to_bytes(8, "little"))
        assert "is not the index of the blocks of" in refused(fasta, fai, gzi)
        changed = bytearray(whole)
        changed[place] ^= 1
        gzi.write_bytes(changed)
        assert "is not the index of the blocks of" in refused(fasta, fai, gzi)


def test_indices_that_are_none(fasta):
    fai, _ = indexed(fasta)
    for content in (b"", b"one\t500", b"\xff\xfe\n", b"one\t500\t-5\t60\t61\n", b"one\t500\t15\t0\t0\n"):
        fai.write_bytes(content)
        assert str(fai) in refused(fasta, fai, None)
