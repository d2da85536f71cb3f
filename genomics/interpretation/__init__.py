"""Many methods on many sequences: what is asked, the batches, the files and the figures."""
