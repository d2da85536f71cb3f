"""Words that two splits share: how much of what is tested was seen before, whatever the coordinates say."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import UInt8, UInt64

from genomics.sequence.bases import N, reverse_complement

#: Bases of a word.
WIDTH = 50
#: Words that are kept of a split; of more a sample is compared, the same words of every split.
_MOST = 50_000_000
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def shared_with_training(bases: Mapping[str, UInt8[np.ndarray, "N L"]], *, most: int = _MOST) -> dict[str, float]:
    """Share of the rows of each other split that hold a word of `WIDTH` bases of a training row, on either strand.

    Repeats of the genome and windows that overlap are both found. Words with N are none; nor are there any in sequences
    that are shorter. Equal words are found by their hashes of 64 bits.

    Args:
      bases: by name of the split, `train` among them.
      most: of so many words on, a sample is compared: then the share is a lower bound.
    """
    train = bases["train"]
    if train.shape[1] < WIDTH:
        return {}
    every = max(1, -(-train.shape[0] * (train.shape[1] - WIDTH + 1) // most))
    known = np.unique(_sampled(_words(train), every))
    found = {}
    for name, own in bases.items():
        if name != "train":
            words = _words(own)
            hit = np.isin(words, known) & _is_sampled(words, every)
            found[name] = float(hit.any(1).mean())
    return found


def _sampled(words: UInt64[np.ndarray, "N M"], every: int) -> UInt64[np.ndarray, " K"]:
    return words[_is_sampled(words, every)]


def _is_sampled(words: UInt64[np.ndarray, "N M"], every: int) -> np.ndarray:
    return (words > 0) & ((words >> np.uint64(7)) % np.uint64(every) == 0)


def _words(bases: UInt8[np.ndarray, "N L"]) -> UInt64[np.ndarray, "N M"]:
    """A number for each word, the same on both strands; 0 where it holds N."""
    forward, other = _hashes(bases), _hashes(reverse_complement(bases))[:, ::-1]
    unknown = np.lib.stride_tricks.sliding_window_view(bases == N, WIDTH, axis=1).any(-1)
    return np.where(unknown, np.uint64(0), np.minimum(forward, other))


def _hashes(bases: UInt8[np.ndarray, "N L"]) -> UInt64[np.ndarray, "N M"]:
    """Polynomials of the bases modulo 2^64, from each to the next by what enters and what leaves."""
    codes = bases.astype(np.uint64) + np.uint64(1)
    with np.errstate(over="ignore"):
        highest = np.multiply.accumulate(np.full(WIDTH, _FACTOR, np.uint64))[-1]
        value = np.zeros(len(bases), np.uint64)
        found = np.empty((len(bases), bases.shape[1] - WIDTH + 1), np.uint64)
        for place in range(bases.shape[1]):
            value = value * _FACTOR + codes[:, place]
            if place >= WIDTH:
                value = value - highest * codes[:, place - WIDTH]
            if place >= WIDTH - 1:
                found[:, place - WIDTH + 1] = value
    return found
