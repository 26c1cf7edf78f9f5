"""Who may knock: Slack's signature, its age, and the size of what comes, before anything of it is read.

docs.slack.dev, "Verifying requests from Slack": HMAC-SHA256 over `v0:TIMESTAMP:BODY`, at most five minutes from now.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec
from slack_sdk import signature as vendor

from firstresponder.adapters.slack.earlier import Reply
from firstresponder.config import Secret
from firstresponder.ports.clock import Clock

STAMP = "x-slack-request-timestamp"
SIGNATURE = "x-slack-signature"

_STAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


class _Time(vendor.Clock):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()


class Door:
    """Lets in what Slack signed."""

    def __init__(self, secret: Secret, clock: Clock, *, largest: int) -> None:
        """Without a secret nothing is let in. `largest` is in bytes."""
        self._verifier = vendor.SignatureVerifier(secret.reveal(), _Time(clock)) if len(secret) else None
        self._largest = largest

    def refuse(self, method: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        """Return why not, or None."""
        if self._verifier is None:
            return problem(404, "not_found", "clicks over HTTP are off: SLACK_SIGNING_SECRET is not set")
        if method != "POST":
            return problem(405, "method_not_allowed", "Slack sends clicks with POST", {"allow": "POST"})
        if len(body) > self._largest:
            return problem(413, "too_large", f"the body is larger than {self._largest} bytes; Slack sends none like that")
        if not self._signed(headers, body):
            return problem(401, "unauthorized", "not signed by Slack with this app's signing secret within the last five minutes")
        return None

    def _signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        named = {name.lower(): value for name, value in headers.items()}
        stamp, signature = named.get(STAMP, ""), named.get(SIGNATURE, "")
        if self._verifier is None or not _STAMP.fullmatch(stamp) or not _SIGNATURE.fullmatch(signature):
            return False
        try:
            return self._verifier.is_valid(body, stamp, signature)
        except UnicodeDecodeError:
            return False


def problem(status: int, word: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Say no, in the form of the API: `{"status": word, "message": …}`."""
    body = msgspec.json.encode({"status": word, "message": message})
    return Reply(status, {"content-type": "application/json", **(headers or {})}, body)
