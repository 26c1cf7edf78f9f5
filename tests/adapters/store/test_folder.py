"""The data folder's disk and the audit's kept head."""

from __future__ import annotations

from pathlib import Path

import pytest

from firstresponder.adapters.store import open_store
from firstresponder.adapters.store.folder import DataFolder
from firstresponder.errors import Unhealthy
from firstresponder.model import AuditDraft
from firstresponder.testing.clock import FakeClock


async def test_a_folder_that_is_there(tmp_path: Path) -> None:
    """Free space, the database's size and that of its log are measured."""
    (tmp_path / "app.db").write_bytes(b"x" * 5000)
    (tmp_path / "app.db-wal").write_bytes(b"x" * 700)
    room = await DataFolder(tmp_path, "app.db").room()
    assert (room.there, room.writable, room.database, room.waiting) == (True, True, 5000, 700)
    assert 0 < room.free <= room.total


async def test_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    """The figures are those of the nearest folder above; nothing is made."""
    room = await DataFolder(tmp_path / "a" / "b", "app.db").room()
    assert (room.there, room.database, room.total > 0) == (False, 0, True)
    assert not (tmp_path / "a").exists()


async def test_the_kept_head(tmp_path: Path) -> None:
    """None where no entry was made; then the last one's number and hash; Unhealthy where the file is no head."""
    folder = DataFolder(tmp_path, "app.db")
    assert await folder.kept_head() is None
    store = open_store(tmp_path, FakeClock())
    (entry,) = await store.audit.append([AuditDraft(what="x", actor="me", at=FakeClock().now())])
    await store.close()
    assert await folder.kept_head() == (entry.seq, entry.hash)
    (tmp_path / "audit.head").write_text("?")
    with pytest.raises(Unhealthy):
        await folder.kept_head()
