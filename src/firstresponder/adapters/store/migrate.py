"""Running the migrations, which live inside the package."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

MIGRATIONS = Path(__file__).parent / "migrations"


def config() -> Config:
    """Return Alembic's settings; there is no file of them."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return settings


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest revision inside the transaction that is open on `connection`."""
    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
