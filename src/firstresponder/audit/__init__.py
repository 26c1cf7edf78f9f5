"""The audit's hash chain: how an entry is linked, and how a chain is checked offline."""
