"""Every file is written through the one home of writing, `genomics/io/atomic.py`, or not at all."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

HOME = "genomics/io/atomic.py"
#: Calls that write or move files, by their last name.
NOWHERE = {
    *("replace", "renames", "link", "symlink"),
    *("copy", "copy2", "copytree", "move", "mkstemp", "NamedTemporaryFile", "TemporaryFile"),
    *("dump", "savez_compressed", "savetxt", "tofile", "to_csv", "imsave", "open_memmap", "memmap", "TarFile"),
}
#: Those of libraries that write to a path or a file: who calls them on the temporary file of `replacing`, or in memory.
#: Benchmarks fill folders of their own, and temporary ones with the input of what they measure.
ONLY_IN = {
    "open": {
        "benchmarks/bigwig.py",
        "benchmarks/keras_training.py",
        "benchmarks/limits.py",
        "benchmarks/synthetic.py",
        "genomics/command.py",
        "genomics/compilation_cache.py",  # entries are no results: nobody misses one that is not written
        "genomics/io/bigwig/writer.py",
        "genomics/io/direct.py",
        "genomics/io/hdf5_write.py",
        "genomics/io/lock.py",
        "genomics/io/modisco.py",
        "genomics/io/variant_table.py",
        "genomics/io/vcf.py",
    },
    "write_text": {
        "benchmarks/host_path.py",
        "benchmarks/limits.py",
        "benchmarks/networks.py",
        "genomics/io/genome.py",
    },
    "write_bytes": {"genomics/io/genome.py"},
    "rename": {"genomics/compilation_cache.py"},
    "h5py.File": {"genomics/io/hdf5_write.py"},
    "copyfile": {"genomics/io/hdf5_write.py"},
    "ftruncate": {"genomics/io/lock.py"},
    "truncate": {"genomics/io/hdf5_write.py"},
    "BGZFile": {"genomics/io/vcf.py"},
    "tabix_index": {"genomics/io/vcf.py"},
    "faidx": {"genomics/io/genome.py"},
    "ZipFile": {"genomics/io/modisco.py"},
    "Checkpointer": {"genomics/training/checkpoint.py"},
    "savefig": {"genomics/io/png.py", "genomics/io/figure.py"},
    "savez": {"genomics/io/parts.py"},
    "save": {"benchmarks/keras_export.py", "benchmarks/tutorial.py"},
    "symlink_to": {"benchmarks/tutorial.py"},
}
#: What these names mean in some modules and on some objects writes no file.
HARMLESS = {("copy", "copy"), ("ast", "dump"), ("dataclasses", "replace"), ("checkpoints", "save"), ("files", "save")}
#: Place of the mode among the arguments: the path comes first, but where a path is what is opened.
_PLACES = {"h5py.File": 1, "ZipFile": 1, "TarFile": 1, "BGZFile": 1, "memmap": 2}
_PATH_FIRST = {None, "gzip", "bz2", "lzma", "io", "codecs", "pybigtools", "Image"}


def writes(call: ast.Call) -> str | None:
    """The name of a call that writes, as in the tables above."""
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    owner = getattr(function, "value", None)
    module = owner.id if isinstance(owner, ast.Name) else None if owner is None else ""
    name = "h5py.File" if name == "File" and module == "h5py" else name
    if (name not in NOWHERE and name not in ONLY_IN) or (module, name) in HARMLESS:
        return None
    arguments = len(call.args) + len(call.keywords)
    if name == "open" and module in ("os", "tensorstore"):
        text = ast.dump(call)
        return name if "O_WRONLY" in text or "O_RDWR" in text or "create" in text else None
    if name in ("open", *_PLACES):
        mode = call.args[_PLACES.get(name, 1 if module in _PATH_FIRST else 0) :][:1]
        mode += [each.value for each in call.keywords if each.arg == "mode"]
        if not mode or not isinstance(mode[0], ast.Constant):  # who knows; many things but files have a method `open`
            return name if mode and (name != "open" or module in _PATH_FIRST) else None
        return name if set(str(mode[0].value)) & set("wax+") else None
    if name in ("write_text", "write_bytes"):  # methods of paths; functions of these names are those of the home
        return None if owner is None or module == "atomic" else name
    if name in ("replace", "copy", "dump", "save", "move"):  # of texts, of records and arrays, to texts, and our own
        own = owner is None or not arguments
        return None if own or (name == "replace" and module != "os" and arguments > 1) else name
    return name


def sources():
    return [*ROOT.glob("*.py"), *ROOT.glob("genomics/**/*.py"), *ROOT.glob("benchmarks/**/*.py")]


def test_every_writer_goes_through_the_one_home():
    wrong = []
    for path in sources():
        name = str(path.relative_to(ROOT))
        if name == HOME:
            continue
        for call in ast.walk(ast.parse(path.read_text())):
            found = writes(call) if isinstance(call, ast.Call) else None
            if found and name not in ONLY_IN.get(found, ()):
                wrong.append(f"{name}:{call.lineno}: {found}")
    assert not wrong, f"{wrong}: write through genomics.io.atomic, see its first lines"


@pytest.mark.parametrize(
    "code",
    [
        "open(path, 'w')",
        "open(path, mode='ab')",
        "open(path, mode)",
        "path.open('w')",
        "path.open(mode='x')",
        "gzip.open(path, 'wb')",
        "os.open(path, os.O_WRONLY | os.O_CREAT)",
        "h5py.File(path, 'w')",
        "h5py.File(path, 'a')",
        "h5py.File(path, mode)",
        "zipfile.ZipFile(path, 'w')",
        "pysam.BGZFile(path, 'w', None)",
        "pybigtools.open(path, 'w')",
        "figure.savefig(path)",
        "np.save(path, values)",
        "np.savez(path, a=values)",
        "values.tofile(path)",
        "path.write_text(text)",
        "(folder / name).write_bytes(data)",
        "temporary.replace(path)",
        "os.replace(temporary, path)",
        "path.rename(other)",
        "shutil.copyfile(one, other)",
        "shutil.copy(one, other)",
        "json.dump(values, file)",
        "np.memmap(path, np.uint8, mode='w+')",
        "tempfile.NamedTemporaryFile()",
        "ocp.training.Checkpointer(folder)",
        "tensorstore.open(store, create=True)",
    ],
)
def test_a_writer_is_seen(code):
    assert writes(ast.parse(code).body[0].value)


@pytest.mark.parametrize(
    "code",
    [
        "open(path)",
        "path.open('rb')",
        "path.open(encoding='utf-8')",
        "gzip.open(path, 'rt', encoding='utf-8')",
        "h5py.File(path)",
        "h5py.File(path, 'r')",
        "text.replace('a', 'b')",
        "dataclasses.replace(network)",
        "replace(settings, rule=1)",
        "np.memmap(path, np.uint8, 'r')",
        "Image.open(path)",
        "values.copy()",
        "json.dumps(values)",
        "write_text(path, text)",
        "atomic.write_bytes(path, data)",
        "tensorstore.open(store, open=True, read=True)",
    ],
)
def test_what_only_reads_is_not(code):
    assert not writes(ast.parse(code).body[0].value)
