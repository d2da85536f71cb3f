"""A small run with every part that the page shows, and with names that would break a careless page."""

import csv
import dataclasses
import json

import jax.numpy as jnp
import numpy as np
import pytest

from genomics.data.simulate import simulate
from genomics.interpretation.sequences import from_examples
from genomics.io.examples import write_examples
from genomics.io.meme import write_meme
from genomics.io.parts import write_part
from genomics.io.scores import Answer, Questions, write_scores
from genomics.models.predictor import Predictor
from genomics.report.payload import Subject
from genomics.sequence.bases import N
from genomics.sequence.motif import Motif

HOSTILE = "</script><img src=x onerror=alert(1)>"
TASKS = ("CTCF", HOSTILE, "MAFK")
LENGTH = 121  # so that tasks begin within a group of three bytes
COUNT = 6


@pytest.fixture(scope="session")
def predictor():
    weights = np.random.default_rng(0).normal(size=(LENGTH * 4, 3)).astype(np.float32)
    return Predictor(
        apply=lambda parameters, x: x.reshape(-1) @ parameters["dense"],
        parameters={"dense": jnp.asarray(weights)},
        replicates=None,
        length=LENGTH,
        tasks=TASKS,
        fingerprint="f" * 64,
        source="runs/small",
    )


@pytest.fixture
def bare(predictor, tmp_path):
    """A network without anything else."""
    (tmp_path / "out").mkdir()
    return Subject(
        predictor=predictor,
        output=tmp_path / "out",
        workdir=None,
        checkpoint="best",
        data=None,
        sequences=None,
        scan=None,
        count=20,
        seed=3,
        alleles=5,
    )


@pytest.fixture(scope="session")
def whole(predictor, tmp_path_factory):
    """A run with everything but a scan: to be read, not changed."""
    workdir = tmp_path_factory.mktemp("run")
    data = workdir / "few.h5"
    simulated = simulate(num_sequences=40, length=LENGTH, seed=5)
    write_examples(data, dataclasses.replace(simulated, tasks=TASKS))
    _write_training(workdir)
    output = workdir / "interpret"
    sequences = from_examples(data, "test", LENGTH, TASKS)
    few = sequences.bases[:COUNT].copy()
    few[3, 7] = N
    sequences = dataclasses.replace(sequences, bases=np.concatenate([few, sequences.bases[COUNT:]]))
    _write_scores(output, sequences)
    _write_motifs(output)
    (output / "evaluation.json").write_text(json.dumps(evaluation()))
    return Subject(
        predictor=predictor,
        output=output,
        workdir=workdir,
        checkpoint="best",
        data=data,
        sequences=sequences,
        scan=None,
        count=20,
        seed=3,
        alleles=5,
    )


def evaluation():
    methods, interval = ("saliency", "ism"), [0.5, 0.4, 0.6]
    truth = {"auprc": interval, "auroc": interval, "top_inside": [0.7, 0.6, 0.8], "signal_to_noise": None}
    faith = {"deletion_gain": interval, "insertion_gain": interval, "ism_pearson": interval, "ism_spearman": interval}
    curves = {name: [2.0, 1.0, None] for name in ("deletion", "insertion", "deletion_random", "insertion_random")}
    maps = {name: [1.0, 0.2] for name in ("signed_mean", "signed_std", "absolute_mean", "absolute_std")}
    pairs = [(method, task) for method in methods for task in TASKS]
    return {
        "split": "test",
        "model": "f" * 64,
        "sequences": COUNT,
        "seed": 0,
        "bootstrap": 1000,
        "methods": list(methods),
        "tasks": list(TASKS),
        "ground_truth": [{"method": method, "task": task, "chance": 0.1, **truth} for method, task in pairs],
        "faithfulness": [
            {"method": method, "task": task, "fractions": [0, 0.5, 1], **curves, **faith} for method, task in pairs
        ],
        "randomization": {
            "layers": ["none", "dense"],
            "sequences": COUNT,
            "draws": 2,
            "methods": [{"method": method, **maps} for method in methods],
        },
        "ranking": {},
        "notes": [f"a note {HOSTILE}"],
    }


def _write_training(workdir):
    config = {"seed": 0, "epochs": 3, "data": {"path": "few.h5"}, "model": {"network": "LabConfig", "filters": [4, 2]}}
    (workdir / "config.json").write_text(json.dumps(config))
    (workdir / "environment.json").write_text(
        json.dumps({"genomics": "0", "command": ["train.py", f"--note={HOSTILE}"], "time": "2026-01-01T00:00:00+00:00"})
    )
    lines = []
    for epoch in (1, 2, 3):
        for split, extra in (("train", 0.0), ("valid", 0.3 * abs(epoch - 2))):
            values = {"loss": 1 / epoch + extra, "accuracy": 0.5 + epoch / 10}
            lines.append(
                {"epoch": epoch, "split": split, "replicate": 0, **values, "tasks": dict.fromkeys(TASKS, values)}
            )
    (workdir / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    row = {"loss": 0.4, "accuracy": 0.8, "auroc": 0.9, "auprc": None}
    (workdir / "test_metrics.json").write_text(json.dumps({"mean": row, **dict.fromkeys(TASKS, row)}))


def _write_scores(output, sequences):
    rng = np.random.default_rng(1)
    bases = sequences.bases[:COUNT]
    logits = rng.normal(size=(COUNT, 3)).astype(np.float32)
    logits[2] = 5.0
    questions = Questions(
        sequences=bases,
        names=(*sequences.names[: COUNT - 1], HOSTILE),
        index=sequences.index[:COUNT],
        labels=sequences.labels[:COUNT],
        tasks=TASKS,
        logits=logits,
        logits_std=None,
        fingerprint="f" * 64,
        model="runs/small",
        source=sequences.source,
    )
    observed = np.eye(5, dtype=np.float32)[bases][:, None, :, :4]
    gradients = rng.normal(size=(COUNT, 3, LENGTH, 4)).astype(np.float32)
    effects = np.where(observed == 1, 0, gradients).astype(np.float32)
    effects[3, :, 7] = np.nan
    tables = {
        "saliency": (
            gradients,
            {"definition": "d logit / d x", "rule": "none", "reference": "none", "citation": HOSTILE},
        ),
        "gradient_x_input": (gradients * observed, {"definition": "x * d logit / d x", "citation": "S 2016"}),
        "ism": (effects, {"definition": "logit(alt) - logit(ref)", "citation": "Z 2015", "gauge": "delta"}),
        "epistasis": (np.zeros((COUNT, 1), np.float32), {"definition": "pairs"}),
    }
    answers = [
        Answer(name=name, parts=[write_part(output / name, 0, {"scores": values})], attributes=attributes)
        for name, (values, attributes) in tables.items()
    ]
    write_scores(output / "scores.h5", questions, answers)


def _write_motifs(output):
    rows = np.full((6, 4), 0.05)
    rows[np.arange(6), [0, 1, 2, 3, 0, 1]] = 0.85
    write_meme(output / "motifs.meme", [Motif(identifier="filter_0", name="", probabilities=rows, nsites=30)])
    match = {"match": "MA0139.1", "name": "CTCF", "q": "1e-9", "offset": "3", "strand": "-", "correlation": "0.9"}
    nothing = dict.fromkeys(match, "")
    influence = {f"change_{task}": "1.5" for task in TASKS}
    seen = {"sites": "30", "share": "0.5", "consensus": "ACGTAC"}
    filters = [
        {"filter": "filter_0", "state": "ok", **seen, **match, **influence},
        {"filter": "filter_1", "state": "dead", **dict.fromkeys(seen, ""), **nothing, **influence},
    ]
    counts = {"seqlets": "12", "sequences": "9", "contribution": "2.5", "consensus": HOSTILE}
    drivers = [
        {"task": TASKS[1], "sign": "+", **counts, **match},
        {"task": "CTCF", "sign": "-", **counts, **nothing},
    ]
    (output / "filters.json").write_text(json.dumps({"model": "f" * 64}))
    for name, table in (("filters.tsv", filters), ("seqlets.tsv", drivers)):
        with (output / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, list(table[0]), delimiter="\t", lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)
