"""A trained run as every other program takes it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from genomics.errors import InputError
from genomics.models.ensemble import ensemble
from genomics.models.predictor import Predictor
from genomics.training import config as configuration
from genomics.training.checkpoint import Which, load_model
from genomics.training.state import initial_state


def load_predictor(workdir: Path, checkpoint: Which = "best") -> Predictor:
    """The network of a training run.

    Args:
      workdir: the run's folder.
      checkpoint: the parameters of the epoch with the lowest validation loss, or of the last epoch.

    Raises:
      InputError: the folder is no training run, or has no checkpoint yet.
    """
    workdir = Path(workdir)
    run = configuration.read(workdir)
    try:
        template = jax.eval_shape(lambda: initial_state(run.config, length=run.length, num_tasks=len(run.tasks)))
    except (ValueError, TypeError, ArithmeticError, MemoryError) as error:  # of sizes that no network has
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{workdir / 'config.json'}: describes no network: {reason}") from error
    model = load_model(workdir, checkpoint, template)
    return Predictor(
        apply=lambda model, x: model(x),
        parameters=jax.tree.map(jnp.asarray, model),
        replicates=run.config.replicates if run.config.replicates > 1 else None,
        length=run.length,
        tasks=run.tasks,
        fingerprint=_fingerprint(model, configuration.to_dict(run.config)["model"]),
        source=str(workdir),
    )


def load_ensemble(workdirs: Sequence[Path], checkpoint: Which = "best") -> Predictor:
    """The networks of several runs, and of all their replicates, as one: see `genomics.models.ensemble`.

    Raises:
      InputError: a folder is named twice or is no training run, or the runs differ in tasks or length.
    """
    resolved = [Path(workdir).resolve() for workdir in workdirs]
    for place, workdir in enumerate(resolved):
        if workdir in resolved[:place]:
            raise InputError(f"{workdirs[place]}: is named twice")
    return ensemble([load_predictor(workdir, checkpoint) for workdir in workdirs])


def _fingerprint(model: Any, architecture: dict[str, Any]) -> str:
    digest = hashlib.sha256(repr(architecture).encode())
    for path, leaf in jax.tree_util.tree_flatten_with_path(model)[0]:
        digest.update(f"{jax.tree_util.keystr(path)} {leaf.shape} {leaf.dtype}".encode())
        digest.update(np.ascontiguousarray(leaf).tobytes())
    return digest.hexdigest()
