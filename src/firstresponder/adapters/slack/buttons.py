"""What our buttons are called and what they carry. Pure.

A button's value names the incident and the whole digest of the plan, so that a click on an old message never approves
what is asked now. It comes back through the clicker's browser and Slack: nothing in it is believed before it was read.
"""

from __future__ import annotations

import re

import msgspec

from firstresponder.errors import BadPayload

APPROVE = "firstresponder.approve"
REJECT = "firstresponder.reject"
TAKE_OVER = "firstresponder.take_over"
OPEN = "firstresponder.open"  # a link: Slack tells of the click, and nothing follows from it
REASON = "firstresponder.reason"  # the modal, its block and its field

_INCIDENT = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_DIGEST = re.compile(r"[0-9a-f]{64}|")


class About(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a click is about."""

    incident: str
    plan: str = ""  # 64 hex characters; empty: no plan is meant
    channel: str = ""  # where to answer, for what comes from a modal


def encode(about: About) -> str:
    """Write it into a button or a modal."""
    return msgspec.json.encode(about).decode()


def decode(value: str) -> About:
    """Read it back. Raises BadPayload."""
    try:
        about = msgspec.json.decode(value, type=About)
    except msgspec.MsgspecError as error:
        raise BadPayload(f"a button's value is not ours: {error}") from error
    if not _INCIDENT.fullmatch(about.incident) or not _DIGEST.fullmatch(about.plan):
        raise BadPayload("a button's value names no incident or no plan of ours")
    return about
