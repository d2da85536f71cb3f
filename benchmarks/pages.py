"""How large is the page of many tasks, or of long sequences, and how soon is it there?

  python -m benchmarks.pages

Random scores of 919 tasks on 200 bases, and of 3 tasks on 10,000. Needs what benchmarks.report does.
"""

import tempfile
from pathlib import Path

import numpy as np
from absl import app
from playwright.sync_api import sync_playwright

from benchmarks.report import REPEATS, chromium, opened
from genomics.interpretation.methods import ALL
from genomics.io.parts import write_part
from genomics.io.scores import Answer, Questions, write_scores
from genomics.models.predictor import Predictor
from genomics.report.page import write_report
from genomics.report.payload import Subject

_SEQUENCES = 4


def make(folder: Path, tasks: int, length: int) -> Path:
    """Writes scores of all methods, and their page."""
    rng = np.random.default_rng(0)
    bases = rng.integers(0, 4, (_SEQUENCES, length)).astype(np.uint8)
    names = tuple(f"task_{task}" for task in range(tasks))
    predictor = Predictor(
        apply=lambda _, x: x.reshape(-1)[:tasks],
        parameters={},
        replicates=None,
        length=length,
        tasks=names,
        fingerprint="random",
        source="random",
    )
    questions = Questions(
        sequences=bases,
        names=tuple(f"sequence_{row}" for row in range(_SEQUENCES)),
        index=np.arange(_SEQUENCES, dtype=np.int32),
        labels=rng.integers(0, 2, (_SEQUENCES, tasks)).astype(np.uint8),
        tasks=names,
        logits=rng.normal(size=(_SEQUENCES, tasks)).astype(np.float32),
        logits_std=None,
        fingerprint="random",
        model="random",
        source="random",
    )
    observed = np.eye(4, dtype=bool)[bases][:, None]
    scores = rng.normal(size=(_SEQUENCES, tasks, length, 4)).astype(np.float32)
    parts = {False: {"scores": scores}, True: {"scores": np.where(observed, 0, scores).astype(np.float32)}}
    written = {ism: [write_part(folder / f"parts_{ism}", 0, arrays)] for ism, arrays in parts.items()}
    attributes = {"definition": "random", "rule": "none", "reference": "none", "citation": "", "version": ""}
    answers = [
        Answer(name=name, parts=written[name == "ism"], attributes={**attributes, "gauge": "delta"}) for name in ALL
    ]
    write_scores(folder / "scores.h5", questions, answers)
    subject = Subject(
        predictor=predictor,
        output=folder,
        workdir=None,
        checkpoint="best",
        data=None,
        sequences=None,
        scan=None,
        count=_SEQUENCES,
        seed=0,
        alleles=5,
    )
    return write_report(subject)


def main(argv: list[str]) -> None:
    del argv
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        for tasks, length in ((919, 200), (3, 10_000)):
            path = make(Path(folder) / f"{tasks}_{length}", tasks, length)
            seconds = []
            for _ in range(REPEATS.value):
                page, taken = opened(browser, path)
                seconds.append(taken)
                page.close()
            size = path.stat().st_size / 1e6
            told = f"{min(seconds):.2f} to {max(seconds):.2f} s"
            print(f"{tasks} tasks of {length:,} bases: {size:.1f} MB; opened and drawn in {told}", flush=True)
        browser.close()


if __name__ == "__main__":
    app.run(main)
