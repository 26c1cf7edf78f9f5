"""The tables, once for SQLite and PostgreSQL. A change here needs a migration; a test compares the two.

Times are text of one width, RFC 3339 in UTC with microseconds, so that text order is time order in both databases.
A noun is kept whole as JSON in `body`; the columns beside it are what is searched, counted or changed in place.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

REVISIONS = ("0001", "0002")
"""Every migration, oldest first; the last is what this program reads and writes."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_SEQ = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts only an INTEGER primary key by itself
_TIME = String(27)

incidents = Table(
    "incidents",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("phase", String(20), nullable=False),
    Column("opened_at", _TIME, nullable=False),
    Column("updated_at", _TIME, nullable=False),
    Column("closed_at", _TIME),
    Column("live", Boolean, nullable=False),  # not closed, or its close workflow is not through yet
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "opened_at", "id"),
    Index(None, "phase", "closed_at"),
)
Index(  # a partial index is used only by a query with its very words: these are what Core writes for each database
    "ix_incidents_live",
    incidents.c.opened_at,
    incidents.c.id,
    sqlite_where=text("live = 1"),
    postgresql_where=incidents.c.live,
)

alerts = Table(
    "alerts",
    metadata,
    Column("seq", _SEQ, primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("starts_at", _TIME, nullable=False),
    Column("status", String(10), nullable=False),
    Column("assumed_start", Boolean, nullable=False),
    Column("received_at", _TIME, nullable=False),  # the latest delivery
    Column("first_received_at", _TIME, nullable=False),
    Column("deliveries", Integer, nullable=False),
    Column("changed", Integer, nullable=False),  # which delivery changed the status last
    Column("uncorrelated", Boolean, nullable=False),
    Column("incident_id", ForeignKey(incidents.c.id)),
    Column("body", Text, nullable=False),
    UniqueConstraint("fingerprint", "starts_at"),
    Index(None, "incident_id"),
    sqlite_autoincrement=True,  # a number is never used twice, not even after a purge
)
Index(
    "ix_alerts_uncorrelated",
    alerts.c.seq,
    sqlite_where=text("uncorrelated = 1"),
    postgresql_where=alerts.c.uncorrelated,
)
Index(
    "ix_alerts_assumed_start",
    alerts.c.fingerprint,
    alerts.c.seq,
    sqlite_where=alerts.c.assumed_start,
    postgresql_where=alerts.c.assumed_start,
)

events = Table(
    "events",
    metadata,
    Column("seq", _SEQ, primary_key=True),
    Column("incident_id", ForeignKey(incidents.c.id), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("at", _TIME, nullable=False),
    Column("actor", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("seen", Boolean, nullable=False),
    Column("once", Text, unique=True),
    Index(None, "incident_id", "seq"),
    sqlite_autoincrement=True,
)
Index(
    "ix_events_unseen",
    events.c.incident_id,
    events.c.seq,
    sqlite_where=~events.c.seen,
    postgresql_where=~events.c.seen,
)

documents = Table(
    "documents",
    metadata,
    Column("incident_id", ForeignKey(incidents.c.id), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("plan_digest", String(64), index=True),  # of plans only
    Column("body", Text, nullable=False),
)

choices = Table(
    "choices",
    metadata,
    Column("plan_digest", String(64), primary_key=True),
    Column("incident_id", ForeignKey(incidents.c.id), nullable=False, index=True),
    Column("body", Text, nullable=False),
)

outbox = Table(  # one row per sink, incident and message: `key` is a line's own, and empty for the card
    "outbox",
    metadata,
    Column("seq", _SEQ, primary_key=True),
    Column("incident_id", ForeignKey(incidents.c.id), nullable=False),
    Column("sink", String(64), nullable=False),
    Column("key", Text, nullable=False),
    Column("line", Text),  # JSON of the line; none for the card, which is drawn when it is delivered
    Column("waiting", Boolean, nullable=False),
    Column("given_up", Boolean, nullable=False),
    Column("wanted", Integer, nullable=False),  # how often it was wished for
    Column("attempts", Integer, nullable=False),  # since it waits
    Column("unsure", Boolean, nullable=False),  # a try may have arrived without our knowing
    Column("since", _TIME, nullable=False),  # when it began to wait
    Column("due_at", _TIME, nullable=False),
    Column("ended_at", _TIME),  # when it was delivered or given up the last time
    Column("error", Text, nullable=False),
    Column("receipt", Text),  # JSON, of cards
    UniqueConstraint("incident_id", "sink", "key"),
    sqlite_autoincrement=True,
)
Index(
    "ix_outbox_waiting",
    outbox.c.sink,
    outbox.c.due_at,
    outbox.c.seq,
    sqlite_where=text("waiting = 1"),
    postgresql_where=outbox.c.waiting,
)

operations = Table(
    "operations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("incident_id", String(64), nullable=False, index=True),
    Column("state", String(10), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("at", _TIME, nullable=False, index=True),
    Column("ended_at", _TIME),
    Column("detail", Text, nullable=False),
    Column("body", Text, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", Text, nullable=False),  # empty: given up
    Column("epoch", Integer, nullable=False),
    Column("until", _TIME, nullable=False),
)

holds = Table(
    "holds",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("body", Text, nullable=False),
)

audit = Table(  # triggers refuse UPDATE and DELETE; they are in the migration
    "audit",
    metadata,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("at", _TIME, nullable=False),
    Column("what", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("incident_id", String(64), nullable=False),
    Column("data", Text, nullable=False),
    Column("prev", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index(None, "incident_id", "seq"),
)
