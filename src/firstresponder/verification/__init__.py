"""Proof that a repair worked: probes looked at over time, and one of four words. Reads only."""
