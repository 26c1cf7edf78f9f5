"""The documents of an investigation, kept whole as JSON. Functions over a connection, for the incident store."""

from __future__ import annotations

from sqlalchemy import Connection, select

from firstresponder.adapters.store.dialect import upsert
from firstresponder.adapters.store.events import require_incident
from firstresponder.adapters.store.schema import documents
from firstresponder.adapters.store.text import load
from firstresponder.model import Outcome, Plan
from firstresponder.ports.incident_store import D

OUTCOMES = ("outcome-do", "outcome-undo")
"""The names of what verification found, in order of time."""


def put(connection: Connection, incident_id: str, n: int, name: str, *, plan_digest: str | None, body: str) -> None:
    """Store a document, or replace the one of that name."""
    require_incident(connection, incident_id)
    new = upsert(connection, documents).values(incident_id=incident_id, n=n, name=name, plan_digest=plan_digest, body=body)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["incident_id", "n", "name"], set_={"plan_digest": plan_digest, "body": new.excluded.body}
        )
    )


def find(connection: Connection, incident_id: str, n: int, name: str, form: type[D]) -> D | None:
    """Return a document; None when it is not there or is of a form that is no longer read (which is logged)."""
    key = (documents.c.incident_id == incident_id) & (documents.c.n == n) & (documents.c.name == name)
    body = connection.execute(select(documents.c.body).where(key)).scalar()
    return None if body is None else load(form, body, f"documents={incident_id}/{n}/{name}")


def outcomes(connection: Connection, incident_id: str) -> list[Outcome]:
    """Return the outcomes of all investigations of an incident, the undo after the do."""
    mine = (documents.c.incident_id == incident_id) & documents.c.name.in_(OUTCOMES)
    statement = select(documents.c.n, documents.c.name, documents.c.body).where(mine).order_by(documents.c.n, documents.c.name)
    found = (load(Outcome, row.body, f"documents={incident_id}/{row.n}/{row.name}") for row in connection.execute(statement))
    return [outcome for outcome in found if outcome is not None]


def plan(connection: Connection, plan_digest: str) -> Plan | None:
    """Return the plan with that digest."""
    if not plan_digest:
        return None
    statement = select(documents.c.body).where(documents.c.plan_digest == plan_digest).order_by(documents.c.n.desc()).limit(1)
    body = connection.execute(statement).scalar()
    return None if body is None else load(Plan, body, f"documents.plan_digest={plan_digest}")
