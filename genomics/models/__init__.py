"""The networks: the only home of Flax modules."""
