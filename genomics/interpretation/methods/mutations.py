"""Methods that change the sequence and look at the network's answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jaxtyping import Array, Float

from genomics.attribution.record import Explain, Predict
from genomics.attribution.references import Reference, parse_reference
from genomics.errors import InputError
from genomics.interpretation.method import Method, OfMean, Own
from genomics.interpretation.reference_setting import Compared
from genomics.interpretation.settings import Asked, Settings, setting
from genomics.lenses.units import UNITS
from genomics.mutagenesis.ablation import ablation
from genomics.mutagenesis.epistasis import epistasis, parse_pairs
from genomics.mutagenesis.gauge import GAUGES, in_gauge
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.mutagenesis.indels import deletions, insertions, random_strings
from genomics.mutagenesis.naive import ism
from genomics.mutagenesis.occlusion import occlusion

_DEFINITIONS = {
    **{name: unit.definition for name, unit in UNITS.items()},
    "centred": "logit(alternative base) - logit(reference base), minus its mean over the four bases",
    "projected": "minus the mean over the four bases of logit(alternative base) - logit(reference base)",
}
_ZEILER = "Zeiler & Fergus 2014, doi:10.1007/978-3-319-10590-1_53"
_ZHOU = "Zhou & Troyanskaya 2015, doi:10.1038/nmeth.3547"
_Arrays = Callable[[Float[Array, "L 4"]], Mapping[str, Array]]


@dataclass(frozen=True, kw_only=True)
class FirstOrder(Settings):
    """Of methods that need every single mutation.

    Attributes:
      ism: how mutations are computed; the numbers agree up to rounding.
    """

    ism: str = setting(
        "fast", "computed from what each mutation changes, or from every mutant in full", choices=("fast", "naive")
    )

    @property
    def method(self) -> Callable[[Predict], Explain]:
        """The function that computes them."""
        return ism if self.ism == "naive" else incremental_ism


@dataclass(frozen=True, kw_only=True)
class Mutagenesis(FirstOrder):
    """Of in-silico mutagenesis.

    Attributes:
      gauge: zero and unit of the effects, see `genomics.mutagenesis.gauge`.
    """

    gauge: str = setting("delta", "zero and unit of the effects", choices=tuple(GAUGES))


def _ism(predict: Predict, settings: Mutagenesis, _: Own) -> Explain:
    return in_gauge(settings.method(predict), predict, settings.gauge)


def _of_mean(settings: Mutagenesis) -> OfMean[Mutagenesis] | None:
    """A unit is told of the mean network; a linear one, and a zero, may as well be told of each."""
    if settings.gauge not in UNITS or UNITS[settings.gauge].linear:
        return None
    return OfMean(settings=replace(settings, gauge="delta"), tell=GAUGES[settings.gauge])


ISM = Method(
    build=_ism,
    settings=Mutagenesis,
    definition=lambda settings: _DEFINITIONS[settings.gauge],
    citation=_ZHOU,
    label="Δ logit",
    reading="contrast",
    of_mean=_of_mean,
)


@dataclass(frozen=True, kw_only=True)
class Ablation(Settings):
    """Of methods that hide or shuffle windows.

    Attributes:
      occlusion_width: positions of a window.
    """

    occlusion_width: int = setting(9, "positions that are hidden, or shuffled, at a time", least=1)


@dataclass(frozen=True, kw_only=True)
class Occlusion(Compared, Ablation):
    """Of occlusion: its reference hides windows where it is of base frequencies, else N does."""

    @property
    def fill(self) -> list[float] | None:
        """Base frequencies that hide a window; None = N."""
        rows = self.reference.rows
        if rows is None or rows.shape[:2] != (1, 1) or not rows.any():
            return None
        return rows[0, 0].tolist()


def _filled(settings: Occlusion) -> Reference:
    return settings.reference if settings.fill else parse_reference("zeros")


OCCLUSION = Method(
    build=lambda predict, settings, _: occlusion(predict, settings.occlusion_width, settings.fill),
    settings=Occlusion,
    definition="logit(x) - logit(x with a window around the position hidden by the reference)",
    citation=_ZEILER,
    label="occlusion",
    reference=_filled,
)


def _ablation(predict: Predict, settings: Ablation, own: Own) -> Explain:
    del settings
    assert own.windows is not None
    windows = own.windows
    return lambda x: ablation(predict, x, windows)


ABLATION = Method(
    build=_ablation,
    settings=Ablation,
    definition="logit(x) - mean over 20 dinucleotide shuffles of the window around the position of logit(shuffled)",
    citation=_ZEILER,
    label="ablation",
    windows=lambda settings: settings.occlusion_width,
    in_all=False,
)


def _read_max_indel(value: int, given: bool, asked: Asked) -> int:
    length = asked.predictor.length
    if given and value >= length:
        raise InputError(f"--max_indel={value}: must be below the sequences' length {length}")
    return min(value, length - 1)


@dataclass(frozen=True, kw_only=True)
class Indels(Settings):
    """Of deletions and insertions.

    Attributes:
      max_indel: the longest.
    """

    max_indel: int = setting(6, "longest deletion and insertion", least=1, read=_read_max_indel)


def _indels(predict: Predict, settings: Indels, _: Own) -> _Arrays:
    strings = random_strings(settings.max_indel, settings.seed)
    return lambda x: {
        "deletions": deletions(predict, x, settings.max_indel),
        "insertions": insertions(predict, x, strings),
    }


INDELS = Method(
    build=_indels,
    settings=Indels,
    definition="logit(bases deleted from, or random ones inserted before the position) - logit(x), by their number",
    citation=_ZHOU,
    label="Δ logit",
    random=True,
    in_all=False,
    per_base=False,
)


def _read_pairs(text: str, *_: Any) -> str:
    parse_pairs(text)  # refuses another text before anything is computed
    return text


@dataclass(frozen=True, kw_only=True)
class Epistasis(FirstOrder):
    """Of pairs of mutations.

    Attributes:
      pairs: which positions are mutated together, see `genomics.mutagenesis.epistasis`.
    """

    pairs: str = setting(
        "all", "all, window:W (positions at most W apart) or top:K (the K strongest positions)", read=_read_pairs
    )


def _epistasis(predict: Predict, settings: Epistasis, _: Own) -> _Arrays:
    explain = epistasis(predict, settings.pairs, first_order=settings.method)
    return lambda x: {"scores": explain(x)}


EPISTASIS = Method(
    build=_epistasis,
    settings=Epistasis,
    definition="logit(i, j mutated) - logit(i mutated) - logit(j mutated) + logit(reference), [i, a, j, b]",
    citation="Greenside, Shimko, Fordyce & Kundaje 2018, doi:10.1093/bioinformatics/bty575",
    label="epistasis",
    in_all=False,
    per_base=False,
)
