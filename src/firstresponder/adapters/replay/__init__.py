"""Recorded incidents, played to the same stages that read a live cluster."""
