"""What comes out where a transformation meets a network, and the comparisons that every check makes."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from unittest import mock

import numpy as np
from absl import logging

from genomics.errors import InputError
from genomics.mutagenesis.incremental import engine
from genomics.scan.dense import program as dense_program
from tests.networks.record import Network


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Of one transformation on one network; what is wrong is an `AssertionError` instead.

    Attributes:
      mark: `=` equal to the plain way; `~` equal, but from some layer on computed in full; `-` refused.
      reason: what was said to the user; empty with `=`.
    """

    mark: str
    reason: str = ""


#: (network, whether in all settings) -> what came out, by the columns of the matrix.
Check = Callable[[Network, bool], Mapping[str, Outcome]]

EQUAL = Outcome(mark="=")


@contextlib.contextmanager
def said() -> Iterator[list[str]]:
    """What the transformations log, said anew for each network."""
    lines: list[str] = []
    engine.announce.cache_clear()
    dense_program._SAID.clear()
    keep = lambda text, *values: lines.append(text % values)  # noqa: E731
    with mock.patch.object(logging, "info", keep), mock.patch.object(logging, "warning", keep):
        yield lines


def equal(found, expected, network: Network, *, of: str = "") -> None:
    """Within rounding; NaN only where NaN is expected."""
    np.testing.assert_allclose(found, expected, atol=network.tolerance, err_msg=f"{network.name} {of}")


def something(expected) -> None:
    """There is something to compare."""
    assert np.nanmax(np.abs(expected)) > 1e-3


def exact(lines: list[str]) -> Outcome:
    """Of a way that computes in full what it has no rule for, and says so."""
    # A mutation that reaches most of a short sequence's columns is the sequence's fault, not the network's.
    lines = [line for line in lines if "to most of its output" not in line]
    if not lines:
        return EQUAL
    assert len(lines) == 1, lines
    _names_the_layer(lines[0])
    return Outcome(mark="~", reason=lines[0])


def refused(error: InputError) -> Outcome:
    """Where a network is refused, the layer and the reason are named."""
    _names_the_layer(str(error))
    return Outcome(mark="-", reason=str(error))


def _names_the_layer(line: str) -> None:
    assert any(words in line for words in ("tests/networks/", "layer '", "no convolution", "0 convolutions")), line
    assert "\n" not in line, line
