"""`Folder`: the disk below the data folder, and the audit's kept head."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

from firstresponder.adapters.store.chain import read_head
from firstresponder.errors import Unhealthy
from firstresponder.model import Room


class DataFolder:
    """One data folder; it need not exist yet."""

    def __init__(self, path: Path, database: str = "") -> None:
        """`database` is the name of the file in it that is the store; empty: the store is elsewhere."""
        self._path = path
        self._database = database

    async def room(self) -> Room:
        """Return the figures of the folder's disk; of the nearest folder above while it does not exist. Raises Unhealthy."""
        return await asyncio.to_thread(self._room)

    async def kept_head(self) -> tuple[int, str] | None:
        """Return the head beside the database. Raises Unhealthy."""
        head = await asyncio.to_thread(read_head, self._path)
        return (head.seq, head.hash) if head else None

    def _room(self) -> Room:
        try:
            path = self._path.absolute()
            place = next(each for each in (path, *path.parents) if each.is_dir())
            disk = shutil.disk_usage(place)
            return Room(
                path=str(self._path),
                there=place == path,
                writable=os.access(place, os.W_OK | os.X_OK),
                total=disk.total,
                free=disk.free,
                database=_size(self._path / self._database) if self._database else 0,
                waiting=_size(self._path / f"{self._database}-wal") if self._database else 0,
            )
        except OSError as error:
            raise Unhealthy(f"{self._path}: cannot be looked at ({error.strerror}); give a data folder of your own") from error


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
