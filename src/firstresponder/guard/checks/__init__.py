"""One limit per file; `guard/catalog.py` lists them."""
