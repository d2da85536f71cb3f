"""The jaxpr walker: a JAX function of one array, read as a flat list of equations."""
