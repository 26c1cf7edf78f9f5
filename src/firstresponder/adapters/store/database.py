"""What the rooms of the store share: run a write, run a read, chain audit entries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from firstresponder.adapters.store.chain import AuditChain
from firstresponder.adapters.store.writer import Together, Writer
from firstresponder.errors import Unhealthy

READERS = 3
"""Reads that may run at the same time."""

T = TypeVar("T")


class Database:
    """One open database. Its methods may be awaited in any event loop, several at a time."""

    def __init__(
        self,
        where: str,
        chain: AuditChain,
        readers: Engine,
        *,
        writer: Writer | None,
        taker: Writer | None,
        explain: Callable[[BaseException, str], Unhealthy],
    ) -> None:
        """Read through `readers`; write through `writer`, and what may be done together through `taker` (maybe the same one).

        Without them it is read-only. `explain` says for a person what an error of the database means.
        """
        self.where = where
        self.chain = chain
        self.writer = writer
        self._taker = taker
        self._readers = readers
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._explain = explain

    @property
    def commits(self) -> int:
        """Transactions committed so far."""
        return sum(writer.commits for writer in {self.writer, self._taker} if writer is not None)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` inside a transaction on the writing thread; returns after the commit.

        `work` may be run again where the database undid the transaction, so it changes nothing but the database. Raises
        Unhealthy, and what `work` raises.
        """
        return await _there(self.writer).submit(work)

    async def write_together(self, together: Together, payload: Any) -> None:
        """Like `write`, sharing one statement with the others that wait."""
        await _there(self._taker).submit_together(together, payload)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a connection that sees everything committed so far. Raises Unhealthy, and what `work` raises."""
        try:
            future = self._pool.submit(self._read, work)
        except RuntimeError as error:  # the pool was shut down by close, maybe from another thread
            raise Unhealthy("the store is closed: nothing can be read any more; open it again") from error
        return await asyncio.wrap_future(future)

    async def close(self) -> None:
        """Finish what is queued and let go of the database."""
        await asyncio.to_thread(self._close)

    def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._readers.connect() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            raise self._explain(error, "could not be read") from error

    def _close(self) -> None:
        for writer in (self.writer, self._taker):
            if writer is not None:
                writer.close()
        self._pool.shutdown()
        self._readers.dispose()


def _there(writer: Writer | None) -> Writer:
    if writer is None:
        raise Unhealthy("the store was opened read-only: nothing can be written through it")
    return writer
