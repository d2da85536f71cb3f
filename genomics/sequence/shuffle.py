"""Shuffles that keep the dinucleotides: the references of DeepLIFT and the backgrounds of marginalisation."""

import functools
import itertools

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

_TOKENS = 5  # A C G T N
# Rows that are shuffled together: their working memory stays within some tens of megabytes at 200 bases.
_ROWS = 4096


def dinucleotide_shuffles(
    codes: UInt8[np.ndarray, " L"], count: int, rng: np.random.Generator
) -> UInt8[np.ndarray, "K L"]:
    """Shuffles that keep every dinucleotide count, drawn uniformly from all sequences that do.

    Such a sequence is an Eulerian path of the multigraph whose edges are the dinucleotides, so it starts and ends as
    the original does. The last exits of all tokens must form a tree towards the last token (Altschul & Erickson 1985,
    doi:10.1093/oxfordjournals.molbev.a040370); a tree drawn uniformly, and all other exits in uniform order, give a
    uniform path. Five tokens have at most 125 trees, so they are weighed and drawn from directly, which gives the same
    distribution as the random walks of Wilson (1996, doi:10.1145/237814.237880). N is a fifth token.

    Args:
      codes: (L,) one sequence.
      count: number K of shuffles.
      rng: source of randomness.

    Returns:
      (K, L) codes; sequences shorter than 3 have one shuffle, themselves.
    """
    if len(codes) < 3:
        return np.tile(codes, (count, 1))
    source, target = codes[:-1].astype(np.int64), codes[1:]
    last_exit = _last_exits(codes, count, rng)
    # Sorting random keys within each token's exits orders them uniformly; a key above all others comes last.
    keys = rng.random((count, len(source)))
    np.put_along_axis(keys, last_exit, 2.0, axis=1)
    exits = target[np.argsort(keys + 3.0 * source, axis=1)].ravel()

    first_exit = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=_TOKENS))[:-1]])
    pointer = (np.arange(count)[:, None] * len(source) + first_exit).ravel()
    row = np.arange(count) * _TOKENS
    shuffles = np.empty((len(codes), count), np.uint8)
    shuffles[0] = codes[0]
    for position in range(1, len(codes)):
        place = row + shuffles[position - 1]
        exit_ = pointer[place]
        pointer[place] = exit_ + 1
        shuffles[position] = exits[exit_]
    return np.ascontiguousarray(shuffles.T)


def shuffle_rows(codes: UInt8[np.ndarray, "N L"], rng: np.random.Generator) -> UInt8[np.ndarray, "N L"]:
    """One shuffle of each row, distributed as those of `dinucleotide_shuffles`, for many sequences at a time.

    Args:
      codes: (N, L) sequences.
      rng: source of randomness; the rows are drawn independently.

    Returns:
      (N, L) codes; sequences shorter than 3 stay as they are.
    """
    shuffled = codes.copy()
    if codes.shape[1] >= 3:
        for first in range(0, len(codes), _ROWS):
            shuffled[first : first + _ROWS] = _shuffle_block(codes[first : first + _ROWS], rng)
    return shuffled


def _shuffle_block(codes: UInt8[np.ndarray, "N L"], rng: np.random.Generator) -> UInt8[np.ndarray, "N L"]:
    """The steps of `dinucleotide_shuffles`, each for all rows."""
    count, length = codes.shape
    row = np.arange(count)
    source, target = codes[:, :-1].astype(np.int64), codes[:, 1:]
    pairs = source * _TOKENS + target
    first_place = np.zeros((count, _TOKENS**2), np.int64)
    edges = np.zeros((count, _TOKENS**2))
    for place in range(length - 2, -1, -1):
        first_place[row, pairs[:, place]] = place
        edges[row, pairs[:, place]] += 1
    present = edges.reshape(count, _TOKENS, _TOKENS).sum(2) > 0
    keys = rng.random((count, length - 1))
    for root in range(_TOKENS):
        rows = np.flatnonzero(codes[:, -1] == root)
        if rows.size:
            leaving = present[rows] & (np.arange(_TOKENS) != root)
            parent = _draw_trees(edges[rows].reshape(-1, _TOKENS, _TOKENS), leaving, root, rng)
            at, token = np.nonzero(leaving)
            keys[rows[at], first_place[rows[at], token * _TOKENS + parent[at, token]]] = 2.0
    exits = np.take_along_axis(target, np.argsort(keys + 3.0 * source, axis=1), axis=1)

    leaving = edges.reshape(count, _TOKENS, _TOKENS).sum(2).astype(np.int64)
    pointer = np.cumsum(leaving, axis=1) - leaving
    shuffled = np.empty((length, count), np.uint8)
    shuffled[0] = codes[:, 0]
    for position in range(1, length):
        token = shuffled[position - 1]
        shuffled[position] = exits[row, pointer[row, token]]
        pointer[row, token] += 1
    return np.ascontiguousarray(shuffled.T)


def _draw_trees(
    edges: Float[np.ndarray, "N 5 5"], leaving: Bool[np.ndarray, "N 5"], root: int, rng: np.random.Generator
) -> Int[np.ndarray, "N 5"]:
    """A tree towards the root for each row, in proportion to the product of its edges' multiplicities.

    Tokens that do not leave for good (absent ones) hang on the root in one way, so that they multiply no tree.
    """
    home = np.zeros(_TOKENS)
    home[root] = 1.0
    weights = np.where(leaving[:, :, None], edges, home)
    trees = _trees(root)
    likelihood = np.ones((len(edges), len(trees)))
    for token in range(_TOKENS):
        likelihood *= weights[:, token, trees[:, token]]
    limits = np.cumsum(likelihood, axis=1)
    draws = rng.random((len(edges), 1)) * limits[:, -1:]
    return trees[(draws >= limits).sum(1)]


def _last_exits(codes: UInt8[np.ndarray, " L"], count: int, rng: np.random.Generator) -> Int[np.ndarray, "K exits"]:
    """For K random trees: places in `codes` of the dinucleotides by which each token but the last leaves for good.

    Parallel edges give equal sequences, so the first place of a dinucleotide stands for all.
    """
    pairs = codes[:-1].astype(np.int64) * _TOKENS + codes[1:]
    edges = np.bincount(pairs, minlength=_TOKENS**2).reshape(_TOKENS, _TOKENS)
    root = int(codes[-1])
    present = np.flatnonzero(edges.sum(1))
    present = present[present != root]
    trees = _trees(root)
    # Absent tokens hang on the root in one way, so that they multiply no tree.
    weights = edges.astype(np.float64)
    absent = np.setdiff1d(np.arange(_TOKENS), present)
    weights[absent] = 0.0
    weights[absent, root] = 1.0
    likelihood: Float[np.ndarray, " trees"] = weights[np.arange(_TOKENS), trees].prod(1)
    drawn = trees[rng.choice(len(trees), size=count, p=likelihood / likelihood.sum())]
    first_place = np.zeros(_TOKENS**2, np.int64)
    first_place[pairs[::-1]] = np.arange(len(pairs))[::-1]
    return first_place[present * _TOKENS + drawn[:, present]]


@functools.cache
def _trees(root: int) -> Int[np.ndarray, "trees 5"]:
    """The 125 trees of five tokens directed towards the root: the parent of each token (the root's is the root)."""
    trees = []
    for parents in itertools.product(range(_TOKENS), repeat=_TOKENS):
        reached = list(range(_TOKENS))
        for _ in range(_TOKENS):
            reached = [parents[token] for token in reached]
        if parents[root] == root and set(reached) == {root}:
            trees.append(parents)
    return np.array(trees)
