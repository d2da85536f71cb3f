"""Networks by the door of Python."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import jax

from genomics.api.run import Run
from genomics.api.words import in_python
from genomics.compilation_cache import use_compilation_cache
from genomics.errors import InputError
from genomics.lenses.view import Lens
from genomics.models.predictor import Predictor
from genomics.models.sequence_input import Fixed, Layout
from genomics.programs.function_model import function_predictor, load_function
from genomics.programs.lensed import lensed
from genomics.programs.network_model import Wanted, as_predictor
from genomics.programs.parameters import check_parameters
from genomics.programs.readers import READERS, check_no_file

#: A folder of a training run, a file of a network, MODULE:FUNCTION, or a JAX function.
Source = str | os.PathLike[str] | Callable[[Any], Any]
#: Or several training runs: their networks as one.
Sources = Source | Sequence[str | os.PathLike[str]]


def load(
    source: Sources,
    *,
    checkpoint: Literal["best", "last"] = "best",
    length: int | None = None,
    task_names: Sequence[str] | None = None,
    head: str | int | None = None,
    fixed_inputs: dict[str, Fixed] | None = None,
    sequence_input: str | None = None,
    layout: Layout | None = None,
    keras_backend: Literal["tensorflow", "jax", "torch"] | None = None,
    target: str = "output",
    bins: tuple[int, int] | None = None,
    over_bins: str = "sum",
    log1p: bool = False,
    strands: Literal["forward", "both"] = "forward",
    strand_pairs: str | None = None,
) -> Run:
    """A trained network, ready to be asked.

    What it gives are logits: a final sigmoid or softmax is left out, and this is said. Everything is computed at full
    float32 precision, which is not set for the rest of the process. What JAX compiles from now on is kept, so that the
    next process need not compile it again, as the commands do (`genomics.compilation_cache`); not where
    `jax_compilation_cache_dir` is set already or the environment variable GENOMICS_CACHE is `off`.

    Args:
      source: folder of a training run (`runs/lab5`); `FILE.keras`, `FILE.h5` of Keras; `FILE.pt2` of PyTorch; a JAX
        function (L, 4) one-hot -> (T,), or `MODULE:FUNCTION` whose FUNCTION() returns one. A list of training runs is
        the mean of their networks (`genomics.models.ensemble`).
      checkpoint: of a training run: of the lowest validation loss, or the last.
      length: L, for a network that leaves it open.
      task_names: T names, for a network that has none.
      head: name or index of the output that is asked about, of several.
      fixed_inputs: input beside the sequence -> what it is held at, a number or an array.
      sequence_input: which input is the sequence, of several.
      layout: `length_first` (L, 4) or `bases_first` (4, L), where both fit.
      keras_backend: that a `.keras` file was trained on, which it does not say.
      target: which number of an output is asked about: `output`, `log_counts`, `profile`, ...
        (`genomics.lenses.target.TARGETS`).
      bins: (first, last) bins of an output along the sequence, from 0, both included: what is asked about is, track by
        track, `over_bins` of them: their `sum`, `mean` or `max`; with `log1p` log(1 + it).
      over_bins: see `bins`.
      log1p: see `bins`.
      strands: `both`: the network's output is the mean over a sequence and its reverse complement, positions turned.
      strand_pairs: channels of the output that change places on the other strand, as `0-1,2-3`, or `none`.

    Returns:
      A `Run`.

    Raises:
      InputError: there is no such file, it is damaged or of another kind, or it does not hold what is asked for.

    >>> import genomics, jax.numpy as jnp
    >>> def predict(x):  # A minus T, if positive
    ...     return jnp.stack([jnp.maximum(x[:, 0].sum() - x[:, 3].sum(), 0.0)])
    >>> run = genomics.load(predict, length=10, task_names=["richness"])
    >>> run
    <Run of predict: 10 bases -> richness>
    >>> float(run.predict("AACGATACGA").sel(sequence=0, task="richness").values)
    4.0
    """
    wanted = Wanted(
        head=None if head is None else str(head),
        fixed=dict(fixed_inputs or {}),
        sequence=sequence_input,
        layout=layout,
        task_names=task_names,
        lens=Lens(target=target, bins=bins, over=over_bins, log1p=log1p, strands=strands, pairs=strand_pairs),
    )
    use_compilation_cache()
    with in_python(), jax.default_matmul_precision("highest"):
        found = _load(source, checkpoint, length, wanted, keras_backend)
        check_parameters(found)
    first = source[0] if isinstance(source, list | tuple) else source
    folder = Path(first) if isinstance(first, str | os.PathLike) and Path(first).is_dir() else None
    return Run(predictor=found, folder=folder)


def _load(
    source: Sources, checkpoint: Literal["best", "last"], length: int | None, wanted: Wanted, backend: str | None
) -> Predictor:
    if isinstance(source, Sequence) and not isinstance(source, str):
        from genomics.training.load import load_ensemble

        if not source:
            raise InputError("source=[]: must name at least one training run")
        _check_unused(", ".join(map(str, source)), wanted)
        if length is not None or wanted.task_names is not None:
            raise InputError("training runs know their length and their tasks")
        return lensed(load_ensemble([Path(each) for each in source], checkpoint), wanted.lens)
    if callable(source):
        name = getattr(source, "__name__", type(source).__name__)
        _check_unused(name, wanted)
        return _seen(lambda names: function_predictor(source, name, length, names), wanted)
    text = os.fspath(source)
    if Path(text).is_dir() and (Path(text) / "config.json").exists():
        from genomics.training.load import load_predictor

        _check_unused(text, wanted)
        if length is not None or wanted.task_names is not None:
            raise InputError(f"{text}: a training run knows its length and its tasks")
        return lensed(load_predictor(Path(text), checkpoint), wanted.lens)
    ending = Path(text).suffix.lower()
    if ending in READERS:
        return as_predictor(READERS[ending](text, length, backend), wanted)
    check_no_file(text, ending)
    _check_unused(text, wanted)
    return _seen(lambda names: load_function(text, length, names), wanted)


def _seen(loaded: Callable[[Sequence[str] | None], Predictor], wanted: Wanted) -> Predictor:
    """A function seen through the lens; names are of what is explained."""
    own = wanted.lens.target == "output" and wanted.lens.bins is None
    return lensed(loaded(wanted.task_names if own else None), wanted.lens, wanted.task_names)


def _check_unused(source: str, wanted: Wanted) -> None:
    given = {
        "head": wanted.head,
        "fixed_inputs": wanted.fixed,
        "sequence_input": wanted.sequence,
        "layout": wanted.layout,
    }
    for name, value in given.items():
        if value:
            raise InputError(f"{name}: is for files of networks; {source} is none")
