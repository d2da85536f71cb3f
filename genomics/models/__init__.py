"""The networks: the only home of Flax modules. Each maps one (L, 4) sequence to (T,) logits."""
