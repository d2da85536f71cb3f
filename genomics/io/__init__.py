"""File formats: one a file, each linking its specification. Nothing here imports JAX."""
