"""Damaged and hostile `.pt2` files: one line each, and no more memory than a file of that size may need."""

import copy
import gzip
import io
import json
import random
import tracemalloc
import zipfile

import pytest

from genomics.errors import InputError
from genomics.io.torch import read
from genomics.models.torch import load

MODEL, WEIGHTS = "models/model.json", "data/weights/model_weights_config.json"
#: More than reading and tracing this small network takes, and far less than what the hostile files ask for.
MEMORY = 300 << 20


@pytest.fixture(scope="module")
def members(repository):
    whole = gzip.decompress((repository / "tests/fixtures/torch/basset.decomposed.pt2.gz").read_bytes())
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def written(tmp_path, members):
    def write(changes=(), *, compression=zipfile.ZIP_STORED, root="model/"):
        path = tmp_path / "m.pt2"
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, data in {**members, **dict(changes)}.items():
                if data is not None:
                    archive.writestr(f"{root}{name}", data)
        return path

    return write


def refused(path):
    """The message of the error, which must be the only thing that happens."""
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as caught:
            load(path)
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert message.isprintable()  # so it is one line
    return message


def counts(path, reader):
    """Whether a damage is refused; nothing else may be raised."""
    try:
        reader(path)
    except InputError as error:
        message = str(error)
    else:
        return False
    assert message.isprintable()
    return True


def test_the_whole_file_is_read(written):
    assert load(written()).network.outputs[0].shape == (3,)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.2, 0.5, 0.8, 0.95, 0.99, 0.9999])
def test_cut_files(written, share):
    path = written()
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    assert "damaged or truncated" in refused(path)


def test_bytes_that_changed(written):
    path = written()
    whole = path.read_bytes()
    generator = random.Random(0)
    seen = 0
    for _ in range(20):
        place = generator.randrange(len(whole))
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        seen += counts(path, read)
    assert seen >= 12  # others lie in what is not read: sample inputs, dates


@pytest.mark.parametrize("name", [MODEL, WEIGHTS, "data/weights/weight_0", "byteorder"])
def test_members_that_are_missing(written, name):
    assert name.split("/")[-1].removesuffix(".json") in refused(written({name: None})) or name == MODEL


def test_other_archives_are_named_with_the_way_out(tmp_path, written):
    def of(*names):
        path = tmp_path / "other.pt2"
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, b"")
        return refused(path)

    assert "AOTInductor" in of("m/data/aotinductor/model/x.so", "m/archive_format")
    assert "TorchScript" in of("m/data.pkl", "m/constants.pkl")
    assert "torch.save" in of("m/data.pkl", "m/data/0")
    assert "PyTorch 2.8 or before" in of("serialized_exported_program.json", "serialized_state_dict.pt")
    assert "Keras" in of("config.json", "metadata.json", "model.weights.h5")
    assert "as torch.export.save leaves them where it fails" in of("m/archive_format", "m/data/weights/weight_0")
    assert "is no program exported by PyTorch" in of("readme.txt")
    for message in (of("m/data.pkl"), of("readme.txt")):
        assert "torch.export.save(program, 'model.pt2')" in message
    pickle = tmp_path / "pickle.pt2"
    pickle.write_bytes(b"\x80\x02}q\x00.")
    assert "a pickle" in refused(pickle)
    assert "holds 2 programs" in refused(written({"models/other.json": b"{}"}))


def changed(members, name, path, value):
    """A member with one field replaced (... deletes it)."""
    document = json.loads(members[name])
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return {name: json.dumps(document).encode()}


HOSTILE = {
    "another generation": (MODEL, ["schema_version", "major"], 9, "generation 8 is read"),
    "not an object": (MODEL, ["graph_module"], [], "must be an object"),
    "unknown operation": (MODEL, ["graph_module", "graph", "nodes", 0, "target"], "my.op.default", "not in the file"),
    "random": (MODEL, ["graph_module", "graph", "nodes", 2, "target"], "torch.ops.aten.bernoulli.default", "random"),
    "a huge pickled weight": (WEIGHTS, ["config", "0.weight", "use_pickle"], True, "pickles are never read"),
    "complex": (WEIGHTS, ["config", "0.weight", "tensor_meta", "dtype"], 10, "complex64"),
    "sparse": (WEIGHTS, ["config", "0.weight", "tensor_meta", "layout"], 1, "only dense tensors"),
    "a member outside": (WEIGHTS, ["config", "0.weight", "path_name"], "../../../etc/passwd", "is not in the archive"),
    "a huge size": (WEIGHTS, ["config", "0.bias", "tensor_meta", "sizes", 0, "as_int"], 1 << 39, "bytes of memory"),
    "a huge stride": (WEIGHTS, ["config", "0.bias", "tensor_meta", "strides", 0, "as_int"], 1 << 30, "reach byte"),
    "an offset": (WEIGHTS, ["config", "0.bias", "tensor_meta", "storage_offset", "as_int"], 7, "reach byte"),
    "a negative stride": (
        WEIGHTS,
        ["config", "0.bias", "tensor_meta", "strides", 0, "as_int"],
        -1,
        "whole number from 0",
    ),
    "fewer strides": (WEIGHTS, ["config", "0.bias", "tensor_meta", "strides"], [], "1 sizes and 0 strides"),
    "a name that obeys": (MODEL, ["graph_module", "graph", "nodes", 0, "target"], "a\x1b[2J.b", "not in the file"),
    "a training program": (
        MODEL,
        ["graph_module", "signature", "output_specs", 0],
        {"loss_output": {"arg": {"name": "addmm_1"}}},
        "program for training",
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_fields(written, members, what):
    name, path, value, part = HOSTILE[what]
    assert part in refused(written(changed(members, name, path, value)))


def test_tensors_that_expand_to_more_than_a_file_may_need(written, members):
    document = json.loads(members[WEIGHTS])
    meta = document["config"]["0.bias"]["tensor_meta"]
    meta["sizes"], meta["strides"] = [{"as_int": 1 << 16}, {"as_int": 1 << 16}], [{"as_int": 0}, {"as_int": 0}]
    assert "more than a file of" in refused(written({WEIGHTS: json.dumps(document)}))


def test_bombs(written):
    path = written({"data/weights/weight_0": b"\0" * (200 << 20)}, compression=zipfile.ZIP_DEFLATED)
    assert "more than a file of" in refused(path)
    path = written({MODEL: b"[" * (20 << 20)}, compression=zipfile.ZIP_DEFLATED)
    assert "more than a file of" in refused(path)
    assert "is not JSON" in refused(written({MODEL: b"[" * 100_000}))


def node(target, *arguments, output="made"):
    return {
        "target": target,
        "inputs": [{"name": name, "arg": value, "kind": 1} for name, value in arguments],
        "outputs": [{"as_tensor": {"name": output}}],
        "metadata": {},
        "name": output,
    }


GREEDY = {
    "full": [("size", {"as_ints": [1 << 20, 1 << 20]}), ("fill_value", {"as_int": 0})],
    "arange": [("end", {"as_int": 1 << 40})],
    "eye": [("n", {"as_int": 1 << 20})],
}


@pytest.mark.parametrize("operation", GREEDY)
def test_constants_that_no_network_needs(written, members, operation):
    document = json.loads(members[MODEL])
    graph = document["graph_module"]["graph"]
    graph["nodes"].insert(0, node(f"torch.ops.aten.{operation}.default", *GREEDY[operation]))
    total = node("torch.ops.aten.sum.default", ("self", {"as_tensor": {"name": "made"}}), output="total")
    graph["nodes"].insert(1, total)
    result = document["graph_module"]["signature"]["output_specs"][0]["user_output"]["arg"]["as_tensor"]["name"]
    pair = [("self", {"as_tensor": {"name": result}}), ("other", {"as_tensor": {"name": "total"}})]
    graph["nodes"].append(node("torch.ops.aten.add.Tensor", *pair, output="end"))
    document["graph_module"]["signature"]["output_specs"][0]["user_output"]["arg"]["as_tensor"]["name"] = "end"
    message = refused(written({MODEL: json.dumps(document)}))
    assert f"aten.{operation}.default" in message


def test_damaged_documents_raise_nothing_else(written, members):
    """Every kind of place in both documents, with values of other types."""
    generator = random.Random(1)
    values = [None, -1, 1 << 70, "x", [], {}, True, 0.5, [[]], {"as_int": 3}]
    counted = 0
    for name in (MODEL, WEIGHTS):
        document = json.loads(members[name])
        places = list(_places(document))
        for path in generator.sample(places, 90):
            damaged = copy.deepcopy(document)
            inner = damaged
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = generator.choice(values)
            counted += counts(written({name: json.dumps(damaged)}), load)
    assert counted >= 100


def _places(document, path=()):
    """Paths of fields that are read: neither metadata nor what is not looked at."""
    items = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in items:
        if key in ("metadata", "requires_grad", "device", "guards_code", "verifiers", "opset_version", "kind", "name"):
            continue
        if key in ("module_call_graph", "tensor_values", "is_hop_single_tensor_return"):
            continue
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from _places(value, (*path, key))
