"""What other people call the fields of an alert: columns of tables, keys of documents."""

from __future__ import annotations

import re
from collections.abc import Sequence

from firstresponder.noise import places
from firstresponder.noise.words import FIRING, RESOLVED, SEVERITIES, listed

TITLE_NAMES = listed(
    """
    alertname, alert, title, summary, message, name, description, short_description, subject, incident, issue, problem,
    trigger, event, headline, ticket, text
    """
)
SEVERITY_NAMES = listed("severity, sev, priority, prio, urgency, level, criticality, impact")
STATUS_NAMES = listed("status, state, alert_state, alert_status")
START_NAMES = listed(
    """
    startsat, startedat, start, starttime, starttimestamp, started, createdat, createdon, created, createdtime,
    createtime, openedat, opened, opentime, activeat, firedat, firingsince, triggeredat, triggeredon, triggertime, raised,
    raisedat, detectedat, reportedat, reported, time, timestamp, datetime, date, occurredat, eventtime, receivedat, ts, at
    """
)
END_NAMES = listed(
    """
    endsat, endedat, end, endtime, ended, resolvedat, resolvedon, resolved, resolutiondate, resolutiontime, resolveddate,
    closedat, closedon, closed, closetime, closedtime, clearedat, cleared, recoveredat, recoverytime, completedat, until
    """
)
DURATION_NAMES = listed(
    """
    duration, durationseconds, durations, durationsec, durationminutes, durationmin, secondstoresolve, minutestoresolve,
    timetoresolve, timetoresolution, ttr, mttr, resolutiontimeseconds, lasted, downtime
    """
)
ID_NAMES = listed(
    """
    fingerprint, incidentnumber, incidentid, issuekey, key, id, number, tinyid, ticketid, alertid, alias, incidentkey,
    issueid, eventid, uid, dedupkey
    """
)
ENDED_BY_NAMES = listed("resolvedby, closedby, resolvedbyusername, resolvereason, autoresolved")
SERVICE_NAMES = listed(
    """
    servicename, service, servicesummary, component, components, application, app, integration, affectedservice,
    configurationitem, cmdbci, businessservice, project, projectname
    """
)

FIELDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("title", tuple(name.replace("_", "") for name in TITLE_NAMES)),
    ("start", START_NAMES),
    ("end", END_NAMES),
    ("duration", DURATION_NAMES),
    ("severity", SEVERITY_NAMES),
    ("status", tuple(name.replace("_", "") for name in STATUS_NAMES)),
    ("ended_by", ENDED_BY_NAMES),
    ("service", SERVICE_NAMES),
    ("id", ID_NAMES),
)
"""Our field → what others call it, the best first, in lower case without blanks and marks."""

_SELF = re.compile(
    r"auto|self|integration|system|monitor|api|timeout|timed out|alertmanager|prometheus|bot\b|true|yes", re.IGNORECASE
)


def plain(name: str) -> str:
    """Return a column's name as the lists here have it."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def columns_of(header: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Choose columns by their names: our field → their column, and the columns that stay unused.

    Places (zone, cluster, namespace, …) and machines (node, host, …) are fields of their own.
    """
    left = {plain(name.rpartition(".")[2] or name): name for name in reversed(header) if name.strip()}
    left |= {plain(name): name for name in reversed(header) if name.strip()}
    chosen: dict[str, str] = {}
    for ours, theirs in FIELDS:
        for candidate in theirs:
            name = left.get(candidate)
            if name is not None and name not in chosen.values():
                chosen[ours] = name
                break
    for name in header:
        key = name.rpartition(".")[2].strip().lower().replace(" ", "_")
        kind = places.KINDS.get(key)
        kind = kind or ("instance" if key in places.INSTANCES else None)
        if kind and kind not in chosen and name not in chosen.values():
            chosen[kind] = name
    used = set(chosen.values())
    return chosen, tuple(name for name in header if name not in used and name.strip())


def severity_of(text: str) -> str:
    """Return critical, high, warning, low, info or none for any of their spellings; "" for a word that is none of them."""
    low = re.sub(r"[-_ ]", "", text.strip().lower())
    if low in SEVERITIES:
        return SEVERITIES[low]
    match = re.match(r"(p[0-5]|sev[0-5]|[1-5](?=\D)|[a-z]+)", text.strip().lower())
    return SEVERITIES.get(match.group(), "") if match else ""


def status_of(text: str) -> str:
    """Return firing or resolved; "" for a word that says neither."""
    low = text.strip().lower()
    if low in RESOLVED:
        return "resolved"
    return "firing" if low in FIRING else ""


def ended_by(text: str) -> str:
    """Return self or person for what a column says of who ended it; "" for an empty one."""
    text = text.strip()
    if not text or text.lower() in {"none", "null", "-", "n/a", "false", "no"}:
        return ""
    return "self" if _SELF.search(text) else "person"
