"""The store: everything that outlives the process, in one SQLite file beside the audit's kept head."""

from firstresponder.adapters.store.open import Store, open_store

__all__ = ["Store", "open_store"]
