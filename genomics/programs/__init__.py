"""What the command line needs: flags, messages, exit status."""
