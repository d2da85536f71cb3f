import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.meme import read_meme, write_meme
from genomics.sequence.motif import from_counts

HEADER = "MEME version 4\n\nALPHABET= ACGT\n\n"
MATRIX = "letter-probability matrix: alength= 4 w= 2 nsites= 7 E= 0\n0.5 0.25 0.25 0\n0 0 0 1\n"
GOOD = HEADER + "MOTIF M1 one\n\n" + MATRIX


@pytest.fixture
def read(tmp_path):
    """Reads a MEME file of the given text."""

    def reader(text):
        path = tmp_path / "motifs.meme"
        path.write_text(text)
        return read_meme(path)

    return reader


def test_a_minimal_file(read):
    (motif,) = read(GOOD)
    assert (motif.identifier, motif.name, motif.nsites) == ("M1", "one", 7)
    assert np.array_equal(motif.probabilities, [[0.5, 0.25, 0.25, 0], [0, 0, 0, 1]])


def test_written_motifs_come_back(tmp_path):
    rng = np.random.default_rng(0)
    motifs = [
        from_counts(f"M{i}", name, rng.integers(0, 900, (5 + i, 4)) + 1) for i, name in enumerate(["", "A::B", "C"])
    ]
    write_meme(tmp_path / "out.meme", motifs)
    for ours, theirs in zip(motifs, read_meme(tmp_path / "out.meme"), strict=True):
        assert (ours.identifier, ours.name, ours.nsites) == (theirs.identifier, theirs.name, theirs.nsites)
        assert np.allclose(ours.probabilities, theirs.probabilities, atol=2e-10)
        assert np.allclose(theirs.probabilities.sum(1), 1, atol=1e-15)


def test_the_written_header(tmp_path):
    write_meme(tmp_path / "out.meme", [from_counts("M1", "one", np.full((1, 4), 3))], background=(0.3, 0.2, 0.2, 0.3))
    assert (tmp_path / "out.meme").read_text().splitlines() == [
        *("MEME version 4", "", "ALPHABET= ACGT", "", "strands: + -", "", "Background letter frequencies"),
        *("A 0.3 C 0.2 G 0.2 T 0.3", "", "MOTIF M1 one", ""),
        "letter-probability matrix: alength= 4 w= 1 nsites= 12 E= 0",
        "0.2500000000 0.2500000000 0.2500000000 0.2500000000",
    ]


def test_what_the_format_leaves_open(read):
    """No width, no sites, exponents, tabs, a DNA alphabet by name, and the text of the MEME Suite's own output."""
    (motif,) = read(
        "****\nMEME version 5.5.7 (Release date: today)\n****\n"
        'ALPHABET "DNA" DNA-LIKE\nCOMMAND LINE: meme in.fa\nMOTIF ACGT MEME-1\twidth = 2\n'
        "log-odds matrix: alength= 4 w= 1\n 1 2 3 4\nletter-probability matrix:\n"
        "1e0\t0 0 0\n0 2.5e-1 0.75 0\n\nTime 3 s\n"
    )
    assert (motif.identifier, motif.nsites) == ("ACGT", 20)
    assert np.array_equal(motif.probabilities, [[1, 0, 0, 0], [0, 0.25, 0.75, 0]])


def test_rounded_rows_are_divided_by_their_sums(read):
    (motif,) = read(GOOD.replace("0.5 0.25 0.25 0", "0.333 0.333 0.333 0"))
    assert np.allclose(motif.probabilities[0], [1 / 3, 1 / 3, 1 / 3, 0], atol=1e-15)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"is not a MEME file"),
        (">chr1\nACGT\n", r"is not a MEME file"),
        ("MOTIF M1\n" + MATRIX, r"is not a MEME file"),
        (GOOD.replace("version 4", "version 3.0"), r"line 1: 'MEME version 3.0': the version must be 4 or later"),
        (GOOD.replace("ACGT", "ACDEFGHIKLMNPQRSTVWY"), r"line 3: .*: the alphabet must be ACGT"),
        (HEADER, r"holds no motif"),
        (HEADER + "MOTIF M1\n", r"line 5: motif M1 has no 'letter-probability matrix:'"),
        (HEADER + "MOTIF M1\nMOTIF M2\n" + MATRIX, r"line 5: motif M1 has no"),
        (HEADER + "MOTIF\n" + MATRIX, r"line 5: MOTIF must be followed by an identifier"),
        (GOOD + "MOTIF M1\n" + MATRIX, r"line 10: motif M1 occurs twice"),
        (HEADER + MATRIX, r"line 5: a matrix without a line 'MOTIF <identifier>'"),
        (GOOD.replace("alength= 4", "alength= 20"), r"line 7: alength= 20: must be 4"),
        (GOOD.replace("w= 2", "w= 3"), r"line 7: the matrix has 2 rows; w= 3"),
        (GOOD.replace("w= 2", "w= 0"), r"line 7: the matrix has 0 rows; there must be at least one"),
        (GOOD.replace("w= 2", "w= two"), r"line 7: w= two: must be a number >= 0"),
        (GOOD.replace("nsites= 7", "nsites= -7"), r"line 7: nsites= -7: must be a number >= 0"),
        (GOOD.replace("nsites= 7", "nsites= nan"), r"line 7: nsites= nan: must be a number >= 0"),
        (GOOD.replace("0 0 0 1\n", ""), r"line 7: the matrix has 1 rows; w= 2"),
        (GOOD.replace("0 0 0 1", "0 0 0 x"), r"line 9: '0 0 0 x': a row must hold four numbers"),
        (GOOD.replace("0 0 0 1", "0 0 1"), r"line 9: 3 numbers in a row; must be four"),
        (GOOD.replace("0 0 0 1", "0 0 0 2"), r"line 9: '0 0 0 2': probabilities must lie in 0..1 and sum to 1"),
        (GOOD.replace("0 0 0 1", "0 0 0 0"), r"line 9: .*sum to 1"),
        (GOOD.replace("0 0 0 1", "0 0 0 nan"), r"line 9: .*sum to 1"),
        (GOOD.replace("0 0 0 1", "-1 1 0 1"), r"line 9: .*must lie in 0..1"),
    ],
)
def test_faults_name_file_line_value_and_rule(read, text, message):
    with pytest.raises(InputError, match=rf"motifs\.meme: {message}") as error:
        read(text)
    assert "\n" not in str(error.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match=r"absent\.meme: cannot be read: No such file"):
        read_meme(tmp_path / "absent.meme")
    (tmp_path / "binary.meme").write_bytes(b"MEME version 4\n\xff\xfe")
    with pytest.raises(InputError, match=r"binary\.meme: is not a text file \(byte 15"):
        read_meme(tmp_path / "binary.meme")


def test_identifiers_written_must_be_unique(tmp_path):
    motif = from_counts("M1", "", np.ones((1, 4)))
    with pytest.raises(InputError, match="motif M1 occurs twice"):
        write_meme(tmp_path / "out.meme", [motif, motif])
    assert not list(tmp_path.iterdir())


def test_a_large_collection(shared):
    motifs = read_meme(shared / "motifs" / "jaspar2026_core_vertebrates.meme")
    assert len(motifs) > 800
