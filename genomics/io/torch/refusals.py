"""Files of trained networks that are not read, and the lines that make one that is."""

import zipfile
from pathlib import Path

#: The lines that export a network of PyTorch.
EXPORT = (
    "in Python with PyTorch 2.9 or later: model.eval(); "
    "program = torch.export.export(model, (torch.zeros(1, 4, LENGTH),)); torch.export.save(program, 'model.pt2')"
)
#: The same for graphs whose recurrences were written out.
KEEP_RECURRENCES = (
    "table = torch.export.default_decompositions(); table.pop(torch.ops.aten.lstm.input); "
    "table.pop(torch.ops.aten.gru.input); program = program.run_decompositions(table)"
)

#: Ending of a file that is not read -> what it is.
ENDINGS = {
    ".pt": "weights or a pickled module of PyTorch",
    ".pth": "weights or a pickled module of PyTorch",
    ".ckpt": "a checkpoint with pickled weights",
    ".onnx": "ONNX",
    ".safetensors": "weights without their network",
}


def way_out(what: str) -> str:
    """What is wrong with such a file, and how its network is exported."""
    return f"{what}, which is not read: code would have to be run, or the network is not in it. Export it {EXPORT}"


def kind_of_zip(names: list[str]) -> str | None:
    """What an archive is that holds no exported program; None for a zip of nobody known."""
    if any("/data/aotinductor/" in f"/{name}" for name in names):
        return "code compiled by AOTInductor for one machine, which would have to be run"
    if any(name.endswith("serialized_exported_program.json") for name in names):
        return "a program exported by PyTorch 2.8 or before, whose weights are pickled"
    if any(name.endswith("constants.pkl") for name in names):
        return "a TorchScript archive"
    if any(name.endswith("data.pkl") for name in names):
        return "weights or a pickled module of PyTorch (torch.save)"
    if any(name.endswith(("metadata.json", "model.weights.h5")) for name in names):
        return "an archive of Keras; its name must end in .keras"
    if any("/data/weights/" in f"/{name}" for name in names):
        return "weights without a graph, as torch.export.save leaves them where it fails"
    return None


def kind_of_file(path: Path) -> str | None:
    """What a file is that is no zip, from its first bytes."""
    with path.open("rb") as file:
        start = file.read(16)
    if start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "a pickle (torch.save of old)"
    if start.startswith(b"\x89HDF"):
        return "an HDF5 file; if Keras wrote it, its name must end in .h5"
    if start[:2] == b"\x08\x03" or b"pytorch" in start or b"onnx" in start:
        return "an ONNX file"
    return None


def is_zip(path: Path) -> bool:
    """Whether the file begins as a zip does."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04" or zipfile.is_zipfile(path)
