"""Sequences with planted motifs: `python -m genomics.data.simulate --output=lab5.h5`.

After Koo & Eddy (2019), "Representation learning of genomic sequence motifs with convolutional neural networks",
doi:10.1371/journal.pcbi.1007560. Into uniform random bases go k motifs (`Recipe.count_probabilities`); each is one of
the recipe's factors, drawn uniformly with replacement, read from either strand, its bases drawn from the position
probability matrix; a sequence is positive for the factors that it carries.
"""

import numpy as np
from absl import flags
from jaxtyping import Float, Int, UInt8

from genomics.data.dataset import Dataset, Split, Truth
from genomics.data.motifs import packaged_motifs
from genomics.data.recipes import RECIPES
from genomics.errors import InputError
from genomics.io.examples import write_examples
from genomics.sequence.bases import reverse_complement

# Per cent of train and valid; test gets the rest.
_TRAIN, _VALID = 70, 10
_MOST_SEQUENCES = 10**8
# The truth holds positions as int16.
_LONGEST = 32_767


def simulate(
    recipe: str = "lab",
    *,
    num_sequences: int = 25_000,
    seed: int = 0,
    length: int = 200,
    forward_only: bool = False,
) -> Dataset:
    """Simulated examples with their truth, split 70 / 10 / 20.

    Args:
      recipe: name in `RECIPES`.
      num_sequences: of all splits together, at least 10.
      seed: equal seeds give equal data.
      length: of each sequence, in bases; must hold the largest number of the widest motif.
      forward_only: plant as in the motif file; otherwise each motif is on either strand with probability 1/2.

    Returns:
      The data set; `truth` has one column for each motif of the fullest sequence that the recipe allows.

    Raises:
      InputError: an argument breaks its rule.
    """
    if recipe not in RECIPES:
        raise InputError(f"recipe {recipe!r} is unknown; must be one of {', '.join(RECIPES)}")
    chosen = RECIPES[recipe]
    motifs = [packaged_motifs()[identifier].probabilities for identifier in chosen.motifs]
    widths = np.array([len(motif) for motif in motifs])
    most = len(chosen.count_probabilities)
    shortest = most * int(widths.max())
    if not 10 <= num_sequences <= _MOST_SEQUENCES:
        raise InputError(f"num_sequences = {num_sequences}: must be from 10 (three splits) to {_MOST_SEQUENCES}")
    if not 0 <= seed < 2**63:
        raise InputError(f"seed = {seed}: must be from 0 to 2^63 - 1")
    if not shortest <= length <= _LONGEST:
        raise InputError(
            f"length = {length}: must be from {shortest} ({most} motifs of {widths.max()}) to {_LONGEST} bases"
        )

    rng = np.random.default_rng(seed)
    bases = rng.integers(0, 4, (num_sequences, length), np.uint8)
    counts = rng.choice(np.arange(1, most + 1), num_sequences, p=chosen.count_probabilities)
    start, factor, strand = (np.full((num_sequences, most), unused, np.int16) for unused in (-1, -1, 0))
    for count in range(1, most + 1):
        rows = np.flatnonzero(counts == count)
        drawn = rng.integers(0, len(motifs), (len(rows), count))
        start[rows, :count] = place(widths[drawn], length, rng)
        factor[rows, :count] = drawn
        strand[rows, :count] = 1 if forward_only else rng.choice([-1, 1], drawn.shape)
    truth = Truth(start=start, factor=factor, strand=strand)
    labels = np.zeros((num_sequences, len(motifs)), np.uint8)
    for index, motif in enumerate(motifs):
        labels[:, index] = (factor == index).any(1)
        _plant(bases, motif, truth, index, rng)

    train, valid = _TRAIN * num_sequences // 100, _VALID * num_sequences // 100
    spans = {
        "train": slice(0, train),
        "valid": slice(train, train + valid),
        "test": slice(train + valid, num_sequences),
    }
    return Dataset(
        tasks=chosen.factors,
        splits={name: _split(bases, labels, truth, rows) for name, rows in spans.items()},
        factors=chosen.factors,
        widths=tuple(widths.tolist()),
        provenance={"recipe": recipe, "seed": seed, "strands": "forward" if forward_only else "both"},
    )


def place(widths: Int[np.ndarray, "N k"], length: int, rng: np.random.Generator) -> Int[np.ndarray, "N k"]:
    """Starts of k motifs a sequence that do not overlap, uniform over all placements that keep their order.

    With `free` bases left outside the motifs, a placement is a choice of k among free + k slots: motif i stands after
    as many free bases as there are unchosen slots before its own.

    Args:
      widths: of each sequence's motifs in order of position; their sum must not exceed the length.
      length: of the sequences.
      rng: source of randomness.

    Returns:
      Starts, ascending in each row.
    """
    count = widths.shape[1]
    slots = length - widths.sum(1) + count
    chosen = np.empty((len(widths), 0), np.int64)
    for drawn in range(count):
        # The d-th draw is uniform over the slots not yet chosen: step over the chosen ones in ascending order.
        slot = rng.integers(0, slots - drawn)
        for earlier in range(drawn):
            slot += slot >= chosen[:, earlier]
        chosen = np.sort(np.column_stack([chosen, slot]), axis=1)
    return chosen - np.arange(count) + np.cumsum(widths, axis=1) - widths


def sample_sites(
    probabilities: Float[np.ndarray, "W 4"], count: int, rng: np.random.Generator
) -> UInt8[np.ndarray, "count W"]:
    """Sites of a motif, each base drawn by itself from its column's probabilities."""
    limits = np.cumsum(probabilities, axis=1)[:, :3]
    draws = rng.random((count, len(probabilities)))
    return (draws[..., None] >= limits).sum(-1, dtype=np.uint8)


def _plant(
    bases: UInt8[np.ndarray, "N L"],
    probabilities: Float[np.ndarray, "W 4"],
    truth: Truth,
    factor: int,
    rng: np.random.Generator,
) -> None:
    """Writes sites of one factor into `bases`, wherever the truth has it."""
    rows, columns = np.nonzero(truth.factor == factor)
    sites = sample_sites(probabilities, len(rows), rng)
    reverse = truth.strand[rows, columns] == -1
    sites[reverse] = reverse_complement(sites[reverse])
    positions = truth.start[rows, columns, None] + np.arange(len(probabilities))
    bases[rows[:, None], positions] = sites


def _split(bases: UInt8[np.ndarray, "N L"], labels: UInt8[np.ndarray, "N T"], truth: Truth, rows: slice) -> Split:
    part = Truth(start=truth.start[rows], factor=truth.factor[rows], strand=truth.strand[rows])
    return Split(bases=bases[rows], labels=labels[rows], truth=part)


def main(argv: list[str]) -> None:
    """Simulates as the flags say, writes the file and prints what is in it."""
    if len(argv) > 1:
        raise InputError(f"{argv[1]!r}: arguments are given as --flag=value")
    values = flags.FLAGS
    dataset = simulate(
        values.recipe,
        num_sequences=values.num_sequences,
        seed=values.seed,
        length=values.length,
        forward_only=values.forward_only,
    )
    write_examples(values.output, dataset)
    sizes = ", ".join(f"{name} {len(split.bases)}" for name, split in dataset.splits.items())
    shares = np.concatenate([split.labels for split in dataset.splits.values()]).mean(0)
    positive = ", ".join(f"{task} {share:.3f}" for task, share in zip(dataset.tasks, shares, strict=True))
    print(f"{values.output}: {sizes} sequences of {dataset.length} bases; share of positives: {positive}")


def define_flags() -> None:
    """The command's flags; importing this file defines none, so that other programs may have flags of these names."""
    flags.DEFINE_string("output", None, "HDF5 file to write.", required=True)
    flags.DEFINE_enum("recipe", "lab", list(RECIPES), "Which motifs are planted.")
    flags.DEFINE_integer("num_sequences", 25_000, "Number of sequences, split 70 / 10 / 20.")
    flags.DEFINE_integer("length", 200, "Length of each sequence in bases.")
    flags.DEFINE_integer("seed", 0, "Equal seeds give equal files.")
    flags.DEFINE_boolean("forward_only", False, "Plant motifs on the forward strand only.")


if __name__ == "__main__":
    from genomics.command import run

    define_flags()
    run(main)
