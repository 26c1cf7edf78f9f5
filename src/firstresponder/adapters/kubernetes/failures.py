"""What an answer, or the lack of one, means in our own errors. Whether to try again is the error's type."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import httpx2
import msgspec

from firstresponder.errors import (
    BadInput,
    FirstresponderError,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    PreconditionFailed,
    Unreachable,
)
from firstresponder.redaction import Redactor

LONGEST: Final = 500  # characters of a server's message that an error repeats
READ: Final = 65536  # characters of it that are looked at

_NOT_AS_IT_IS = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
_LATER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GONE, HTTPStatus.TOO_MANY_REQUESTS}
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol, httpx2.ProxyError)


def of_transport(error: Exception, what: str, *, effect: bool) -> FirstresponderError:
    """Map a request that got no answer. `effect`: it may have changed something."""
    words = f"{what}: {type(error).__name__}: {error}".rstrip(": ")
    if effect and not isinstance(error, _NOT_SENT):
        return OutcomeUnknown(f"{words}; it was sent, and no answer came")
    return Unreachable(words)


def of_status(
    status: int, body: bytes, headers: Mapping[str, str], method: str, path: str, *, effect: bool
) -> FirstresponderError:
    """Map an answer that is no success (Kubernetes API conventions, "HTTP status codes").

    A failed `test` of a JSON patch is a 422. Admission may refuse with 400 or 403; its 403 is told from one for lack of
    permission by the words of the authorizer ("cannot patch resource"). A 5xx on a write says nothing about its effect.
    """
    words = f"{method} {path}: {status}: {message(body)}"
    by_admission = status == HTTPStatus.FORBIDDEN and not _for_lack_of_permission(_own_words(body))
    if status == HTTPStatus.CONFLICT or (method == "PATCH" and (status in _NOT_AS_IT_IS or by_admission)):
        return PreconditionFailed(words)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Forbidden(words)
    if status == HTTPStatus.NOT_FOUND:
        return NotFound(words)
    if status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        unknown = effect and status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return (OutcomeUnknown if unknown else Unreachable)(words, retry_after=retry_after(headers))
    if status < HTTPStatus.BAD_REQUEST:
        return Unreachable(f"{words}; a redirect is not followed")
    return BadInput(words)


def message(body: bytes) -> str:
    """Return the server's own words, without secrets and short: a refusal may quote the object that it refuses."""
    return Redactor().words(_own_words(body)[:READ], LONGEST) or "(no words)"


def _own_words(body: bytes) -> str:
    """The message of a Status object, else the text."""
    try:
        status = msgspec.json.decode(body)
    except msgspec.DecodeError:
        status = None
    text = status.get("message") if isinstance(status, dict) else None
    return str(text or body.decode(errors="replace")).strip()


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds of a Retry-After header; 1 where there is none or it is a date."""
    text = headers.get("retry-after", "").strip()
    return float(text) if text.isdigit() else 1.0


def _for_lack_of_permission(words: str) -> bool:
    """Whether these are an authorizer's words (apiserver, `handlers/responsewriters/errors.go`: "cannot <verb> resource")."""
    return "cannot " in words and "denied the request" not in words
