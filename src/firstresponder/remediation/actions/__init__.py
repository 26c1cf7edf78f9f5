"""One action per file; each is one line in `remediation/catalog.py`."""
