"""Layer-wise relevance propagation."""

from genomics.attribution.lrp.explain import lrp
from genomics.attribution.lrp.rules import RULES

__all__ = ["RULES", "lrp"]
