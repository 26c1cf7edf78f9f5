"""Who may work: leases as rows, for where there is no cluster to hold one.

Which clock? A lease ends by the clock of the database on PostgreSQL, whose replicas may run on machines that disagree, and
by the machine's own clock on SQLite. What a grant says of its end is by the caller's own clock, because that is what it is
compared with; it is reckoned from before the database was asked, so that it is never later than the end in the database.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from firstresponder.adapters.store.database import Database
from firstresponder.adapters.store.dialect import database_time, insert_unless
from firstresponder.adapters.store.schema import leases
from firstresponder.adapters.store.text import moment, parse
from firstresponder.model import Grant
from firstresponder.ports.clock import Clock


class LeaseRows:
    """The `Lease` port. A row is never removed, so no epoch comes twice."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Work on this database; the clock is the caller's own."""
        self._database = database
        self._clock = clock

    async def acquire(self, name: str, holder: str, ttl: float) -> Grant | None:
        """Take it for `ttl` seconds if it is free, expired, or already ours. None if another holds it.

        The same holder keeps its epoch, even over an expiry that nobody used: an epoch tells writes of one owner from
        those of another, and there was no other. Whoever else takes it, or takes it after a release, gets the next one.
        """
        until = self._clock.now() + timedelta(seconds=ttl)
        epoch = await self._database.write(lambda connection: self._acquire(connection, name, holder, ttl))
        return None if epoch is None else Grant(name=name, holder=holder, epoch=epoch, until=until)

    def _acquire(self, connection: Connection, name: str, holder: str, ttl: float) -> int | None:
        """Take it and return the epoch. The row's lock decides between two who ask at the same moment."""
        insert_unless(connection, leases, "name", {"name": name, "holder": "", "epoch": 0, "until": _NEVER})
        row = connection.execute(select(leases).where(leases.c.name == name).with_for_update()).one()
        now = self._now(connection)  # after the lock: waiting for it may have taken a while
        if row.holder != holder and row.holder and parse(row.until) > now:
            return None
        epoch: int = row.epoch if row.holder == holder else row.epoch + 1
        values = {"holder": holder, "epoch": epoch, "until": moment(now + timedelta(seconds=ttl))}
        connection.execute(update(leases).where(leases.c.name == name).values(values))
        return epoch

    async def renew(self, grant: Grant, ttl: float) -> Grant | None:
        """Extend it to `ttl` seconds from now; None if another took it meanwhile or it was released."""
        until = self._clock.now() + timedelta(seconds=ttl)

        def work(connection: Connection) -> bool:
            return _set(connection, grant, until=moment(self._now(connection) + timedelta(seconds=ttl)))

        if not await self._database.write(work):
            return None
        return Grant(name=grant.name, holder=grant.holder, epoch=grant.epoch, until=until)

    async def release(self, grant: Grant) -> None:
        """Give it up now; losing it before is no error. The epoch stays: the next owner gets the next."""
        await self._database.write(lambda connection: _set(connection, grant, holder="", until=moment(self._now(connection))))

    async def current(self, name: str) -> Grant | None:
        """Return the present owner, or None when free or expired."""
        asked = self._clock.now()
        row, now = await self._database.read(lambda connection: (_row(connection, name), self._now(connection)))
        if row is None or not row.holder:
            return None
        left = parse(row.until) - now
        return Grant(name=name, holder=row.holder, epoch=row.epoch, until=asked + left) if left > timedelta() else None

    def _now(self, connection: Connection) -> datetime:
        return database_time(connection) or self._clock.now()


_NEVER = "0001-01-01T00:00:00.000000Z"
"""The end of a lease that nobody has had."""


def _row(connection: Connection, name: str) -> Row[Any] | None:
    return connection.execute(select(leases).where(leases.c.name == name)).first()


def _set(connection: Connection, grant: Grant, **values: str) -> bool:
    mine = (leases.c.name == grant.name) & (leases.c.holder == grant.holder) & (leases.c.epoch == grant.epoch)
    return connection.execute(update(leases).where(mine).values(values)).rowcount == 1
