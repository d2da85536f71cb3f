"""Mutagenesis and DeepLIFT beside captum and tangermeme, on the same trained network, in one process.

  python -m benchmarks.peers --workdir=runs/lab5 [--compile] [--nolong_job]

Needs the extra `peers`; a library that is not installed is left out. The run's weights are copied into a torch module;
logits and mutation effects must then agree to 1e-4 before anything is timed. All ways run in turn on the same random
sequences, in float32 on the CPU, with as many torch threads as there are cores. An effect is one substitution, all
tasks at once; every way of another library runs at the best of some batch sizes. DeepLIFT is the rule `rescale`: the
peers explain one task a call, so they are called once per task. Medians count.

tangermeme's fast mode takes effect in jobs of more than thirty seconds only: it gets one of that size, one call,
between two calls of ours on the same sequences.
"""

import importlib.util
import os
import time
import warnings
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from benchmarks.timing import alternate
from genomics.attribution.deeplift import deeplift
from genomics.command import run
from genomics.errors import InputError
from genomics.models.lab import LabNetwork
from genomics.models.predictor import Predictor
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.mutagenesis.naive import ism
from genomics.training.load import load_predictor

WORKDIR = flags.DEFINE_string("workdir", None, "Folder of a training run of the lab's network.", required=True)
REPEATS = flags.DEFINE_integer("repeats", 5, "Timed calls of each way.", lower_bound=1)
SEQUENCES = flags.DEFINE_integer("sequences", 8, "Sequences a call of mutagenesis.", lower_bound=1)
EXPLAINED = flags.DEFINE_integer("explained", 64, "Sequences a call of DeepLIFT.", lower_bound=1)
COMPILE = flags.DEFINE_boolean("compile", False, "Also the plain torch way under torch.compile (needs a C++ compiler).")
LONG_JOB = flags.DEFINE_boolean("long_job", True, "Also tangermeme's fast mode, on a job large enough for it.")
_TOLERANCE = 1e-4
_TORCH_BATCHES = (64, 200, 600)  # mutants at a time
_AT_A_TIME = 4  # sequences, in the incremental way
_LONG_JOB_SECONDS = 40.0  # at tangermeme's plain rate; above its thirty

Ways = dict[str, Callable[[], Any]]


def main(argv: list[str]) -> None:
    del argv
    jax.config.update("jax_default_matmul_precision", "highest")
    predictor = load_predictor(Path(WORKDIR.value))
    missing = [name for name in ("torch", "captum", "tangermeme") if importlib.util.find_spec(name) is None]
    for name in missing:
        print(f"{name} is not installed (extra `peers`): left out")
    if "torch" in missing:
        return
    # torch's idle threads must not spin on the cores that the next way, or another process, needs.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch  # pyright: ignore[reportMissingImports]

    torch.set_num_threads(os.cpu_count() or 1)
    warnings.filterwarnings("ignore", category=UserWarning, module="captum")
    peers = [name for name in ("captum", "tangermeme") if name not in missing]
    versions = ", ".join(f"{name} {version(name)}" for name in ("jax", "torch", *peers))
    print(f"{jax.devices()}, {torch.get_num_threads()} torch threads; {versions}")
    module = torch_module(predictor)
    codes = np.random.default_rng(0).integers(0, 4, (EXPLAINED.value, predictor.length))
    logits = jax.jit(jax.vmap(lambda x: predictor.apply(predictor.parameters, x)))
    x = jax.nn.one_hot(codes, 4)
    with torch.no_grad():
        check("logits", logits(x), module(as_torch(codes)).numpy())
    mutagenesis(predictor, module, codes[: SEQUENCES.value], peers)
    attribution(predictor, module, codes, peers)


def torch_module(predictor: Predictor) -> Any:
    """The network as torch layers over (N, 4, L), with the same weights.

    Raises:
      InputError: the run trained another network than the lab's with max-pooling, or several replicates.
    """
    import torch  # pyright: ignore[reportMissingImports]

    network = predictor.parameters
    if not isinstance(network, LabNetwork) or network.pooling != "max" or predictor.replicates is not None:
        raise InputError(f"{predictor.source}: must hold one lab network with model.pooling='max'")
    layers: list[Any] = []
    convolved = network.lengths[::2]
    for layer, pool, length in zip((network.conv1, network.conv2), network.pools, convolved, strict=True):
        width, channels, filters = layer.kernel.shape
        convolution = torch.nn.Conv1d(channels, filters, width)
        copy(convolution, layer.kernel[...].transpose(2, 1, 0), layer.bias[...])
        left = -length % pool // 2  # SAME: the odd padding column on the right, where ceil_mode adds it
        layers += [convolution, torch.nn.ReLU(), torch.nn.MaxPool1d(pool, padding=left, ceil_mode=True)]
    first, second = network.dense1.kernel[...], network.dense2.kernel[...]
    columns = network.lengths[-1]
    # Flattening goes channel by channel here, column by column there.
    first = first.reshape(columns, -1, first.shape[1]).swapaxes(0, 1).reshape(first.shape)
    hidden, output = torch.nn.Linear(*first.shape), torch.nn.Linear(*second.shape)
    copy(hidden, first.T, network.dense1.bias[...])  # pyright: ignore[reportOptionalSubscript]
    copy(output, second.T, network.dense2.bias[...])  # pyright: ignore[reportOptionalSubscript]
    return torch.nn.Sequential(*layers, torch.nn.Flatten(), hidden, torch.nn.ReLU(), output).eval()


def copy(layer: Any, weight: Any, bias: Any) -> None:
    import torch  # pyright: ignore[reportMissingImports]

    with torch.no_grad():
        layer.weight.copy_(torch.tensor(np.asarray(weight)))
        layer.bias.copy_(torch.tensor(np.asarray(bias)))


def as_torch(codes: np.ndarray) -> Any:
    """(N, 4, L) one-hot."""
    import torch  # pyright: ignore[reportMissingImports]

    return torch.nn.functional.one_hot(torch.tensor(codes), 4).transpose(1, 2).float().contiguous()


def mutagenesis(predictor: Predictor, module: Any, codes: np.ndarray, peers: Iterable[str]) -> None:
    predict = lambda x: predictor.apply(predictor.parameters, x)  # noqa: E731
    incremental = jax.jit(jax.vmap(lambda codes: incremental_ism(predict)(jax.nn.one_hot(codes, 4)).scores))
    naive = jax.jit(jax.vmap(lambda codes: ism(predict)(jax.nn.one_hot(codes, 4)).scores))
    ours: Ways = {
        "incremental": lambda: in_calls(incremental, codes, _AT_A_TIME),
        "naive": lambda: in_calls(naive, codes, 1),
    }
    ways, x = dict(ours), as_torch(codes)
    for batch in _TORCH_BATCHES:
        ways[f"torch, every mutant, {batch} a batch"] = lambda batch=batch: every_mutant(module, codes, batch)
    if COMPILE.value:
        import torch  # pyright: ignore[reportMissingImports]

        compiled, few = torch.compile(module), _TORCH_BATCHES[1]
        ways[f"torch compiled, every mutant, {few} a batch"] = lambda: every_mutant(compiled, codes, few)
    if "captum" in peers:
        for batch in _TORCH_BATCHES:
            ways[f"captum FeatureAblation, {batch} a batch"] = lambda batch=batch: ablation(module, x, batch)
    if "tangermeme" in peers:
        for batch in _TORCH_BATCHES:
            ways[f"tangermeme plain, {batch} a batch"] = lambda batch=batch: saturation(module, x, batch, fast=False)
    expected = np.concatenate(ways["naive"]())
    for name, way in ways.items():
        if name != "naive":
            scores = way()
            check(f"effects, {name}", expected, np.concatenate(scores) if name in ours else scores)
    seconds = alternate(ways, REPEATS.value)
    report(seconds, ours, codes.size * 3, "effects/s")
    plain = {name: np.median(values) for name, values in seconds.items() if name.startswith("tangermeme")}
    if plain and LONG_JOB.value:
        best = min(plain, key=lambda name: plain[name])
        batch = _TORCH_BATCHES[list(plain).index(best)]
        count = int(np.ceil(_LONG_JOB_SECONDS / plain[best] * len(codes) / _AT_A_TIME)) * _AT_A_TIME
        long_job(module, incremental, count, codes.shape[1], batch)


def in_calls(explain: Callable[[Any], Any], codes: np.ndarray, at_a_time: int) -> list[Any]:
    """[(n, T, L, 4)] of a compiled way, n sequences a call."""
    return [explain(codes[start : start + at_a_time]) for start in range(0, len(codes), at_a_time)]


def every_mutant(module: Any, codes: np.ndarray, batch: int) -> np.ndarray:
    """(N, T, L, 4) by torch alone: the mutants of each sequence, `batch` at a time."""
    import torch  # pyright: ignore[reportMissingImports]

    length = codes.shape[1]
    number = torch.arange(length * 3)
    position, shift = number // 3, number % 3 + 1
    scores = []
    with torch.inference_mode():
        for row, x in zip(torch.tensor(codes), as_torch(codes), strict=True):
            old = row[position]
            new = (old + shift) % 4
            after = []
            for some in number.split(batch):
                mutants, index = x.repeat(len(some), 1, 1), torch.arange(len(some))
                mutants[index, old[some], position[some]] = 0
                mutants[index, new[some], position[some]] = 1
                after.append(module(mutants))
            before = module(x[None])[0]
            effects = torch.zeros(before.shape[0], length, 4)
            effects[:, position, new] = (torch.cat(after) - before).T
            scores.append(effects)
    return torch.stack(scores).numpy()


def ablation(module: Any, x: Any, batch: int) -> np.ndarray:
    """(N, T, L, 4) by captum: a position is a feature; its baselines are the sequence with other bases."""
    import torch  # pyright: ignore[reportMissingImports]
    from captum.attr import FeatureAblation  # pyright: ignore[reportMissingImports]

    ablate, features = FeatureAblation(module), torch.arange(x.shape[2]).expand(1, 4, -1)
    scores = torch.zeros(len(x), 1)
    with torch.inference_mode():
        for number, row in enumerate(x.split(1)):
            for shift in (1, 2, 3):
                other = row.roll(shift, 1)
                parts = ablate.attribute(row, other, feature_mask=features, perturbations_per_eval=batch)
                if scores.ndim == 2:
                    scores = torch.zeros(len(x), *parts.shape)
                scores[number] -= parts * other
    return scores.transpose(2, 3).numpy()


def saturation(module: Any, x: Any, batch: int, *, fast: bool) -> np.ndarray:
    """(N, T, L, 4) by tangermeme."""
    from tangermeme.saturation_mutagenesis import saturation_mutagenesis  # pyright: ignore[reportMissingImports]

    before, after = saturation_mutagenesis(module, x, raw_outputs=True, batch_size=batch, device="cpu", fast=fast)
    return (after - before[:, None, None]).permute(0, 3, 2, 1).numpy()


def long_job(module: Any, incremental: Callable[[Any], Any], count: int, length: int, batch: int) -> None:
    codes = np.random.default_rng(1).integers(0, 4, (count, length))
    x, seconds = as_torch(codes), []

    def timed(function: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = jax.block_until_ready(function())
        seconds.append(time.perf_counter() - start)
        return result

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        timed(lambda: in_calls(incremental, codes, _AT_A_TIME))
        theirs = timed(lambda: saturation(module, x, batch, fast=True))
        ours = timed(lambda: in_calls(incremental, codes, _AT_A_TIME))
    for text in {f"  warning: {warning.message}" for warning in caught}:
        print(text)
    check("effects, tangermeme default (fast)", np.concatenate(ours), theirs)
    first, fast, second = seconds
    own, effects = np.mean([first, second]), count * length * 3
    print(f"tangermeme default (fast), {count:,} sequences in {fast:.0f} s: {effects / fast:,.0f} effects/s;", end=" ")
    print(f"ratio of ours incremental {fast / own:.1f} ({effects / own:,.0f} effects/s)", flush=True)


def attribution(predictor: Predictor, module: Any, codes: np.ndarray, peers: Iterable[str]) -> None:
    rng = np.random.default_rng(2)
    references, tasks = rng.permuted(codes, axis=1), len(predictor.tasks)

    def of_one(parameters: Any, x: Any, reference: Any) -> Any:
        return deeplift(lambda x: predictor.apply(parameters, x), reference=reference, rule="rescale")(x).scores

    explain = jax.jit(jax.vmap(of_one, in_axes=(None, 0, 0)))
    pair = jax.nn.one_hot(codes, 4), jax.nn.one_hot(references, 4)
    x, r = as_torch(codes), as_torch(references)
    ours: Ways = {"deeplift, rescale": lambda: explain(predictor.parameters, *pair)}
    ways = dict(ours)
    if "captum" in peers:
        from captum.attr import DeepLift  # pyright: ignore[reportMissingImports]

        captum = DeepLift(module)
        ways["captum DeepLift"] = lambda: [captum.attribute(x, r, target=task) for task in range(tasks)]
    if "tangermeme" in peers:
        from tangermeme.deep_lift_shap import deep_lift_shap  # pyright: ignore[reportMissingImports]

        ways["tangermeme deep_lift_shap"] = lambda: [
            deep_lift_shap(module, x, target=task, references=r[:, None], batch_size=len(x), device="cpu")
            for task in range(tasks)
        ]
    logits = jax.vmap(lambda x: predictor.apply(predictor.parameters, x))
    difference = np.asarray(logits(pair[0]) - logits(pair[1]))
    expected = np.asarray(ways["deeplift, rescale"]()).sum(-1)
    print("DeepLIFT, a shuffled reference for each sequence; contributions of positions:")
    for name, way in ways.items():
        sums = expected if name in ours else np.stack([part.detach().numpy().sum(1) for part in way()], axis=1)
        residual, apart = np.abs(sums.sum(-1) - difference).max(), np.abs(sums - expected).max()
        print(f"  {name}: largest |sum - (f(x) - f(r))| {residual:.1e}, largest difference from ours {apart:.1e}")
    report(alternate(ways, REPEATS.value), ours, len(codes) * tasks, "sequence-tasks/s")


def check(what: str, ours: Any, theirs: Any) -> None:
    """Prints the largest difference.

    Raises:
      InputError: it is above the tolerance: the ways do not compute the same.
    """
    difference = float(jnp.abs(jnp.asarray(ours) - jnp.asarray(theirs)).max())
    print(f"{what}: largest difference {difference:.1e}", flush=True)
    if not difference <= _TOLERANCE:
        raise InputError(f"{what}: differs by {difference:.1e}, at most {_TOLERANCE:.0e} allowed")


def report(seconds: dict[str, np.ndarray], ours: Iterable[str], items: int, unit: str) -> None:
    """Rates, and the median over the rounds of every peer's time in times of ours."""
    for name, values in seconds.items():
        ratios = "" if name in ours else "; ratio of ours"
        for own in ours if ratios else ():
            ratios += f" {own} {np.median(values / seconds[own]):.1f}"
        print(f"{name}: {items / np.median(values):,.0f} {unit} (best {items / values.min():,.0f}){ratios}", flush=True)


if __name__ == "__main__":
    run(main)
