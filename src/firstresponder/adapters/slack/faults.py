"""Slack's errors as ours: whether to try again, and what to do (docs.slack.dev, the error tables of each method).

No text of the library or of Slack goes into an error of ours but an error code: addresses and answers may hold tokens.
"""

from __future__ import annotations

import re
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from firstresponder.errors import (
    BadConfig,
    BadInput,
    FirstresponderError,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    Temporary,
    Unreachable,
)

RETRY_AFTER = 30.0  # seconds, where Slack names no time
LONGEST_WAIT = 3600.0
BUSY = 429
SERVER_FAULT = 500
UNAVAILABLE = 503

_LATER = {
    "ratelimited": RETRY_AFTER,
    "rate_limited": RETRY_AFTER,
    "message_limit_exceeded": 60.0,
    "service_unavailable": RETRY_AFTER,
    "request_timeout": 5.0,
    "team_added_to_org": 300.0,
}
_MAYBE_DONE = frozenset({"internal_error", "fatal_error"})  # "some aspect of the operation" may have succeeded
_TOO_LONG = frozenset({"msg_blocks_too_long", "msg_too_long", "invalid_blocks", "invalid_blocks_format"})
_GONE = frozenset(
    ["message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found", "cannot_reply_to_message"]
)  # fmt: skip
_TOKEN = frozenset(
    ["not_authed", "invalid_auth", "account_inactive", "token_expired", "token_revoked", "not_allowed_token_type",
     "no_permission", "org_login_required", "two_factor_setup_required"]
)  # fmt: skip
_CHANNEL = {
    "channel_not_found": "there is no such channel for this bot: check SLACK_CHANNEL_ID; a private channel must have invited it",
    "not_in_channel": "the bot is not in the channel: invite it there with /invite",
    "is_archived": "the channel is archived: name another one in SLACK_CHANNEL_ID",
    "channel_is_archived": "the channel is archived: name another one",
    "restricted_action": "the workspace lets only some people post in this channel: name another one, or ask its admin",
    "restricted_action_read_only_channel": "the channel is read-only: name another one",
    "team_access_not_granted": "the token's workspace does not grant this: install the app there again",
}
_WEBHOOK = {
    "no_service": "the webhook was removed or is disabled: make a new one and set SLACK_WEBHOOK_URL",
    "no_team": "the webhook's workspace is gone: make a new one and set SLACK_WEBHOOK_URL",
    "invalid_token": "the webhook's address is not valid: copy it again into SLACK_WEBHOOK_URL",
    "action_prohibited": "the workspace's admin forbids this webhook",
    "posting_to_general_channel_denied": "the webhook may not post to the general channel: choose another one",
}


_NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)


class MessageGone(NotFound):
    """The message that was to be changed or answered is not there, or cannot be changed any more."""


class MissingScope(Forbidden):
    """The token may not do this."""


class TooLong(BadInput):
    """Slack did not take the blocks, mostly because they are too long together."""


def translate(error: BaseException, what: str) -> FirstresponderError:
    """Return our error for whatever the library raised while we wanted `what` ("chat.postMessage")."""
    if isinstance(error, SlackApiError):
        return _answered(error.response, what)
    name = type(error).__name__
    if isinstance(error, aiohttp.InvalidURL):
        return BadConfig(f"Slack: {what}: the address cannot be asked; leave slack.api_url out, or copy SLACK_WEBHOOK_URL again")
    if isinstance(error, _NOT_SENT):
        return Unreachable(f"Slack: {what}: no connection ({name}); nothing was sent", retry_after=5.0)
    if isinstance(error, TimeoutError):
        return OutcomeUnknown(f"Slack: {what}: no answer in time; it may have arrived", retry_after=5.0)
    if isinstance(error, aiohttp.ClientError | SlackClientError | OSError):
        return OutcomeUnknown(f"Slack: {what}: the connection broke ({name}); it may have arrived", retry_after=5.0)
    return OutcomeUnknown(f"Slack: {what}: an answer that is none of Slack's ({name})", retry_after=RETRY_AFTER)


def _answered(response: Any, what: str) -> FirstresponderError:
    status: int = getattr(response, "status_code", 0) or getattr(response, "status", 0) or 0
    data = getattr(response, "data", None)
    said = data if isinstance(data, dict) else {}
    code = _word(said.get("error", ""))
    if status == BUSY or code in _LATER:
        return Temporary(
            f"Slack: {what}: too many requests, or busy ({code or status})",
            retry_after=wait(getattr(response, "headers", None), _LATER.get(code, RETRY_AFTER)),
        )
    if status == UNAVAILABLE:
        return Temporary(f"Slack: {what}: {status}", retry_after=wait(getattr(response, "headers", None), 10.0))
    if status >= SERVER_FAULT or code in _MAYBE_DONE:
        return OutcomeUnknown(f"Slack: {what}: {code or status}; it may have arrived", retry_after=10.0)
    if not code:
        return OutcomeUnknown(f"Slack: {what}: {status}, and the answer is none of Slack's", retry_after=RETRY_AFTER)
    return refused(code, what, needed=_word(said.get("needed", "")))


def refused(code: str, what: str, *, needed: str = "") -> FirstresponderError:
    """Return our error for a word with which Slack refuses."""
    if code in _GONE:
        return MessageGone(f"Slack: {what}: {code}")
    if code in _TOO_LONG:
        return TooLong(f"Slack: {what}: {code}")
    if code == "missing_scope":
        lacks = needed or "that this needs"
        return MissingScope(f"Slack: {what}: the token lacks the scope {lacks}; add it to the app and install it again")
    cures = _CHANNEL | _WEBHOOK
    if code in cures:
        return BadConfig(f"Slack: {what}: {code}: {cures[code]}")
    cure = "the token does not count; install the app again and set the new token" if code in _TOKEN else "see Slack's page on it"
    return Forbidden(f"Slack: {what}: refused with {code}: {cure}")


def webhook(status: int, word: str, headers: Any) -> FirstresponderError:
    """Return our error for an incoming webhook's answer: a status and a word as text."""
    code = _word(word.strip())
    if status == BUSY:
        return Temporary("Slack: webhook: too many requests", retry_after=wait(headers, RETRY_AFTER))
    if status == UNAVAILABLE:
        return Temporary("Slack: webhook: 503", retry_after=wait(headers, 10.0))
    if status >= SERVER_FAULT:
        return OutcomeUnknown(f"Slack: webhook: {status}; it may have arrived", retry_after=10.0)
    return refused(code or str(status), "webhook")


def wait(headers: Any, otherwise: float) -> float:
    """Read Retry-After (seconds), within reason."""
    said = next((value for name, value in (headers or {}).items() if name.lower() == "retry-after"), "")
    text = said[0] if isinstance(said, list) and said else said
    match = re.fullmatch(r"\s*(\d{1,9}(?:\.\d+)?)\s*", text) if isinstance(text, str) else None
    return min(LONGEST_WAIT, max(1.0, float(match[1]))) if match else otherwise


def _word(said: Any) -> str:
    """Return a code of Slack's if it looks like one: whoever answers could be somebody else."""
    return said if isinstance(said, str) and re.fullmatch(r"[a-z0-9_:,]{1,80}", said) else ""
