"""`firstresponder`: the list of commands."""

from __future__ import annotations

from typing import Any, ClassVar

import typer

from firstresponder.cli.environment import adopt
from firstresponder.cli.group import LazyGroup, Listed


class Commands(LazyGroup):
    """All commands, in the order in which one meets them."""

    listed: ClassVar[dict[str, Listed]] = {
        "serve": Listed("serve", "Run the server."),
        "doctor": Listed("doctor", "See whether everything is there that the server needs."),
        "test-alert": Listed("test_alert", "Send a test alert the way a real one comes, and follow it."),
        "incidents": Listed("incidents", "List incidents, newest first."),
        "incident": Listed("incident", "Show one incident: the brief, the proposal, the outcome."),
        "respond": Listed("respond", "Look into one object that nobody alerted on."),
        "approve": Listed("approve", "Approve exactly one plan; it is carried out at once."),
        "reject": Listed("reject", "Reject exactly one plan."),
        "take-over": Listed("take_over", "Take an incident over; the tool stops working on it."),
        "look-again": Listed("look_again", "Investigate anew what was handed over or is being asked."),
        "close": Listed("close", "Close by hand what was handed over or is being asked."),
        "kill-switch": Listed("kill_switch", "Stop all changes, allow them again, or see who stopped them."),
        "bundle": Listed("bundle", "Write an incident to a file: what was seen, without secrets."),
        "diagnose": Listed("diagnose", "Diagnose recorded incidents (offline)."),
        "noise": Listed("noise", "Turn a noisy list of tickets or alerts into the few that matter (offline)."),
        "alerts": Listed("alerts", "Export the stored alerts (offline)."),
        "audit": Listed("audit", "Verify or show the audit (offline)."),
        "config": Listed("config", "Check a configuration file."),
        "runbooks": Listed("runbooks", "List the runbooks."),
        "version": Listed("version", "Say which version this is."),
    }

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Take `.env` in first: the options read variables."""
        adopt()
        return super().make_context(info_name, args, parent, **extra)


app = typer.Typer(cls=Commands, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def root() -> None:
    """Firstresponder, an on-call autoresponder for Kubernetes.

    Exit codes: 0 done or yes; 1 no (not verified, not accepted, not found); 2 wrong use or bad input;
    3 the server cannot be reached or cannot answer now.
    """


def run() -> None:
    """Run the command line."""
    app(prog_name="firstresponder")
