"""The training run: resumable at every epoch, and the same to the last bit however often it was interrupted."""

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh

from genomics.data.dataset import Dataset, shuffled_labels, with_reverse_complements
from genomics.data.metrics import final_metrics
from genomics.errors import InputError
from genomics.io.atomic import write_text
from genomics.io.lock import holding
from genomics.io.png import write_png
from genomics.models.summary import summary
from genomics.plots.curves import history
from genomics.provenance import provenance
from genomics.training import config as configuration
from genomics.training import log
from genomics.training.augment import Augmentation
from genomics.training.checkpoint import Checkpoints
from genomics.training.config import TrainConfig
from genomics.training.data import load_data
from genomics.training.devices import cpu_devices, make_mesh, on_host, replicate
from genomics.training.epoch import make_epoch, make_evaluate, predict_all
from genomics.training.loss import Counts, mean_loss
from genomics.training.metrics import epoch_record
from genomics.training.progress import Progress
from genomics.training.state import State, initial_state, stopped, with_best


def train(config: TrainConfig, workdir: Path) -> dict[str, dict[str, float | None]]:
    """Trains a network, or goes on with the training of one.

    Args:
      config: the experiment; see `TrainConfig`.
      workdir: folder of the run. If it holds the same experiment, training goes on after its newest checkpoint.

    Returns:
      The metrics of the best epoch's parameters on the test split: `{"mean": {...}, "<task>": {...}}`.

    Raises:
      InputError: a value that cannot be trained with, a malformed data file, a folder of another experiment or one that
        another process trains in, a batch that does not divide by the devices, a loss that is no longer finite, or a
        file that cannot be written.
    """
    config = configuration.check(config)
    writer = jax.process_index() == 0
    with holding(workdir) if writer else contextlib.nullcontext():
        return _train(config, workdir, writer)


def _train(config: TrainConfig, workdir: Path, writer: bool) -> dict[str, dict[str, float | None]]:
    count = cpu_devices(config.batch_size, configuration.recorded_devices(workdir))
    mesh = make_mesh(config.batch_size, count)
    data = load_data(config.data)
    run = configuration.RunRecord(
        config=config,
        length=data.splits["train"].bases.shape[1],
        tasks=data.tasks,
        data_digest=_digest(data),
        cpu_devices=count,
    )
    if writer:
        configuration.write_or_match(run, workdir)
    checkpoints = Checkpoints(workdir)
    state = initial_state(config, length=run.length, num_tasks=len(run.tasks))
    if writer:
        if config.replicates > 1:
            print(f"{config.replicates} replicates, each of them:")
            print(summary(jax.tree.map(lambda leaf: leaf[0], state.model).layers()), flush=True)
        else:
            print(summary(state.model.layers()), flush=True)
    done = checkpoints.epoch
    if done:
        state = checkpoints.restore(state)
    if writer:
        log.keep_until(workdir, done)
        _write_json(workdir / "environment.json", provenance())
        if done:
            print(f"going on after epoch {done} of {workdir}", flush=True)
    try:
        state = _epochs(config, data, mesh, workdir, checkpoints, replicate(state, mesh), done)
    finally:
        checkpoints.close()
    metrics = _test(state, data, config.replicates)
    if writer:
        _write_json(workdir / "test_metrics.json", metrics)
        write_png(workdir / "history.png", history(workdir / log.NAME), dpi=120)
    return metrics


def _epochs(
    config: TrainConfig, data: Dataset, mesh: Mesh, workdir: Path, checkpoints: Checkpoints, state: State, done: int
) -> State:
    """Trains the epochs that are left."""
    augmentation = _augmentation(config, data)
    bases, labels = data.splits["train"].with_flanks(augmentation.flank), data.splits["train"].labels
    if config.data.shuffle_labels:
        labels = shuffled_labels(labels, config.seed)
    if config.data.reverse_complement:
        bases, labels = with_reverse_complements(bases, labels)
    examples: tuple[Any, Any] = replicate((bases, labels), mesh)
    held_out: tuple[Any, Any] = replicate((data.splits["valid"].bases, data.splits["valid"].labels), mesh)
    epoch = make_epoch(
        learning_rate=config.learning_rate,
        epsilon_in_root=config.epsilon_in_root,
        batch_size=config.batch_size,
        replicates=config.replicates,
        mesh=mesh,
        patience=config.patience,
        augmentation=augmentation,
    )
    evaluate = make_evaluate(replicates=config.replicates, mesh=mesh)
    keep_best = jax.jit(with_best)
    progress = Progress(first=done, total=config.epochs)
    for number in range(done + 1, config.epochs + 1):
        ended = np.atleast_1d(stopped(on_host(state.best.epoch), number, config.patience))
        if ended.all():
            break
        state, train_counts = epoch(state, *examples, jnp.int32(number))
        valid_counts = evaluate(state.model, *held_out)
        state = keep_best(state, number, mean_loss(valid_counts))
        train_counts, valid_counts = jax.tree.map(on_host, (train_counts, valid_counts))
        for split, counts in (("training", train_counts), ("validation", valid_counts)):
            _check_finite(split, counts, number, config)
        records = [
            epoch_record(number, split, r, _replicate_counts(counts, r, config.replicates), data.tasks)
            for split, counts in (("train", train_counts), ("valid", valid_counts))
            for r in np.flatnonzero(~ended).tolist()
        ]
        if jax.process_index() == 0:
            log.append(workdir, records)
            progress.epoch(number, _mean_record(records, "train"), _mean_record(records, "valid"))
        ending = stopped(on_host(state.best.epoch), number + 1, config.patience).all()
        checkpoints.save(number, state, final=number == config.epochs or bool(ending))
    progress.close()
    return state


def _augmentation(config: TrainConfig, data: Dataset) -> Augmentation:
    shift, flank = config.data.shift, data.splits["train"].flank
    if shift > flank:
        raise InputError(
            f"config.data.shift={shift}: {config.data.path} has {flank} bases beside each window; "
            "python -m genomics.data.peaks --flank=N stores them"
        )
    return Augmentation(random_strand=config.data.random_strand, shift=shift, flank=flank if shift else 0)


def _test(state: State, data: Dataset, replicates: int) -> dict[str, dict[str, float | None]]:
    """Metrics of the best parameters on the test split."""
    split = data.splits["test"]
    predict = jax.jit(jax.vmap(predict_all, (0, None)) if replicates > 1 else predict_all)
    model = jax.tree.map(on_host, state.best.model)
    logits = np.asarray(predict(model, split.bases))
    return final_metrics(logits if replicates > 1 else logits[None], split.labels, data.tasks)


def _check_finite(split: str, counts: Counts, epoch: int, config: TrainConfig) -> None:
    losses = np.atleast_1d(counts.loss.mean(-1) / counts.examples)
    if not np.isfinite(losses).all():
        which = f" of replicate {int(np.argmin(np.isfinite(losses)))}" if config.replicates > 1 else ""
        raise InputError(
            f"the {split} loss{which} is {losses[~np.isfinite(losses)][0]} in epoch {epoch} at "
            f"config.learning_rate={config.learning_rate}: it must stay finite; try a lower learning rate"
        )


def _replicate_counts(counts: Counts, replicate: int, replicates: int) -> Counts:
    return jax.tree.map(lambda leaf: leaf[replicate], counts) if replicates > 1 else counts


def _mean_record(records: list[dict], split: str) -> dict[str, float]:
    chosen = [record for record in records if record["split"] == split]
    return {name: float(np.mean([record[name] for record in chosen])) for name in ("loss", "accuracy")}


def _digest(data: Dataset) -> str:
    digest = hashlib.sha256()
    for name, split in sorted(data.splits.items()):
        digest.update(f"{name} {split.bases.shape} {split.labels.shape}".encode())
        digest.update(np.ascontiguousarray(split.bases if split.flanked is None else split.flanked).tobytes())
        digest.update(np.ascontiguousarray(split.labels).tobytes())
    return digest.hexdigest()


def _write_json(path: Path, values: dict) -> None:
    write_text(path, json.dumps(values, indent=2) + "\n")
