"""What would other bases do: in-silico mutagenesis, exact, as transformations of `predict`."""
