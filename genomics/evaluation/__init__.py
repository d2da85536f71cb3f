"""Can an explanation be trusted: ground truth, faithfulness, sanity checks."""
