"""From a configuration and a data set to checkpoints, metrics and curves."""
