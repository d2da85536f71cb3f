"""What computes the parts of a scan: an engine a file; `genomics/programs/engine_flags.py` has the table."""
