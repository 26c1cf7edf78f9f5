"""From our errors to HTTP: one table, used by the API and by the plain routes."""

from __future__ import annotations

import math

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from firstresponder.errors import BadInput, Conflict, FirstresponderError, Forbidden, NotFound, Temporary, Unhealthy
from firstresponder.web.sent import Sent
from firstresponder.web.views import Problem

MEANING = {
    200: "done",
    400: "the request cannot be read; nothing was done",
    401: "the token is missing or wrong",
    403: "this person may not",
    404: "no such incident, or no such object in the cluster",
    409: "it was decided already, has expired, or has changed: who, what and when is in the answer",
    503: "try again after Retry-After seconds",
}
WORDS = {400: "bad_request", 401: "unauthorized", 403: "not_allowed", 404: "not_found", 405: "method_not_allowed"}
TABLE: tuple[tuple[type[FirstresponderError], int, str], ...] = (
    (BadInput, 400, "bad_request"),
    (NotFound, 404, "not_found"),
    (Conflict, 409, "conflict"),
    (Forbidden, 403, "not_allowed"),
    (Temporary, 503, "unavailable"),
    (Unhealthy, 503, "unavailable"),
)


def install(app: FastAPI) -> None:
    """Answer every error that is raised on purpose in the API's own form."""
    app.add_exception_handler(FirstresponderError, ours)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)


async def ours(request: Request, error: Exception) -> Response:
    """Answer an error of our own tree. One that is not in the table is a fault of ours and goes on."""
    del request
    for kind, status, word in TABLE:
        if isinstance(error, kind):
            wait = error.retry_after if isinstance(error, Temporary) else 5.0
            headers = {"retry-after": str(max(1, math.ceil(wait)))} if status == 503 else None  # noqa: PLR2004
            return Sent(Problem(status=word, message=str(error)), status, headers)
    raise error


async def http(request: Request, error: Exception) -> Response:
    """Answer what routing refused: no such path, wrong method, a body that is no JSON."""
    if not isinstance(error, HTTPException):
        raise error
    word = WORDS.get(error.status_code, "error")
    message = f"no such path: {request.url.path}" if error.status_code == 404 else str(error.detail)  # noqa: PLR2004
    return Sent(Problem(status=word, message=message), error.status_code, dict(error.headers or {}))


async def invalid(request: Request, error: Exception) -> Response:
    """Answer 400 and name the field; what was sent is not repeated."""
    del request
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path")) or "body"
    # A key from outside may hold half of a surrogate pair, which no UTF-8 can carry.
    message = f"{where}: {first['msg']}".encode("utf-8", "replace").decode()
    return Sent(Problem(status="bad_request", message=message[:500]), 400)
