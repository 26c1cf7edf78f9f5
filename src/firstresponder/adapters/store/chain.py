"""Appending to the audit chain inside a transaction, and keeping its head outside the database."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import structlog
from sqlalchemy import Connection, Row, insert, select

from firstresponder.adapters.store.dialect import one_at_a_time
from firstresponder.adapters.store.schema import audit
from firstresponder.adapters.store.text import moment, parse
from firstresponder.audit.entry import Head, head_of, link
from firstresponder.errors import Unhealthy
from firstresponder.model import AuditDraft, AuditEntry, canonical

HEAD_FILE = "audit.head"

_log = structlog.get_logger(__name__)
_LAST = select(audit).order_by(audit.c.seq.desc()).limit(1)


def read_head(data_dir: Path) -> Head | None:
    """Return the head that is kept beside the database, None when there is none. Raises Unhealthy when it cannot be read."""
    path = data_dir / HEAD_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Head)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise Unhealthy(
            f"{path}: the kept head of the audit cannot be read ({error}); compare the audit with the head in the log, "
            "then move this file away"
        ) from error


def write_head(data_dir: Path, head: Head) -> None:
    """Replace the kept head as a whole: a reader, or a crash, finds the old one or the new one."""
    new = data_dir / f"{HEAD_FILE}.{os.getpid()}"
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.encode(head))
        file.flush()
        os.fsync(file.fileno())
    new.replace(data_dir / HEAD_FILE)


def entry_of(row: Row[*tuple[object, ...]]) -> AuditEntry:
    """Read a row as it stands. What was tampered into nonsense becomes an entry whose hash cannot be right, never an error."""
    at, data = str(row.at), str(row.data)
    try:
        return AuditEntry(
            seq=int(row.seq),
            at=parse(at),
            what=str(row.what),
            actor=str(row.actor),
            incident_id=str(row.incident_id),
            data=msgspec.json.decode(data, type=dict),
            prev=str(row.prev),
            hash=str(row.hash),
        )
    except (ValueError, msgspec.DecodeError):
        epoch = parse("0001-01-01T00:00:00.000000Z")
        raw = {"unreadable": {"at": at, "data": data}}
        words = {"what": str(row.what), "actor": str(row.actor), "incident_id": str(row.incident_id)}
        return AuditEntry(seq=int(row.seq), at=epoch, data=raw, prev=str(row.prev), hash=str(row.hash), **words)


def last_entry(connection: Connection) -> AuditEntry | None:
    """Return the end of the chain."""
    row = connection.execute(_LAST).first()
    return None if row is None else entry_of(row)


def check_head(connection: Connection, kept: Head | None, last: AuditEntry | None) -> None:
    """See, without reading all of it, that the chain still holds the kept head.

    Raises Unhealthy when it does not: a chain that was cut must not grow over the proof of it.
    """
    if kept is None:
        return
    if last is not None and last.seq == kept.seq:
        found: str | None = last.hash
    else:
        found = connection.execute(select(audit.c.hash).where(audit.c.seq == kept.seq)).scalar()
    if found != kept.hash:
        fault = f"has the hash {found}" if found else f"is missing (the last one is {last.seq if last else 'none'})"
        raise Unhealthy(
            f"the audit was changed behind our back: entry {kept.seq} should have the hash {kept.hash} and {fault}; "
            f"run `firstresponder audit verify`; only after restoring an older backup on purpose, move the file {HEAD_FILE} away"
        )


class AuditChain:
    """The chain's end. Used by the one writing thread of this process, inside its transactions.

    Other processes append too. What they add lies between two entries of ours; the kept head, of this process, must still
    be in the chain, and what follows it is checked by whoever verifies the audit.
    """

    def __init__(self, data_dir: Path, kept: Head | None) -> None:
        """Begin with the head that was found outside the database."""
        self._data_dir = data_dir
        self._kept = kept
        self._touched = False

    def append(self, connection: Connection, drafts: Sequence[AuditDraft]) -> list[AuditEntry]:
        """Chain and insert. Raises Unhealthy when the chain no longer holds what was kept of it."""
        if not drafts:
            return []
        one_at_a_time(connection, "audit")  # from here to the commit the last entry stays the last one
        entry = last_entry(connection)
        check_head(connection, self._kept, entry)
        entries: list[AuditEntry] = []
        for draft in drafts:
            entry = link(draft, entry)
            entries.append(entry)
        connection.execute(insert(audit), [_row_of(entry) for entry in entries])
        self._touched = True
        return entries

    def before_commit(self, connection: Connection) -> Callable[[], None] | None:
        """If the transaction appended entries, return what keeps the new head once it is committed."""
        if not self._touched:
            return None
        self._touched = False
        last = last_entry(connection)
        if last is None or (self._kept is not None and last.seq == self._kept.seq):
            return None  # everything that was appended was rolled back
        head = head_of(last)
        return lambda: self._keep(head)

    def _keep(self, head: Head) -> None:
        """Write the head after the commit. A failure loses nothing that is committed: the older head still holds."""
        self._kept = head
        _log.info("audit.head", seq=head.seq, hash=head.hash)
        try:
            write_head(self._data_dir, head)
        except OSError as error:
            _log.error("audit.head_not_kept", seq=head.seq, error=str(error), path=str(self._data_dir / HEAD_FILE))


def _row_of(entry: AuditEntry) -> dict[str, object]:
    return {
        "seq": entry.seq,
        "at": moment(entry.at),
        "what": entry.what,
        "actor": entry.actor,
        "incident_id": entry.incident_id,
        "data": canonical(entry.data).decode(),
        "prev": entry.prev,
        "hash": entry.hash,
    }
