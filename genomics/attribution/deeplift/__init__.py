"""DeepLIFT as a transformation of any JAX function."""

from genomics.attribution.deeplift.explain import deeplift, multipliers
from genomics.attribution.deeplift.names import MAX_POOL_RULES, RULES

__all__ = ["MAX_POOL_RULES", "RULES", "deeplift", "multipliers"]
