"""What a line of the table of methods holds."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Array, Float, Key, UInt8

from genomics.attribution.record import Attribution, Predict
from genomics.attribution.references import Reference
from genomics.interpretation.inserts import Insert


@dataclass(frozen=True, kw_only=True)
class Own:
    """What belongs to one sequence.

    Attributes:
      references: what it is compared with, (K, L, 4); None for a method that compares with nothing.
      key: of its random draws.
      windows: what replaces the window around each position, (L, M, W) codes; None for a method that replaces none.
    """

    references: Float[Array | np.ndarray, "K L 4"] | None
    key: Key[Array, ""]
    windows: UInt8[Array, "L M W"] | None = None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the flags say about methods; each method reads those that it needs.

    Attributes:
      seed: of shuffles.
      rule: of DeepLIFT at activations.
      max_pool_rule: of DeepLIFT at max-pooling.
      reference: what sequences are compared with.
      distribution: what expected gradients draws its references from.
      layer: whose scores are wanted too, by name; None = none.
      steps: of integrated gradients.
      samples: of SmoothGrad and expected gradients.
      ism: how in-silico mutagenesis is computed, `fast` or `naive`; the numbers agree up to rounding.
      gauge: of mutation effects, see `genomics.mutagenesis.gauge`.
      average_strands: whether mutation effects are the mean over both strands.
      occlusion_width: positions hidden at a time.
      pairs: which pairs of positions are mutated together, see `genomics.mutagenesis.epistasis`.
      max_indel: longest deletion and insertion.
      motif: what is put into backgrounds.
      backgrounds: how many shuffled sequences it is put into.
      convolution: whose filters are analysed, counted from 1.
      site_rule: what counts as a site of a filter, see `genomics.motifs.sites`.
    """

    seed: int
    rule: str
    max_pool_rule: str
    reference: Reference
    distribution: Reference
    layer: str | None
    steps: int
    samples: int
    ism: str
    gauge: str
    average_strands: bool
    occlusion_width: int
    pairs: str
    max_indel: int
    motif: tuple[Insert, ...]
    backgrounds: int
    convolution: int
    site_rule: str


@dataclass(frozen=True, kw_only=True)
class Method:
    """A line of the table.

    Attributes:
      build: (predict, settings, what belongs to the sequence) -> explain, or a function that gives
        arrays by name.
      definition: what its scores are, a formula in one line; may depend on the settings.
      citation: authors, year, doi.
      label: of the y axis of its figures.
      reference: settings -> what sequences are compared with; None = nothing.
      rule: settings -> the name of its rule.
      random: whether it draws at random.
      windows: settings -> the width of the windows that it replaces by shuffles; None = it replaces none.
      settings: fields of `Settings`, and flags of these names, that change its numbers.
      hypothetical: whether it also tells what each base would contribute if it stood there.
      in_all: whether `all` names it too.
      per_base: whether it has a score for each of the four bases at each position, so that it can be evaluated.
    """

    build: Callable[[Predict, Settings, Own], Callable[[Float[Array, "L 4"]], Attribution | Mapping[str, Array]]]
    definition: str | Callable[[Settings], str]
    citation: str
    label: str
    reference: Callable[[Settings], Reference] | None = None
    rule: Callable[[Settings], str] | None = None
    random: bool = False
    windows: Callable[[Settings], int] | None = None
    settings: tuple[str, ...] = ()
    hypothetical: bool = False
    in_all: bool = True
    per_base: bool = True

    def reference_of(self, settings: Settings) -> Reference | None:
        """What sequences are compared with; None = nothing."""
        return self.reference(settings) if self.reference else None

    def attributes(self, settings: Settings) -> dict[str, Any]:
        """What is stored beside the scores; but for definition and citation, scores are equal where it is equal."""
        reference = self.reference_of(settings)
        stored: dict[str, Any] = {
            "definition": self.definition if isinstance(self.definition, str) else self.definition(settings),
            "rule": self.rule(settings) if self.rule else "none",
            "reference": _told(reference) if reference else "none",
            "citation": self.citation,
        }
        if self.random or self.windows or (reference and reference.shuffles):
            stored["seed"] = settings.seed
        own = {name: getattr(settings, name) for name in self.settings if name not in stored}
        return stored | {name: value for name, value in own.items() if value is not None}


def _told(reference: Reference) -> str:
    """The reference in words that are equal for equal numbers."""
    if reference.rows is None or reference.text in ("zeros", "uniform"):
        return reference.text
    if reference.rows.shape[:2] == (1, 1):
        return ",".join(f"{frequency:.6g}" for frequency in reference.rows[0, 0])
    return f"{Path(reference.text).name} sha256 {hashlib.sha256(reference.rows.tobytes()).hexdigest()[:16]}"
