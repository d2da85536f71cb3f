"""The experiments, one a file: `--config=NAME` finds each."""
