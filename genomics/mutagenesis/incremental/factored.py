"""A local change times numbers that all columns share: kept as its factors (see `gated.py`)."""

from dataclasses import dataclass, replace

import jax.numpy as jnp
from jaxtyping import Array, Shaped

from genomics.mutagenesis.incremental.change import Local, Whole, from_differences, store, whole
from genomics.mutagenesis.incremental.span import Span
from genomics.mutagenesis.incremental.unmutated import Unmutated

#: A factor: (rows, 3, *value), with 1 in the place of the columns.
Factor = Shaped[Array, "rows three ..."]


@dataclass(frozen=True, kw_only=True)
class Term:
    """One product.

    Attributes:
      part: what changes in a short span.
      factor: what all columns share, in the layout in which the part is stored.
    """

    part: Local
    factor: Factor

    def scaled(self) -> Local:
        """The part's difference times the factor, as a change of zeros."""
        zeros = Unmutated(array=jnp.zeros_like(self.part.reference.array))

        def read(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
            factor = self.factor if len(self.factor) == 1 else self.factor[rows]
            return self.part.delta(rows, low, high) * factor

        return replace(from_differences(self.part.span, zeros, read), view=self.part.view)


@dataclass(frozen=True, kw_only=True)
class Gated:
    """A value that is a sum of products; all parts lie along the same axis and have the same view.

    Attributes:
      reference: the value without mutations.
      terms: its products.
    """

    reference: Unmutated
    terms: tuple[Term, ...]

    @property
    def span(self) -> Span:
        """The first part's."""
        return self.terms[0].part.span


Change = Local | Gated | Whole


def entire(change: Change) -> Whole:
    """Every column of the value, with the mutations."""
    if not isinstance(change, Gated):
        return whole(change)
    products = []
    for term in change.terms:
        data = whole(replace(term.part, view=None)).data * term.factor
        products.append(data.reshape(*data.shape[:2], *change.reference.array.shape))
    return Whole(reference=change.reference, data=sum(products[1:], products[0]))


def stored(gated: Gated) -> Gated:
    """The same value, its parts held in memory."""
    return replace(gated, terms=tuple(replace(term, part=store(term.part)) for term in gated.terms))
