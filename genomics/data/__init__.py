"""Examples ready for a model: the simulator, HDF5 data sets."""
