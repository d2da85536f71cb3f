"""What DNA is: bases, motifs, shuffles. numpy only."""
