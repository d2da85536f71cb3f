"""MEME files, as the filters of a network that train.py makes."""

import pytest

START = "MEME version 4\n\nALPHABET= ACGT\n\n"
MATRIX = "letter-probability matrix: alength= 4 w= 2 nsites= 10 E= 0\n"
ROWS = "0.25 0.25 0.25 0.25\n1.0 0 0 0\n"
MOTIF = "MOTIF M1 name\n\n"
CASES = {
    "empty": (b"", "is not a MEME file; its first line must be 'MEME version 4'"),
    "text": (b"motif\n", "is not a MEME file"),
    "no version": ((MOTIF + MATRIX + ROWS).encode(), "is not a MEME file"),
    "version 3": (b"MEME version 3\n", "line 1: 'MEME version 3': the version must be 4 or later"),
    "version x": (b"MEME version x\n", "line 1: 'MEME version x': the version must be 4 or later"),
    "protein": (b"MEME version 4\nALPHABET= ACDEFGHIKLMNPQRSTVWY\n", "line 2: .*: the alphabet must be ACGT"),
    "RNA": (b"MEME version 4\nALPHABET= ACGU\n", "line 2: .*: the alphabet must be ACGT"),
    "no motif": (START.encode(), "holds no motif"),
    "no identifier": ((START + "MOTIF\n" + MATRIX + ROWS).encode(), "line 5: MOTIF must be followed by an identifier"),
    "identifier twice": (
        (START + (MOTIF + MATRIX + ROWS + "\n") * 2).encode(),
        "line 11: motif M1 occurs twice; identifiers must be unique",
    ),
    "no matrix": ((START + MOTIF).encode(), "line 5: motif M1 has no 'letter-probability matrix:'"),
    "matrix alone": ((START + MATRIX + ROWS).encode(), "line 5: a matrix without a line 'MOTIF <identifier>'"),
    "rows missing": ((START + MOTIF + MATRIX + ROWS[:20]).encode(), "line 7: the matrix has 1 rows; w= 2"),
    "no rows": ((START + MOTIF + MATRIX).encode(), "line 7: the matrix has 0 rows"),
    "three columns": (
        (START + MOTIF + MATRIX + "0.5 0.25 0.25\n").encode(),
        "line 8: 3 numbers in a row; must be four",
    ),
    "text in a row": (
        (START + MOTIF + MATRIX + "A C G T\n").encode(),
        "line 8: 'A C G T': a row must hold four numbers",
    ),
    "nan": ((START + MOTIF + MATRIX + "nan nan nan nan\n").encode(), "line 8: .*: probabilities must lie in 0..1"),
    "inf": ((START + MOTIF + MATRIX + "inf 0 0 0\n").encode(), "line 8: .*: probabilities must lie in 0..1"),
    "negative": ((START + MOTIF + MATRIX + "-1 1 1 0\n").encode(), "line 8: .*: probabilities must lie in 0..1"),
    "counts": (
        (START + MOTIF + MATRIX + "5 3 1 1\n").encode(),
        "line 8: .*: probabilities must lie in 0..1 and sum to 1",
    ),
    "sum 0": (
        (START + MOTIF + MATRIX + "0 0 0 0\n").encode(),
        "line 8: .*: probabilities must lie in 0..1 and sum to 1",
    ),
    "w is negative": (
        (START + MOTIF + MATRIX.replace("w= 2", "w= -2")).encode(),
        "line 7: w= -2: must be a number >= 0",
    ),
    "w is huge": ((START + MOTIF + MATRIX.replace("w= 2", "w= 1e300") + ROWS).encode(), "line 7: w= 1e300: must be"),
    "five letters": ((START + MOTIF + MATRIX.replace("h= 4", "h= 5") + ROWS).encode(), "line 7: alength= 5: must be 4"),
    "NUL": ((START + MOTIF + MATRIX + "0.2\x005 0.25 0.25 0.25\n").encode(), r"line 8: '0.2\\x005 .*: a row must hold"),
    "not UTF-8": ((START + "MOTIF n\xe4me\n").encode("latin-1"), "is not a text file .byte 39 is not UTF-8"),
    "junk": (bytes(range(128, 256)), "is not a text file"),
}


@pytest.mark.parametrize("name", CASES)
def test_malformed(name, good, refused, tmp_path):
    content, message = CASES[name]
    path = tmp_path / "bad.meme"
    path.write_bytes(content)
    arguments = (f"--config={good / 'motifs.py'}", f"--config.model.motifs={path}", f"--workdir={tmp_path / 'run'}")
    refused(f"{path}: {message}", "train", *arguments, keeps=good)


@pytest.mark.parametrize(("name", "message"), [("absent", "No such file"), ("", "Is a directory")])
def test_no_file(name, message, good, refused, tmp_path):
    path = tmp_path / name
    arguments = (f"--config={good / 'motifs.py'}", f"--config.model.motifs={path}", f"--workdir={tmp_path / 'run'}")
    refused(f"{path}: cannot be read: {message}", "train", *arguments, keeps=good)
