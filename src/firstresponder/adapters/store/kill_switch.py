"""The kill switch: a row, and a file that works when nothing else does."""

from __future__ import annotations

import asyncio
import stat
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, delete, select

from firstresponder.adapters.store.database import Database
from firstresponder.adapters.store.dialect import insert_unless
from firstresponder.adapters.store.schema import holds
from firstresponder.adapters.store.text import dump, load
from firstresponder.errors import Unhealthy
from firstresponder.model import AuditDraft, Hold

KILL_FILE = "KILL"

_NAME = "kill_switch"
_MAX_WHY = 500


class KillSwitchRow:
    """The `KillSwitch` port. `touch KILL` in the data folder engages it; the file's first line, if any, says why."""

    def __init__(self, database: Database, data_dir: Path) -> None:
        """Work on this database and look for the file in this folder."""
        self._database = database
        self._data_dir = data_dir

    async def engaged(self) -> Hold | None:
        """Return who engaged it and why, or None; read anew each time. Raises Unhealthy when that cannot be known."""
        return await asyncio.to_thread(self._file) or await self._database.read(_hold)

    async def engage(self, hold: Hold, audit: AuditDraft) -> None:
        """Engage it. Engaging twice keeps the first; that somebody did is in the audit each time."""

        def work(connection: Connection) -> None:
            insert_unless(connection, holds, "name", {"name": _NAME, "body": dump(hold)})
            self._database.chain.append(connection, [audit])

        await self._database.write(work)

    async def release(self, audit: AuditDraft) -> bool:
        """Release it; False if a file still holds it. That somebody did is in the audit either way."""

        def work(connection: Connection) -> None:
            connection.execute(delete(holds).where(holds.c.name == _NAME))
            self._database.chain.append(connection, [audit])

        await self._database.write(work)
        return await asyncio.to_thread(self._file) is None

    def _file(self) -> Hold | None:
        """Look for the file by name alone: an empty one, an unreadable one, a folder or a dead link engage too."""
        path = self._data_dir / KILL_FILE
        try:
            self._data_dir.stat()  # a folder that is gone (an unmounted disk) must not look like a switch that is off
            found = path.lstat()
        except FileNotFoundError as error:
            if error.filename != str(path):
                raise Unhealthy(
                    f"the data folder {self._data_dir} is gone: whether the kill switch is engaged cannot be known"
                ) from error
            return None
        except OSError as error:
            raise Unhealthy(f"{path}: whether the kill switch is engaged cannot be known ({error.strerror})") from error
        return Hold(by="file", why=_why(path, found.st_mode), at=datetime.fromtimestamp(found.st_mtime, UTC), source=str(path))


def _why(path: Path, mode: int) -> str:
    said = ""
    if stat.S_ISREG(mode):  # never block on a pipe here
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                said = file.readline(_MAX_WHY).strip()
        except OSError as error:
            said = f"the file cannot be read: {error.strerror}"
    return said or f"the file {path.name} is there"


def _hold(connection: Connection) -> Hold | None:
    body = connection.execute(select(holds.c.body).where(holds.c.name == _NAME)).scalar()
    if body is None:
        return None
    hold = load(Hold, body, "holds")
    if hold is None:
        raise Unhealthy("the kill switch is engaged by an entry that cannot be read; release it and engage it anew if need be")
    return hold
