"""What people decided, once per plan. Functions over a connection, for the incident store."""

from __future__ import annotations

from sqlalchemy import Connection, select

from firstresponder.adapters.store.dialect import insert_unless
from firstresponder.adapters.store.events import require_incident
from firstresponder.adapters.store.schema import choices
from firstresponder.adapters.store.text import dump, load
from firstresponder.errors import Unhealthy
from firstresponder.model import Choice


def record(connection: Connection, choice: Choice) -> bool:
    """Record a choice unless the plan has one; the primary key makes it one-shot."""
    require_incident(connection, choice.incident_id)
    row = {"plan_digest": choice.plan_digest, "incident_id": choice.incident_id, "body": dump(choice)}
    return insert_unless(connection, choices, "plan_digest", row)


def standing(connection: Connection, plan_digest: str) -> Choice | None:
    """Return what was decided. Raises Unhealthy for one that cannot be read: taking it for none would ask twice."""
    body = connection.execute(select(choices.c.body).where(choices.c.plan_digest == plan_digest)).scalar()
    if body is None:
        return None
    choice = load(Choice, body, f"choices={plan_digest}")
    if choice is None:
        raise Unhealthy(f"the choice on plan {plan_digest} is stored in a form that cannot be read; nothing is done on that plan")
    return choice
