"""What Slack sends when somebody clicks (docs.slack.dev, "Interaction payloads"), as far as we read it.

A signature says that it comes from Slack, not that it has the shape that we expect: everything is read strictly, and
what does not fit is refused before anything is done. Fields that we do not name may come and go.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

import msgspec

from firstresponder.adapters.slack import buttons, text
from firstresponder.adapters.slack.buttons import About
from firstresponder.errors import BadPayload
from firstresponder.model import Person

_USER = re.compile(r"[UW][A-Z0-9]{1,30}")
_PLACE = re.compile(r"[CDG][A-Z0-9]{1,30}|")
_TRIGGER = re.compile(r"[\w.-]{1,300}|", re.ASCII)
MOST_FIELDS = 4
LONGEST_NAME = 80


class Who(msgspec.Struct, frozen=True):
    """The person, as Slack knows them."""

    id: str
    name: str = ""
    username: str = ""

    def person(self) -> Person:
        """Return them as somebody whom Slack's signature vouches for."""
        name = text.line(self.name or self.username, LONGEST_NAME) or self.id
        return Person(name=name, via="slack", proven=f"slack:{self.id}")


class Action(msgspec.Struct, frozen=True):
    """One button that was pressed."""

    action_id: str
    value: str = ""


class Channel(msgspec.Struct, frozen=True):
    """Where."""

    id: str = ""


class Pressed(msgspec.Struct, frozen=True, tag_field="type", tag="block_actions"):
    """A button below a message."""

    user: Who
    actions: tuple[Action, ...]
    trigger_id: str = ""
    channel: Channel = Channel()

    @property
    def action(self) -> Action:
        """The button."""
        return self.actions[0]

    @property
    def about(self) -> About:
        """What it is about."""
        return buttons.decode(self.action.value)


class Field(msgspec.Struct, frozen=True):
    """What was typed."""

    value: str | None = None


class State(msgspec.Struct, frozen=True):
    """The fields of a modal, by block and name."""

    values: dict[str, dict[str, Field]] = {}


class View(msgspec.Struct, frozen=True):
    """A modal."""

    callback_id: str
    private_metadata: str = ""
    state: State = State()


class Submitted(msgspec.Struct, frozen=True, tag_field="type", tag="view_submission"):
    """A modal that was sent."""

    user: Who
    view: View

    @property
    def about(self) -> About:
        """What it is about."""
        return buttons.decode(self.view.private_metadata)

    @property
    def reason(self) -> str:
        """What was given as the reason."""
        return (self.view.state.values.get(buttons.REASON, {}).get(buttons.REASON, Field()).value or "").strip()


Click = Pressed | Submitted


def unpack(body: bytes) -> dict[str, Any]:
    """Return the payload of a signed request's body. Raises BadPayload."""
    try:
        fields = parse_qs(body.decode("utf-8"), strict_parsing=True, max_num_fields=MOST_FIELDS, errors="strict")
        (payload,) = fields["payload"]
        found = msgspec.json.decode(payload)
    except (ValueError, KeyError, RecursionError) as error:
        raise BadPayload(f"expected a form with one field 'payload' that holds JSON ({type(error).__name__})") from error
    if not isinstance(found, dict):
        raise BadPayload(f"expected a JSON object in 'payload', got {type(found).__name__}")
    return found


def read(payload: dict[str, Any]) -> Click:
    """Return the click that a payload tells of. Raises BadPayload."""
    try:
        click: Click = msgspec.convert(payload, Pressed | Submitted, strict=True)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadPayload(f"not a click of ours: {error}") from error
    if not _USER.fullmatch(click.user.id):
        raise BadPayload("the user's id has not the form of Slack's ids")
    if isinstance(click, Submitted):
        if click.view.callback_id != buttons.REASON or not _PLACE.fullmatch(click.about.channel):
            raise BadPayload("not a modal of ours")
        return click
    if len(click.actions) != 1:
        raise BadPayload(f"expected one action, got {len(click.actions)}")
    if click.action.action_id not in (buttons.APPROVE, buttons.REJECT, buttons.TAKE_OVER, buttons.OPEN):
        raise BadPayload("not a button of ours")
    if not _PLACE.fullmatch(click.channel.id) or not _TRIGGER.fullmatch(click.trigger_id):
        raise BadPayload("the channel or the trigger has not the form of Slack's ids")
    if click.action.action_id != buttons.OPEN and not click.about.plan:
        raise BadPayload("the button names no plan")
    return click
