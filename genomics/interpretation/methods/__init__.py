"""The methods that score sequences: a family a file, and their table."""

from genomics.interpretation.methods.table import ALL, METHODS, axis_label, chosen, label

__all__ = ["ALL", "METHODS", "axis_label", "chosen", "label"]
