"""Correlation: which incident an alert belongs to, and what an event does to an incident. Pure."""
