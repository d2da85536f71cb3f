"""What is put into backgrounds: a known motif by its name, or a sequence."""

import re
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from genomics.data.motifs import TAXON, motif_database, packaged_motifs
from genomics.errors import InputError
from genomics.mutagenesis.marginalize import draws, shuffled_backgrounds
from genomics.sequence.bases import INVALID, N, encode
from genomics.sequence.motif import Motif

_BACKGROUNDS = re.compile(r"dinucleotide:([1-9]\d*)")


@dataclass(frozen=True, kw_only=True)
class Insert:
    """A motif or a sequence, by the text that names it.

    Attributes:
      text: as given.
      motif: whose sites are drawn; None for a sequence.
      others: identifiers of further motifs of that name, if it was found by its name.
      bases: (W,) codes of the sequence; None for a motif.
    """

    text: str
    motif: Motif | None = None
    others: tuple[str, ...] = ()
    bases: UInt8[np.ndarray, " W"] | None = None

    @property
    def name(self) -> str:
        """The text, and the motif's identifier."""
        return f"{self.motif.name} ({self.motif.identifier})" if self.motif else self.text

    @property
    def told(self) -> str:
        """What the text was taken for: a motif's identifier, name, taxon, and what else has the name."""
        if not self.motif:
            return f"--motif={self.text}: the sequence {self.text}"
        others = f"; so named are also {', '.join(self.others)}" if self.others else ""
        found = f"{self.motif.identifier} {self.motif.name}, {self.motif.width} bases, JASPAR CORE {TAXON}"
        return f"--motif={self.text}: {found}{others}"

    @property
    def width(self) -> int:
        """Number of bases W."""
        return self.motif.width if self.motif else len(self.bases)  # pyright: ignore[reportArgumentType]

    def sites(self, count: int, rng: np.random.Generator) -> UInt8[np.ndarray, "B W"]:
        """Bases for each of B backgrounds: drawn from the motif, or the sequence again and again."""
        if self.motif:
            return draws(self.motif, count, rng)
        assert self.bases is not None
        return np.tile(self.bases, (count, 1))


def parse_insert(text: str) -> Insert:
    """Finds a motif by identifier or name (in any case), or reads a sequence of A, C, G, T.

    Of several motifs of one name the packaged one counts, which the simulator plants, then the first of JASPAR 2026.

    Raises:
      InputError: the text is neither.
    """
    wanted = text.strip().lower()
    for motifs in (packaged_motifs().values(), motif_database()):
        for motif in motifs:
            if wanted == motif.identifier.lower():
                return Insert(text=text, motif=motif)
        for motif in motifs:
            if wanted == motif.name.lower():
                others = {other.identifier for other in motif_database() if other.name.lower() == wanted}
                return Insert(text=text, motif=motif, others=tuple(sorted(others - {motif.identifier})))
    bases = encode(wanted)
    if not len(bases) or ((bases == INVALID) | (bases == N)).any():
        raise InputError(
            f"--motif={text}: must be the name or identifier of a motif of JASPAR 2026 (vertebrates), such as CTCF or "
            "MA0139.1, or a sequence of A, C, G and T"
        )
    return Insert(text=text.strip().upper(), bases=bases)


def parse_backgrounds(text: str) -> int:
    """The number of shuffles in `dinucleotide:K`.

    Raises:
      InputError: another text.
    """
    found = _BACKGROUNDS.fullmatch(text)
    if found is None:
        raise InputError(f"--backgrounds={text}: must be dinucleotide:K with K >= 1")
    return int(found[1])


def backgrounds(bases: UInt8[np.ndarray, "N L"], count: int, seed: int) -> UInt8[np.ndarray, "B L"]:
    """Dinucleotide shuffles of the sequences in turn."""
    return shuffled_backgrounds(bases, count, np.random.default_rng(seed))
