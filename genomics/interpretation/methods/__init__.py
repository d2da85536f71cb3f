"""The methods that score sequences: a family a file, and their table."""

from genomics.interpretation.methods.table import ALL, METHODS, chosen, label

__all__ = ["ALL", "METHODS", "chosen", "label"]
