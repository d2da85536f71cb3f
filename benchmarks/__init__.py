"""The figures of the README, each printed by one command: `python -m benchmarks.<name>`."""
