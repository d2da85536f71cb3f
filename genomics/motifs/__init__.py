"""What a network has learned, as motifs: filters, their sites, their influence, seqlets, and what is known."""
