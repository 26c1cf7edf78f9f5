"""The token: compared in constant time, as Bearer, and for machines that cannot send that, as a Basic password."""

from __future__ import annotations

import base64
import binascii
import hmac

from starlette.types import Scope


class Token:
    """The one shared secret of the API, the webhooks and the metrics."""

    def __init__(self, token: str) -> None:
        """Refuses an empty token: it would let everybody in."""
        if not token:
            raise ValueError("the token is empty; expected at least one character")
        self._token = token.encode()

    def bearer(self, scope: Scope) -> bool:
        """Return whether the request carries `Authorization: Bearer TOKEN`."""
        scheme, credentials = _authorization(scope)
        return scheme == b"bearer" and hmac.compare_digest(credentials, self._token)

    def machine(self, scope: Scope) -> bool:
        """Return whether it carries the token as Bearer or as Basic password (any user name).

        Basic is taken from machines only (webhooks, metrics), never by the API: a browser repeats Basic credentials on its
        own, also for requests that another site made it send.
        """
        scheme, credentials = _authorization(scope)
        if scheme == b"basic":
            try:
                credentials = base64.b64decode(credentials, validate=True).partition(b":")[2]
            except (binascii.Error, ValueError):
                return False
        elif scheme != b"bearer":
            return False
        return hmac.compare_digest(credentials, self._token)


def _authorization(scope: Scope) -> tuple[bytes, bytes]:
    """Scheme (lower case) and credentials of the only Authorization header; empty when absent or given twice."""
    found = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(found) != 1:
        return b"", b""
    scheme, _, credentials = found[0].strip().partition(b" ")
    return scheme.lower(), credentials.strip()
