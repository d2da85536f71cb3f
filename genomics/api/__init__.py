"""What `import genomics` offers: its names are in `genomics/__init__.py`, each has its home here or below."""
