"""The setting of a method that compares sequences with a reference."""

import dataclasses
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genomics.attribution.references import Reference, parse_reference, shared_rows
from genomics.interpretation.settings import Asked, Settings, setting

_WHAT = (
    "what sequences are compared with, or what hides a window: zeros, uniform, background (base frequencies of the "
    "training split), four frequencies as 0.3,0.2,0.2,0.3, dinucleotide:K (shuffles of each sequence), or FILE.npy"
)


def told(reference: Reference) -> str:
    """The reference in words that are equal for equal numbers."""
    if reference.rows is None or reference.text in ("zeros", "uniform"):
        return reference.text
    if reference.rows.shape[:2] == (1, 1):
        return ",".join(f"{frequency:.6g}" for frequency in reference.rows[0, 0])
    return f"{Path(reference.text).name} sha256 {hashlib.sha256(reference.rows.tobytes()).hexdigest()[:16]}"


def is_dense(stored: str) -> bool:
    """Whether scores against a reference, as it is stored beside them, are spread over bases that were not observed."""
    return stored not in ("none", "zeros")


def _read(text: str, given: bool, asked: Asked) -> Reference:
    del given
    background = list(asked.background()) if text == "background" else None
    reference = parse_reference(text, background=background, seed=asked.seed)
    shared_rows(reference, asked.predictor.length)  # refuses a file of another length before anything is computed
    return reference


def reference_setting(text: str) -> Any:
    """A field `reference` of type `Reference`, by default the one of this text."""
    return setting(parse_reference(text), _WHAT, text=text, read=_read, told=told)


@dataclass(frozen=True, kw_only=True)
class Compared(Settings):
    """Of methods that compare with one reference.

    Attributes:
      reference: what sequences are compared with.
    """

    reference: Reference = reference_setting("zeros")

    def __post_init__(self):
        super().__post_init__()
        # There is one seed; a reference that was made before the record keeps no other.
        object.__setattr__(self, "reference", dataclasses.replace(self.reference, seed=self.seed))
