"""Suspend a CronJob: no further Job of it starts. Those that run are left to end."""

from __future__ import annotations

from firstresponder.remediation.flag import Flag

SUSPEND_CRONJOB = Flag(
    "suspend-cronjob",
    "CronJob",
    "suspend",
    value=True,
    verb="Suspend",
    already="suspended",
    undo_note="lets it run again; where it has no startingDeadlineSeconds, a run that was missed meanwhile may start at once",
)
