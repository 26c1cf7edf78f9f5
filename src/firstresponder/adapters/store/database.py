"""What the rooms of the store share: run a write, run a read, chain audit entries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from firstresponder.adapters.store.chain import AuditChain
from firstresponder.adapters.store.engine import READERS, reader_engine, writer_engine
from firstresponder.adapters.store.writer import Together, Writer
from firstresponder.errors import Unhealthy

T = TypeVar("T")


class Database:
    """One open SQLite file. Its methods may be awaited in any event loop, several at a time."""

    def __init__(self, path: Path, chain: AuditChain, *, read_only: bool) -> None:
        """Start the writing thread (unless read-only) and the reading ones on a file that is there and up to date."""
        self.chain = chain
        self._readers = reader_engine(path)
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._writers = None if read_only else writer_engine(path)
        self.writer = Writer(self._writers, chain.before_commit) if self._writers else None

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` inside a transaction on the writing thread; returns after the commit.

        Raises Unhealthy, and what `work` raises.
        """
        return await self._writable().submit(work)

    async def write_together(self, together: Together, payload: Any) -> None:
        """Like `write`, sharing one statement with the others that wait."""
        await self._writable().submit_together(together, payload)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a connection that sees everything committed so far. Raises Unhealthy, and what `work` raises."""
        try:
            future = self._pool.submit(self._read, work)
        except RuntimeError as error:  # the pool was shut down by close, maybe from another thread
            raise Unhealthy("the store is closed: nothing can be read any more; open it again") from error
        return await asyncio.wrap_future(future)

    async def close(self) -> None:
        """Finish what is queued and let go of the file."""
        await asyncio.to_thread(self._close)

    def _writable(self) -> Writer:
        if self.writer is None:
            raise Unhealthy("the store was opened read-only: nothing can be written through it")
        return self.writer

    def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._readers.connect() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            raise Unhealthy(f"the store could not be read: {cause}; check the disk and the data folder") from error

    def _close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self._pool.shutdown()
        self._readers.dispose()
        if self._writers is not None:
            self._writers.dispose()
