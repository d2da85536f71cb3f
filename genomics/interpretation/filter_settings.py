"""The settings of `--methods=filters`."""

from dataclasses import dataclass

from genomics.interpretation.methods.contributions import DeepLift
from genomics.interpretation.settings import setting
from genomics.motifs.sites import RULES

#: The method whose contributions seqlets are called on; its settings are among those of the analysis.
ATTRIBUTION = "deeplift"


@dataclass(frozen=True, kw_only=True)
class FilterSettings(DeepLift):
    """Of filters, and of the contributions that seqlets are called on.

    Attributes:
      convolution: whose filters are analysed, counted from 1.
      site_rule: what counts as a site of a filter, a name in `genomics.motifs.sites.RULES`.
    """

    convolution: int = setting(1, "which convolution; of deeper ones the whole receptive field is looked at", least=1)
    site_rule: str = setting(
        "half_max",
        "a site responds with more than half of the filter's highest, more than mean + (highest - mean) / 2 before the "
        "activation, or is the best of its sequence",
        choices=tuple(RULES),
    )
