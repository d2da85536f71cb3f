"""Networks whose batch PyTorch left open, against its own outputs: axes of size 1 there, and states of an LSTM."""

import gzip
from pathlib import Path

import jax
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.models.torch import load
from tests.models.torch_programs import computed, operation
from tests.npz import arrays

FOLDER = Path(__file__).parents[1] / "fixtures/torch"
FILES = sorted(str(path.relative_to(FOLDER))[:-7] for path in FOLDER.glob("2.*/*.pt2.gz"))


@pytest.mark.parametrize("name", FILES)
def test_outputs_are_those_of_pytorch(tmp_path, name):
    (tmp_path / "x.pt2").write_bytes(gzip.decompress((FOLDER / f"{name}.pt2.gz").read_bytes()))
    stored = arrays(FOLDER / name.split("/")[0] / "outputs.npz")
    network = load(tmp_path / "x.pt2").network
    assert network.written_by.startswith(f"PyTorch {name.split('/')[0]}")
    expected = stored[name.split("/")[1].split(".")[0]]
    assert np.ptp(expected) > 0.05
    (found,) = jax.jit(jax.vmap(network.apply, (None, 0)))(network.parameters, stored["x"])
    # PyTorch 2.9 gives an axis more itself, of what it wrote again of a network that reads last states.
    assert found.shape in ((2, 3), (2, 1, 3))
    assert (found.shape == (2, 3)) == (name not in ("2.9.1/states.decomposed", "2.9.1/states.whole"))
    np.testing.assert_allclose(found.reshape(2, 3), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("dim", [7, -9, (0, 9), "x", (1.5,)])
def test_axes_that_are_none_are_one_clear_error(dim):
    nodes = [operation("relu.default", "h", self="x"), operation("squeeze.dim", "y", self="h", dim=dim)]
    with pytest.raises(InputError, match=r"hand\.pt2: operation aten\.squeeze\.dim"):
        computed(nodes, "y", x=np.zeros((4, 6), np.float32), inputs={"x": ((None, 4, 6), 7)}, sizes={"h": (None, 4, 6)})


def test_all_forms_are_there():
    assert len(FILES) == 16
