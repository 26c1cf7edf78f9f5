"""Timings: see README.md beside this file."""
