"""The store, opened to be read by a command: in the data folder, or in the database that the environment names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from firstresponder.adapters.clock import SystemClock
from firstresponder.adapters.store import Store, open_store
from firstresponder.config import Database, load

URL = "FIRSTRESPONDER_DATABASE_URL"
CONFIG = "FIRSTRESPONDER_CONFIG"


def stored(data_dir: Path) -> Store:
    """Open it. Raises BadConfig, Unhealthy."""
    return open_store(data_dir, SystemClock(), database=database(os.environ), read_only=True)


def database(env: Mapping[str, str]) -> Database:
    """Where the server keeps its incidents, as its environment says; the configuration file names the schema.

    Without a URL the file is not even read: a mistake in it must not stand between a person and the audit.
    """
    if not env.get(URL):
        return Database()
    file = env.get(CONFIG)
    return load(Path(file) if file else None, env).database
