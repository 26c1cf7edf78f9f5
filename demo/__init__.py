"""Demonstrations: what a newcomer runs to see Firstresponder work."""
