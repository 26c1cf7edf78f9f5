"""Firstresponder: an on-call autoresponder for Kubernetes. Start reading in `workflow/respond.py`."""

__version__ = "0.1.0"
