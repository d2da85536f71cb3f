"""References: `.npy` files and their other forms, for interpret.py."""

import io

import numpy as np
import pytest


def npy(array, **options):
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


WHOLE = npy(np.full((24, 4), 0.25, np.float32))
CASES = {
    "empty": (b"", "cannot be read as a NumPy array"),
    "text": (b"0.25,0.25,0.25,0.25\n" * 24, "cannot be read as a NumPy array"),
    "junk": (bytes(range(256)), "cannot be read as a NumPy array"),
    "cut in the header": (WHOLE[:60], "cannot be read as a NumPy array"),
    "cut in the numbers": (WHOLE[:-9], "cannot be read as a NumPy array .Failed to read all data"),
    "damaged header": (WHOLE.replace(b"'shape'", b"'shap(\xff"), "cannot be read as a NumPy array"),
    "a header that is code": (WHOLE.replace(b"(24, 4), ", b"exit(4),"), "cannot be read as a NumPy array"),
    "huge shape": (WHOLE.replace(b"(24, 4), }      ", b"(240000000, 4),}"), "cannot be read as a NumPy array"),
    "archive": (b"PK\3\4" + bytes(60), "cannot be read as a NumPy array"),
    "objects": (npy(np.array([[{}] * 4] * 24), allow_pickle=True), "cannot be read as a NumPy array .*pickle"),
    "texts": (npy(np.full((24, 4), "A")), "holds <U1, must hold real numbers"),
    "complex": (npy(np.zeros((24, 4), complex)), "holds complex128, must hold real numbers"),
    "another length": (npy(np.zeros((25, 4))), "holds sequences of length 25, the network reads 24"),
    "bases first": (npy(np.zeros((4, 24))), r"shape \(4, 24\), must be \(L, 4\) or \(K, L, 4\)"),
    "one axis": (npy(np.zeros(4)), r"shape \(4,\), must be"),
    "four axes": (npy(np.zeros((1, 1, 24, 4))), r"shape \(1, 1, 24, 4\), must be"),
    "nothing": (npy(np.zeros((0, 24, 4))), r"shape \(0, 24, 4\), must be"),
    "nan": (npy(np.full((24, 4), np.nan)), "holds a number that is not finite"),
    "inf": (npy(np.full((24, 4), -np.inf)), "holds a number that is not finite"),
    "beyond float32": (npy(np.full((24, 4), 1e300)), "holds a number that is not finite"),
}


@pytest.mark.parametrize("name", CASES)
def test_file(name, good, interpret_refused, tmp_path):
    content, message = CASES[name]
    path = tmp_path / "bad.npy"
    path.write_bytes(content)
    arguments = ("--methods=deeplift", f"--sequences={good / 'few.fa'}")
    interpret_refused(f"reference {path}: {message}", f"--reference={path}", *arguments)


TEXTS = {
    "": "reference '': must be",
    "ones": "reference 'ones': must be zeros, uniform, background",
    "0.25,0.25,0.5": "frequencies are four, not negative, and sum to 1",
    "0.5,0.5,0.5,0.5": "frequencies are four",
    "-1,1,1,0": "frequencies are four, not negative",
    "nan,nan,nan,nan": "frequencies are four",
    "inf,0,0,0": "frequencies are four",
    "a,c,g,t": "reference 'a,c,g,t': must be",
    "dinucleotide:0": "the number of shuffles must be a positive whole number",
    "dinucleotide:-3": "the number of shuffles must be a positive whole number",
    "dinucleotide:1.5": "the number of shuffles must be a positive whole number",
    "dinucleotide:": "the number of shuffles must be a positive whole number",
    "background": "--data=FILE.h5 or --sequences=FILE.fa must give|the data set",
    "absent.npy": "reference absent.npy: cannot be read as a NumPy array .*No such file",
}


@pytest.mark.parametrize("text", TEXTS)
def test_text(text, good, interpret_refused):
    interpret_refused(TEXTS[text], f"--reference={text}", "--methods=deeplift", f"--sequences={good / 'few.fa'}")
