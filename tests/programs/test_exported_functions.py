"""Networks that come back from `jax.export`: batched one by one, differentiated where their derivative was kept."""

import textwrap

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export

from genomics.attribution.integrated_gradients import integrated_gradients
from genomics.attribution.saliency import saliency
from genomics.errors import InputError, UnsuitedError
from genomics.mutagenesis.incremental.ism import incremental_ism as ism
from genomics.mutagenesis.naive import ism as naive_ism
from genomics.programs.function_model import load_function
from genomics.tracing.exported import allow_batching

LENGTH = 16
pytest.importorskip("flatbuffers", reason="jax.export serialises with flatbuffers")


def predict(x):
    kernel = jnp.asarray(np.random.default_rng(0).normal(size=(3, 4, 5)), x.dtype)
    y = jax.lax.conv_general_dilated(x[None], kernel, (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC"))[0]
    return jnp.tanh(y).sum(0)[:2]


def exported(vjp_order):
    shape = jax.ShapeDtypeStruct((LENGTH, 4), jnp.float32)
    return export.deserialize(export.export(jax.jit(predict))(shape).serialize(vjp_order=vjp_order)).call


@pytest.fixture
def sequences():
    return jax.nn.one_hot(jnp.asarray(np.random.default_rng(1).integers(0, 4, (3, LENGTH))), 4)


def test_batches_of_an_exported_function(sequences):
    for order in (0, 1):
        function = exported(order)
        allow_batching(function, sequences[0])
        np.testing.assert_allclose(jax.vmap(function)(sequences), jax.vmap(predict)(sequences), rtol=1e-5)
        # The batched axis may be any; constants beside it stay as they are; batches may lie within batches.
        last = jax.vmap(function, in_axes=2, out_axes=1)(jnp.moveaxis(sequences, 0, 2))
        np.testing.assert_allclose(last, jax.vmap(predict)(sequences).T, rtol=1e-5)
        twice = jax.jit(jax.vmap(jax.vmap(function)))(jnp.stack([sequences, sequences[::-1]]))
        np.testing.assert_allclose(twice[1, 2], predict(sequences[0]), rtol=1e-5)


@pytest.mark.slow
def test_methods_agree_with_those_of_the_function_itself(sequences):
    function = exported(1)
    allow_batching(function, sequences[0])
    reference = jnp.full((LENGTH, 4), 0.25)
    methods = [ism, naive_ism, saliency, lambda network: integrated_gradients(network, reference=reference)]
    for method in methods:
        found = jax.jit(jax.vmap(method(function)))(sequences).scores
        np.testing.assert_allclose(found, jax.vmap(method(predict))(sequences).scores, atol=2e-6)


def test_without_its_derivative_it_has_no_gradient(sequences):
    function = exported(0)
    allow_batching(function, sequences[0])
    with pytest.raises(UnsuitedError, match=r"no gradient: No VJP is available; .* serialize\(vjp_order=1\)"):
        jax.jit(jax.vmap(saliency(function)))(sequences)


def test_callbacks_and_open_loops_have_no_gradient_either(sequences):
    def calls_back(x):
        shape = jax.ShapeDtypeStruct((2,), x.dtype)
        return jax.pure_callback(lambda x: np.asarray(x).sum(0)[:2], shape, x, vmap_method="sequential")

    def loops(x):
        return jax.lax.while_loop(lambda y: y.sum() < 9, lambda y: y + 1, x.sum(0)[:2])

    for function in (calls_back, loops):
        with pytest.raises(UnsuitedError, match="the network has no gradient: "):
            saliency(function)(sequences[0])


MODULE = """
    import jax
    import jax.numpy as jnp
    import numpy as np
    from jax import export

    def build():
        with open({path!r}, "rb") as file:
            return export.deserialize(file.read()).call

    def not_batched():
        shape = jax.ShapeDtypeStruct((2,), jnp.float32)
        return lambda x: jax.pure_callback(lambda x: np.asarray(x).sum(0)[:2], shape, x)
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    shape = jax.ShapeDtypeStruct((LENGTH, 4), jnp.float32)
    path = tmp_path / "network.bin"
    path.write_bytes(export.export(jax.jit(predict))(shape).serialize())
    (tmp_path / "exported_network.py").write_text(textwrap.dedent(MODULE.format(path=str(path))))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return "exported_network"


def test_interpret_and_scan(module, interpret, scan, tmp_path, capsys):
    (tmp_path / "s.fa").write_text(">s\n" + "ACGTTGCA" * 2 + "\n>t\n" + "TTGCAACG" * 2 + "\n")
    (tmp_path / "g.fa").write_text(">c\n" + "ACGTTGCAAC" * 4 + "\n")
    arguments = [f"--model={module}:build", f"--length={LENGTH}"]
    interpret(*arguments, "--sequences=s.fa", "--output=out", "--methods=ism", "--verify=4", "--num_figures=1")
    assert "ism: 4 random mutations recomputed in full, in single precision" in capsys.readouterr().out
    for methods, reason in (("saliency", "the network has no gradient"), ("deeplift", "primitive 'call_exported'")):
        with pytest.raises(InputError, match=reason):
            interpret(*arguments, "--sequences=s.fa", "--output=out2", f"--methods={methods}")
    scan(*arguments, "--fasta=g.fa", "--output=scan")
    assert (tmp_path / "scan" / "manifest.json").exists()


def test_what_cannot_be_batched_is_said_when_it_is_loaded(module):
    with pytest.raises(InputError, match=r"not_batched: predict cannot be batched by jax\.vmap: "):
        load_function(f"{module}:not_batched", LENGTH)
