"""Lenses: functions from a network to a `predict` that say which number is explained."""
