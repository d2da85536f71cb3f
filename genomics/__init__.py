"""Networks on DNA, trained and opened up: every explanation is a transformation of a JAX function."""

__version__ = "0.1.0"
