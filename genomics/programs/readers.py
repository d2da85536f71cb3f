"""The table of readers of networks, and what is said of files that none reads."""

from collections.abc import Callable
from pathlib import Path

from genomics.errors import InputError
from genomics.io.torch import refusals
from genomics.models.network import Network

#: (path, length that fills what the file leaves open, backend of Keras where the file does not say it) -> the network.
Reader = Callable[[str, int | None, str | None], Network]


# Each brings its library's operations, which take a while to import, when a file is there to be read.
def _keras(path: str, length: int | None, backend: str | None) -> Network:
    from genomics.programs.keras_model import read_keras

    return read_keras(path, length, backend)


def _torch(path: str, length: int | None, _: str | None) -> Network:
    from genomics.programs.torch_model import read_torch

    return read_torch(path, length)


def _pwm(path: str, length: int | None, _: str | None) -> Network:
    from genomics.programs.pwm_model import read_pwm

    return read_pwm(path, length)


#: Ending of a file's name, in small letters -> its reader. A format more is one line here.
READERS: dict[str, Reader] = {".h5": _keras, ".hdf5": _keras, ".keras": _keras, ".pt2": _torch, ".meme": _pwm}

#: Endings of networks that are not read -> what such a file is, and the way out.
UNREAD: dict[str, str] = {
    **{ending: refusals.way_out(what) for ending, what in refusals.ENDINGS.items()},
    ".pb": "TensorFlow's graphs are not read; load it with Keras and save it by model.save('my_model.keras')",
    ".tf": "TensorFlow's graphs are not read; load it with Keras and save it by model.save('my_model.keras')",
    ".tflite": "TensorFlow's graphs are not read; save the network by Keras: model.save('my_model.keras')",
    ".pkl": "a pickle runs code when it is read",
    ".joblib": "a pickle runs code when it is read",
    ".npz": "arrays alone are no network",
    ".json": "a configuration alone holds no weights; save the network by model.save('my_model.keras')",
}


def check_no_file(spec: str, ending: str) -> None:
    """Raises InputError where `spec` is a file or folder that no reader takes, rather than a function."""
    path = Path(spec)
    if path.is_dir():
        inside = " with a SavedModel of TensorFlow" if (path / "saved_model.pb").exists() else ""
        way_out = UNREAD[".pb"] if inside else "a folder of train.py is given by --workdir"
        raise InputError(f"--model={spec}: is a folder{inside}; {way_out}")
    what = UNREAD.get(ending)
    if what is None and path.is_file():
        what = f"the ending {ending!r} is not known" if ending else "the name has no ending"
    function = all(spec.partition(":"))
    if function and not (what and path.is_file()):
        return
    files = ", ".join(f"FILE{ending}" for ending in READERS)
    reason = f"{what}; " if what else ""
    raise InputError(f"--model={spec}: {reason}must be {files} or MODULE:FUNCTION")
