"""The store: one port per attribute, over whichever database was opened."""

from __future__ import annotations

from pathlib import Path

from firstresponder.adapters.store.alerts import AlertRows
from firstresponder.adapters.store.audit import AuditRows
from firstresponder.adapters.store.database import Database
from firstresponder.adapters.store.incidents import IncidentRows
from firstresponder.adapters.store.journal import JournalRows
from firstresponder.adapters.store.kill_switch import KillSwitchRow
from firstresponder.adapters.store.leases import LeaseRows
from firstresponder.adapters.store.outbox import OutboxRows
from firstresponder.ports.clock import Clock


class Store:
    """Every method may be awaited in any event loop."""

    def __init__(self, database: Database, data_dir: Path, clock: Clock) -> None:
        """Wire the ports to an open database."""
        self._database = database
        self.alerts = AlertRows(database)
        self.incidents = IncidentRows(database, clock)
        self.audit = AuditRows(database)
        self.journal = JournalRows(database)
        self.lease = LeaseRows(database, clock)
        self.outbox = OutboxRows(database)
        self.kill_switch = KillSwitchRow(database, data_dir)

    @property
    def where(self) -> str:
        """Which database this is, for people; never its password."""
        return self._database.where

    @property
    def commits(self) -> int:
        """Transactions committed since it was opened: far fewer than writes under load."""
        return self._database.commits

    async def close(self) -> None:
        """Finish what is queued and let go of the database; later calls raise Unhealthy. Closing twice is no error."""
        await self._database.close()
