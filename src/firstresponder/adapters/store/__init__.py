"""The store: everything that outlives the process, in SQLite or on PostgreSQL, and the audit's kept head beside it."""

from firstresponder.adapters.store.open import open_store
from firstresponder.adapters.store.store import Store

__all__ = ["Store", "open_store"]
