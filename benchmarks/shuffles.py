"""Do DeepSHAP's contributions depend on which dinucleotide shuffles are its references?

  python -m benchmarks.shuffles --workdir=runs/lab5 [--data=FILE.h5] [--num_sequences=200] [--shuffles=20]

References are drawn uniformly from all sequences that keep the dinucleotides (this project's), or as widely used
implementations do: every base's last exit stays the original's, which leaves half of the sequences of ACAGATACC out of
reach and gives the original twice its share. Printed per task: how far contributions move when the scheme changes,
beside how far they move between two draws of one scheme; and the same for many references, where chance is nearly gone.
"""

import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags
from jaxtyping import Float, UInt8

from genomics.attribution.deeplift import deeplift
from genomics.command import run
from genomics.models.predictor import Predictor
from genomics.programs import model_flags, sequence_flags
from genomics.programs.tasks import restricted
from genomics.sequence.shuffle import dinucleotide_shuffles

SHUFFLES = flags.DEFINE_integer("shuffles", 20, "References of a sequence.", lower_bound=1)
MANY = flags.DEFINE_integer("many", 400, "References of a sequence, where chance shall be nearly gone.", lower_bound=1)


def main(argv: list[str]) -> None:
    del argv
    predictor = model_flags.load_predictor()
    tasks = model_flags.chosen_tasks(predictor.tasks)
    sequences = sequence_flags.load_sequences(predictor, tasks, Path(tempfile.gettempdir()))
    predictor = restricted(predictor, tasks)
    _count_paper_example(np.random.default_rng(model_flags.SEED.value))
    for count, what in ((SHUFFLES.value, "references"), (MANY.value, "references, where chance is nearly gone")):
        print(f"\n{count} {what}: contributions of {len(sequences.bases)} sequences")
        draws = [
            contributions(predictor, sequences.bases, count, half=half, seed=seed)
            for seed, half in enumerate((False, False, True, True))
        ]
        print("| task | two draws, uniform | two draws, half | uniform and half | of them due to the scheme |")
        print("|---|---|---|---|---|")
        for number, task in enumerate(predictor.tasks):
            print(f"| {task} | {' | '.join(_row([draw[:, number] for draw in draws]))} |")


def _row(draws: list[Float[np.ndarray, "N L"]]) -> list[str]:
    """Root mean square differences, as shares of the contributions' root mean square, and mean correlations."""
    one, two, half, other_half = draws
    size = np.sqrt(np.mean(one**2))

    def apart(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.sqrt(np.mean((a - b) ** 2)) / size)

    def told(*pairs: tuple[np.ndarray, np.ndarray]) -> str:
        correlations = [np.corrcoef(x, y)[0, 1] for a, b in pairs for x, y in zip(a, b, strict=True) if x.any()]
        return f"{np.mean([apart(a, b) for a, b in pairs]):.4f} (r {np.mean(correlations):.4f})"

    # Two means of the same scheme differ by chance alone, so what the schemes differ by in addition is theirs.
    across = np.mean([apart(a, b) ** 2 for a in (one, two) for b in (half, other_half)])
    within = np.mean([apart(one, two) ** 2, apart(half, other_half) ** 2])
    own = np.sign(across - within) * np.sqrt(abs(across - within))
    pairs = [(a, b) for a in (one, two) for b in (half, other_half)]
    return [told((one, two)), told((half, other_half)), told(*pairs), f"{own:+.4f}"]


def contributions(
    predictor: Predictor, bases: UInt8[np.ndarray, "N L"], count: int, *, half: bool, seed: int
) -> Float[np.ndarray, "N T L"]:
    """DeepSHAP's contributions at the observed bases, from `count` shuffles of each sequence by either scheme."""

    @jax.jit
    def explain(codes, references):
        explanation = deeplift(
            lambda x: predictor.apply(predictor.parameters, x), reference=jax.nn.one_hot(references, 4), rule="rescale"
        )
        return explanation(jax.nn.one_hot(codes, 4)).scores.sum(-1)

    rng = np.random.default_rng(seed)
    shuffle = half_shuffles if half else dinucleotide_shuffles
    return np.stack([np.asarray(explain(jnp.asarray(row), jnp.asarray(shuffle(row, count, rng)))) for row in bases])


def half_shuffles(codes: UInt8[np.ndarray, " L"], count: int, rng: np.random.Generator) -> UInt8[np.ndarray, "K L"]:
    """Shuffles that keep the dinucleotides and every base's last exit: the exits before it in any order."""
    source, target = codes[:-1], codes[1:]
    keys = rng.random((count, len(source)))
    for base in np.unique(source):
        keys[:, np.flatnonzero(source == base)[-1]] = 2.0
    order = np.argsort(keys + 3.0 * source, axis=1)
    first = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=5))])
    shuffled = np.empty((count, len(codes)), np.uint8)
    for row in range(count):
        exits, place, base = target[order[row]], first[:-1].copy(), codes[0]
        shuffled[row, 0] = base
        for position in range(1, len(codes)):
            following = exits[place[base]]
            place[base] += 1
            base = following
            shuffled[row, position] = base
    return shuffled


def _count_paper_example(rng: np.random.Generator) -> None:
    codes = np.array(["ACGT".index(base) for base in "ACAGATACC"], np.uint8)
    for name, shuffle in (("uniform", dinucleotide_shuffles), ("half", half_shuffles)):
        drawn = shuffle(codes, 6000, rng)
        kinds = len(np.unique(drawn, axis=0))
        print(f"{name}: {kinds} sequences in 6000 shuffles of ACAGATACC, itself {(drawn == codes).all(1).mean():.3f}")


if __name__ == "__main__":
    run(main)
