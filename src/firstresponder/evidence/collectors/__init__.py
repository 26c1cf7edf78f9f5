"""One file per thing that is read; none knows another. The list is `evidence/catalog.py`."""
