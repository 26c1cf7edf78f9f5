"""Runbooks: which actions answer which cause or alert, in which order. Pure but for the YAML parser, on text handed in."""
