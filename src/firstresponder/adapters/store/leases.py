"""Who may work: leases as rows, for where there is no cluster to hold one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from firstresponder.adapters.store.database import Database
from firstresponder.adapters.store.schema import leases
from firstresponder.adapters.store.text import moment, parse
from firstresponder.model import Grant
from firstresponder.ports.clock import Clock


class LeaseRows:
    """The `Lease` port. Times are wall-clock, because processes share them; a row is never removed, so no epoch comes twice."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Work on this database; the clock says when a lease has run out."""
        self._database = database
        self._clock = clock

    async def acquire(self, name: str, holder: str, ttl: float) -> Grant | None:
        """Take it for `ttl` seconds if it is free, expired, or already ours. None if another holds it.

        The same holder keeps its epoch, even over an expiry that nobody used: an epoch tells writes of one owner from
        those of another, and there was no other. Whoever else takes it, or takes it after a release, gets the next one.
        """
        return await self._database.write(lambda connection: self._acquire(connection, name, holder, ttl))

    def _acquire(self, connection: Connection, name: str, holder: str, ttl: float) -> Grant | None:
        now = self._clock.now()
        until = now + timedelta(seconds=ttl)
        row = _row(connection, name)
        if row is None:
            connection.execute(insert(leases).values(name=name, holder=holder, epoch=1, until=moment(until)))
            return Grant(name=name, holder=holder, epoch=1, until=until)
        if row.holder != holder and row.holder and parse(row.until) > now:
            return None
        epoch = row.epoch if row.holder == holder else row.epoch + 1
        values = {"holder": holder, "epoch": epoch, "until": moment(until)}
        connection.execute(update(leases).where(leases.c.name == name).values(values))
        return Grant(name=name, holder=holder, epoch=epoch, until=until)

    async def renew(self, grant: Grant, ttl: float) -> Grant | None:
        """Extend it to `ttl` seconds from now; None if another took it meanwhile or it was released."""

        def work(connection: Connection) -> Grant | None:
            until = self._clock.now() + timedelta(seconds=ttl)
            if not _set(connection, grant, until=moment(until)):
                return None
            return Grant(name=grant.name, holder=grant.holder, epoch=grant.epoch, until=until)

        return await self._database.write(work)

    async def release(self, grant: Grant) -> None:
        """Give it up now; losing it before is no error. The epoch stays: the next owner gets the next."""
        now = moment(self._clock.now())
        await self._database.write(lambda connection: _set(connection, grant, holder="", until=now))

    async def current(self, name: str) -> Grant | None:
        """Return the present owner, or None when free or expired."""
        row = await self._database.read(lambda connection: _row(connection, name))
        if row is None or not row.holder:
            return None
        until: datetime = parse(row.until)
        return Grant(name=name, holder=row.holder, epoch=row.epoch, until=until) if until > self._clock.now() else None


def _row(connection: Connection, name: str) -> Row[Any] | None:
    return connection.execute(select(leases).where(leases.c.name == name)).first()


def _set(connection: Connection, grant: Grant, **values: str) -> bool:
    mine = (leases.c.name == grant.name) & (leases.c.holder == grant.holder) & (leases.c.epoch == grant.epoch)
    return connection.execute(update(leases).where(mine).values(values)).rowcount == 1
