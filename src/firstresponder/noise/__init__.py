"""Noise: a stream of tickets or alerts becomes the few incidents that matter, and proposals against the rest. Pure."""
