"""The story of an incident and what carries it. Start reading in `respond.py`."""
