"""Incremental mutagenesis: each mutation carries only what it changes."""
