"""A guard's name, kind and words: what every file in `checks/` is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec.structs import replace

from firstresponder.guard.facts import Facts, NotKnown
from firstresponder.guard.mode import mode_of
from firstresponder.model import Noun, Verdict

Then = Literal["", "wait", "observe", "escalate"]


class Guard(Noun, frozen=True, kw_only=True):
    """A guard. Hard: unknown or unmet is deny. Advisory: that is deny in `auto`, and a question to a person otherwise.

    `undo`: it is also heard before a repair is taken back. Guards about whether to begin at all are not: leaving a
    repair that made things worse in place is the greater harm.
    """

    name: str
    hard: bool
    undo: bool

    def allow(self, reason: str, *, measured: str = "", limit: str = "") -> Verdict:
        """Nothing against it."""
        return Verdict(guard=self.name, hard=self.hard, decision="allow", reason=reason, measured=measured, limit=limit)

    def ask(self, reason: str, *, measured: str = "", limit: str = "", clears_when: str = "", then: Then = "") -> Verdict:
        """A person has to say so."""
        return replace(self.allow(reason, measured=measured, limit=limit), decision="ask", clears_when=clears_when, then=then)

    def deny(
        self, reason: str, *, measured: str = "", limit: str = "", clears_when: str = "", then: Then = "", hard: bool = False
    ) -> Verdict:
        """No. `hard=True` makes this one verdict of an advisory guard a hard one."""
        no = self.ask(reason, measured=measured, limit=limit, clears_when=clears_when, then=then)
        return replace(no, decision="deny", hard=self.hard or hard)

    def unmet(
        self, facts: Facts, reason: str, *, measured: str = "", limit: str = "", clears_when: str = "", then: Then = ""
    ) -> Verdict:
        """What the guard wants is not so, or not known: no for a hard one and in `auto`, otherwise a question."""
        say = self.deny if self.hard or mode_of(facts).mode == "auto" else self.ask
        return say(reason, measured=measured, limit=limit, clears_when=clears_when, then=then)

    def unknown(self, facts: Facts, error: NotKnown) -> Verdict:
        """A fact is missing."""
        return self.unmet(facts, f"not known: {error}", measured="unknown", clears_when=error.clears_when, then="wait")


class Check(Noun, frozen=True, kw_only=True):
    """A guard and the function that speaks for it."""

    guard: Guard
    run: Callable[[Facts], Verdict]
