"""Every base of a genome, every record of a VCF: plan, evaluation, files that survive a kill."""
