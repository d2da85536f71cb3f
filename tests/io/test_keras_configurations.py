"""Faults in a Keras model's configuration: each is one line that names the file, the place, the value and the rule."""

import json
import shutil
from pathlib import Path

import h5py
import pytest

from genomics.errors import InputError
from genomics.io.keras import read


@pytest.fixture
def whole_model(repository: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(repository / "tests/fixtures/keras/lab_keras2.h5", tmp_path / "model.h5"))


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        read(path)
    message = str(error.value)
    assert message.startswith(str(path))
    assert message.isprintable()
    assert len(message) < 1200
    return message


def dense(name: str, source: str, **more: object) -> dict:
    entry = {"class_name": "Dense", "config": {"name": name}, "name": name, "inbound_nodes": [[[source, 0, 0, {}]]]}
    return entry | more


def functional(*entries: dict, inputs: object = None, outputs: object = None) -> dict:
    first = {
        "class_name": "InputLayer",
        "config": {"batch_input_shape": [None, 9, 4]},
        "name": "x",
        "inbound_nodes": [],
    }
    config = {
        "layers": [first, *entries],
        "input_layers": inputs or [["x", 0, 0]],
        "output_layers": outputs or [["y", 0, 0]],
    }
    return {"class_name": "Functional", "config": config}


def layer(class_name: str, module: object = None, registered: object = None, **config: object) -> dict:
    entry = {"class_name": class_name, "config": {"name": "y", **config}, "name": "y"}
    entry |= {"inbound_nodes": [[["x", 0, 0, {}]]], "module": module, "registered_name": registered}
    return functional(entry)


CONFIGURATIONS = [
    ([], "has no class_name and config"),
    (3, "has no class_name and config"),
    ({"class_name": "Sequential", "config": 3}, "must hold a list of layers, holds None"),
    ({"class_name": "Sequential", "config": {"layers": []}}, "must hold a list of layers, holds []"),
    ({"class_name": "Sequential", "config": {"layers": [5]}}, "layers[0] is 5"),
    (
        {"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {}}]}},
        "and a printable name",
    ),
    (layer("Den\udcf3e"), "layer 'y' (Den?e): is no layer of Keras, so a custom layer"),
    (layer("Den\nse"), "layer 'y' (Den se): is no layer of Keras, so a custom layer"),
    (functional(dense("y\n", "x"), outputs=[["y\n", 0, 0]]), "and a printable name"),
    (functional(dense("\ud800", "x"), outputs=[["\ud800", 0, 0]]), "and a printable name"),
    ({"class_name": "Sequential", "config": {"layers": [layer("Dense")["config"]["layers"][1]]}}, "input shape [None]"),
    ({"class_name": "MyModel", "config": {}}, "class 'MyModel' is Python code"),
    ({"class_name": ["x"], "config": {}}, "class ['x'] is Python code"),
    (layer("Lambda", "keras.layers", function="4wEA"), "layer 'y' (Lambda): a Lambda layer is Python code"),
    (layer("Mine", None, "Custom>Mine"), "layer 'y' (Mine): a custom layer (Custom>Mine)"),
    (layer("Custom>Mine"), "layer 'y' (Custom>Mine): a custom layer"),
    (layer("Dense", "my_code.layers", "Dense"), "layer 'y' (Dense): a custom layer (my_code.layers.Dense)"),
    (layer("Mine"), "layer 'y' (Mine): is no layer of Keras, so a custom layer"),
    (layer("ConvLSTM1D", "keras.layers"), "layer 'y' (ConvLSTM1D): this layer of Keras is not read; build"),
    (layer("Convolution1D"), "layer 'y' (Convolution1D): a layer of Keras 1"),
    (layer("Sequential", "keras.models", layers=[]), "must hold a list of layers, holds []"),
    (layer("TFOpLambda", function="math.zeta"), "the TensorFlow function 'math.zeta' is not read"),
    (layer("SlicingOpLambda", function="__getitem__"), "the TensorFlow function '__getitem__' is not read"),
    (layer("Sort", "keras.src.ops.numpy"), "the operation keras.src.ops.numpy.Sort is not read"),
    (layer("Dense", use_bias="no"), "use_bias='no': must be true or false"),
    (functional(dense("y", "x"), dense("y", "x")), "two layers have the same name"),
    (functional(dense("y", "z")), "layer 'z' is used but not described"),
    (functional(dense("y", "z"), dense("z", "y")), "feeds itself"),
    (functional(dense("y", "y")), "feeds itself"),
    (functional(dense("y", "x", inbound_nodes=[])), "the output does not depend on the input 'x'"),
    (
        functional(
            dense("z", "x", inbound_nodes=[]),
            dense("y", "x", class_name="Add", inbound_nodes=[[["x", 0, 0, {}], ["z", 0, 0, {}]]]),
        ),
        "layer 'z' (Dense): is fed by no other layer",
    ),
    (functional(dense("y", "x"), inputs=[["x", 0, 0], ["y", 0, 0]]), "input 'y' is no input layer"),
    (functional(dense("y", "x"), outputs=[["y", 3, 0]]), "inbound node 3: is used but not described"),
    (functional(dense("y", "x"), outputs=[["y", 0, -1]]), "names its input as ['y', 0, -1]"),
    (
        functional(dense("y", "x"), outputs=[]) | {"config": {"layers": [dense("y", "x")]}},
        "must name the model's input",
    ),
    (functional(dense("y", "x", inbound_nodes=3)), "is used but not described"),
    (functional(dense("y", "x", inbound_nodes=[3])), "must be a list of tensors"),
    (functional(dense("y", "x", inbound_nodes=[[3]])), "names its input as 3"),
    (functional(dense("y", "x", inbound_nodes=[[["x", 0, 0, {"training": True}]]])), "training=True"),
    (functional(dense("y", "x", inbound_nodes=[[["x", 0, 0, {"scale": 2.0}]]])), "has the argument scale=2.0"),
    (functional(dense("y", "x", inbound_nodes=[{"args": 3}])), "args must be a list"),
    (functional(dense("y", "x", inbound_nodes=[{"args": [2.0], "kwargs": {}}])), "has the argument 2.0"),
    (functional(dense("y", "x"), outputs=[["x", 0, 0]]), None),
]


@pytest.mark.parametrize(("config", "text"), CONFIGURATIONS, ids=range(len(CONFIGURATIONS)))
def test_configurations(whole_model, config, text):
    with h5py.File(whole_model, "r+") as file:
        file.attrs["model_config"] = json.dumps(config)
    if text is None:  # the input is also the output: an odd network, but one that can be described
        assert len(read(whole_model).calls) == 1
    else:
        assert text in refused(whole_model)


@pytest.mark.parametrize("shape", [None, 3, [], [None], [None, 0, 4], [None, "x", 4], [None, 2.5], {}], ids=str)
def test_input_shapes(whole_model, shape):
    with h5py.File(whole_model, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        config["config"]["layers"][0]["config"]["batch_input_shape"] = shape
        file.attrs["model_config"] = json.dumps(config)
    assert "(InputLayer): input shape" in refused(whole_model)
