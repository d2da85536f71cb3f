"""Layer-wise relevance propagation."""

from genomics.attribution.lrp.explain import kept_relevance, lrp
from genomics.attribution.lrp.rules import RULES

__all__ = ["RULES", "kept_relevance", "lrp"]
