"""Checking a chain: the first bad entry and what was done to it, in one pass and bounded memory."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from firstresponder.audit.entry import GENESIS, Head, hash_of
from firstresponder.model import AuditEntry, Noun


class Fault(StrEnum):
    """What was done to a chain, as far as it can be told from the chain and the kept head."""

    EDITED = "edited"  # an entry's content is not what its hash covers
    REMOVED = "removed"  # entries are missing before this one
    REORDERED = "reordered"  # entries are all there or come twice, in another order
    CUT = "cut"  # the chain ends before the kept head
    REWRITTEN = "rewritten"  # an entry is sound in itself, but it is not the one that was there


class Report(Noun, frozen=True, kw_only=True):
    """What a check found. `count` entries hold, the last of them is `last_seq` with `last_hash`."""

    count: int
    last_seq: int
    last_hash: str
    fault: Fault | None = None
    seq: int | None = None  # the first bad entry
    detail: str = ""  # one sentence for a person
    beyond: int | None = None  # entries after the kept head; None when no head was given or a fault was found

    @property
    def ok(self) -> bool:
        """Whether every entry holds and the kept head, if one was given, is in the chain."""
        return self.fault is None


class Verifier:
    """A check in steps: `see` every entry from the first on, then ask for the `report`.

    It is the form for asynchronous sources; `verify` is the one for plain iterables.
    """

    def __init__(self, head: Head | None = None) -> None:
        """Begin before the first entry; `head` is what was kept outside the database."""
        self._head = head
        self._count = 0
        self._seq = 0
        self._hash = GENESIS
        self._fault: Fault | None = None
        self._bad = 0
        self._detail = ""
        self._open = False  # whether a later entry can still show that the bad one was moved

    def see(self, entry: AuditEntry) -> None:
        """Take the next entry in the order in which it is stored."""
        if self._fault is not None:
            self._see_after(entry)
            return
        sound, follows, due = hash_of(entry) == entry.hash, entry.prev == self._hash, self._seq + 1
        if not sound:
            # A row that was moved and renumbered looks edited too, until its predecessor's true successor turns up.
            self._blame(
                Fault.EDITED, entry.seq, f"the content of entry {entry.seq} is not what its hash covers", moved=not follows
            )
        elif entry.seq > due:
            gap = f"entry {due} is" if entry.seq == due + 1 else f"entries {due} to {entry.seq - 1} are"
            self._blame(Fault.REMOVED, due, f"{gap} missing before entry {entry.seq}", moved=True)
        elif entry.seq < due:
            self._blame(Fault.REORDERED, entry.seq, f"entry {entry.seq} comes after entry {self._seq}")
        elif not follows:
            # Both are sound in themselves, so the one before was replaced after this one was linked to it
            # (or, for the first entry, this one was made to follow something that is not there).
            was = max(self._seq, 1)
            self._blame(
                Fault.REWRITTEN, was, f"entry {entry.seq} was linked to another entry before it than entry {self._seq} is"
            )
        elif self._head is not None and entry.seq == self._head.seq and entry.hash != self._head.hash:
            self._blame(
                Fault.REWRITTEN, entry.seq, f"entry {entry.seq} is not the one that the kept head names: it was written anew"
            )
        else:
            self._count, self._seq, self._hash = self._count + 1, entry.seq, entry.hash

    def report(self) -> Report:
        """Say what the entries so far amount to, taken as the whole chain."""
        fault, bad, detail, beyond = self._fault, self._bad, self._detail, None
        if fault is None and self._head is not None:
            beyond = self._seq - self._head.seq
            if beyond < 0:
                fault, bad, beyond = Fault.CUT, self._seq + 1, None
                detail = f"the chain ends at entry {self._seq}, the kept head is entry {self._head.seq}"
        return Report(
            count=self._count,
            last_seq=self._seq,
            last_hash=self._hash,
            fault=fault,
            seq=bad if fault else None,
            detail=detail,
            beyond=beyond,
        )

    def _blame(self, fault: Fault, seq: int, detail: str, *, moved: bool = False) -> None:
        self._fault, self._bad, self._detail, self._open = fault, seq, detail, moved

    def _see_after(self, entry: AuditEntry) -> None:
        if self._open and entry.prev == self._hash:
            self._fault, self._open = Fault.REORDERED, False
            self._detail = f"the entry that follows entry {self._seq} comes later than it should"


def verify(entries: Iterable[AuditEntry], head: Head | None = None) -> Report:
    """Check a whole chain from its first entry on, in one pass and bounded memory.

    Without a `head` a cut end and a wholly new chain cannot be told from a true one. A chain that goes on beyond the
    head is sound: the head is written after the commit.
    """
    verifier = Verifier(head)
    for entry in entries:
        verifier.see(entry)
    return verifier.report()
