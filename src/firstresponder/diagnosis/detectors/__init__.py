"""One file per cause class of the taxonomy; none knows another. The list is `diagnosis/catalog.py`."""
