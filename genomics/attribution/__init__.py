"""Why did the network say that: one method a file, each a transformation of `predict`."""
