"""One link of the audit chain: an entry's hash covers all its fields and the hash of the entry before it.

`hash` is SHA-256 over the canonical JSON of seq, at, what, actor, incident_id, data and prev, so that no field can be
changed and no entry be moved without another hash. The construction is that of a hash-linked time-stamping log
(Haber and Stornetta, "How to time-stamp a digital document", 1991).
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from firstresponder.model import AuditDraft, AuditEntry, Noun, canonical, digest

GENESIS = "0" * 64
"""What the first entry names as the hash before it."""


class Head(Noun, frozen=True, kw_only=True):
    """The end of a chain, as kept outside the database: without it a cut end or a new chain could not be told."""

    seq: int
    hash: str
    at: datetime  # when that entry was made


def head_of(entry: AuditEntry) -> Head:
    """Return what to keep of a chain that ends in `entry`."""
    return Head(seq=entry.seq, hash=entry.hash, at=entry.at)


def hash_of(entry: AuditEntry) -> str:
    """Compute the hash (64 hex characters) that an entry with these fields must carry; its own `hash` is not read."""
    return digest(
        {
            "seq": entry.seq,
            "at": entry.at,
            "what": entry.what,
            "actor": entry.actor,
            "incident_id": entry.incident_id,
            "data": entry.data,
            "prev": entry.prev,
        }
    )


def link(draft: AuditDraft, prev: AuditEntry | None) -> AuditEntry:
    """Make the entry that follows `prev` (None: the first of all).

    The time becomes UTC and `data` what it is after a trip through JSON (tuples are lists, times are text): what is
    hashed now is what is read back later. Raises ValueError for a time without a zone, TypeError for data that is no JSON.
    """
    if draft.at.tzinfo is None:
        raise ValueError(f"audit entry {draft.what!r}: expected an aware time, got {draft.at.isoformat()} without a zone")
    entry = AuditEntry(
        seq=prev.seq + 1 if prev else 1,
        at=draft.at.astimezone(UTC),
        what=draft.what,
        actor=draft.actor,
        incident_id=draft.incident_id,
        data=msgspec.json.decode(canonical(draft.data)),
        prev=prev.hash if prev else GENESIS,
        hash="",
    )
    return msgspec.structs.replace(entry, hash=hash_of(entry))
