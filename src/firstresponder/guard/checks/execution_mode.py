"""Observe and suggest never act, approve asks a person, auto acts where exactly this was granted."""

from __future__ import annotations

from firstresponder.guard.check import Guard
from firstresponder.guard.facts import Facts
from firstresponder.guard.mode import mode_of
from firstresponder.model import Verdict

GUARD = Guard(name="execution_mode", hard=True, undo=True)


def check(facts: Facts) -> Verdict:
    """Say what the mode says; a person who has taken over stops the tool in every mode."""
    facts.planned()
    ruled = mode_of(facts)
    if facts.incident.owner:
        return GUARD.deny(
            f"{facts.incident.owner} has taken this incident over",
            measured=f"owner {facts.incident.owner}",
            limit="nobody",
            clears_when="the incident is opened anew",
            then="observe",
        )
    match ruled.mode:
        case "observe":
            return GUARD.deny(
                "the mode here is observe: this is recorded only",
                measured=f"observe ({ruled.why})",
                limit="approve or auto",
                clears_when=f"{ruled.why} says approve",
                then="observe",
            )
        case "suggest":
            return GUARD.deny(
                "the mode here is suggest: a person does it, not this tool",
                measured=f"suggest ({ruled.why})",
                limit="approve or auto",
                clears_when=f"{ruled.why} says approve",
                then="escalate",
            )
        case "auto":
            return GUARD.allow("this was granted to run without asking", measured=f"auto ({ruled.why})")
        case _:
            return GUARD.ask(
                "a person has to approve this",
                measured=f"approve ({ruled.why})",
                clears_when="somebody approves it",
            )
