"""The server's API, as the commands use it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx2
import msgspec

from firstresponder.cli.text import line
from firstresponder.errors import BadInput, FirstresponderError, Forbidden, NotFound, Temporary, Unreachable
from firstresponder.web.token import VARIABLE, find_token

TIMEOUT = 30.0  # seconds
QUICK = 5.0  # seconds, where no answer is an answer too
LOOPBACK = ("127.0.0.1", "localhost", "::1")
OK = 200
MAX_SHOWN = 300  # characters of an answer that was not understood

T = TypeVar("T")


class Answered(msgspec.Struct, frozen=True):
    """An answer that was understood: the HTTP status and the JSON as bytes."""

    status: int
    content: bytes

    def read(self, form: type[T]) -> T:
        """Decode it. Raises Unreachable when something else than our server answered."""
        try:
            return msgspec.json.decode(self.content, type=form)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            shown = line(self.content[:MAX_SHOWN].decode("utf-8", "replace"))
            raise Unreachable(f"the answer is not in the form of this version ({error}): {shown!r}; is --url right?") from error


class Ready(msgspec.Struct, frozen=True):
    """The answer of `/readyz`; without the parts for strangers."""

    parts: dict[str, str] = msgspec.field(default_factory=dict)


class Api:
    """One server."""

    def __init__(self, url: str, data_dir: Path) -> None:
        """Take the token from the environment or from the data folder. Raises BadInput for a URL that is none."""
        host = _host(url)
        self.url = url.rstrip("/")
        self.token = find_token(data_dir, os.environ)
        self.where = data_dir
        # A proxy from the environment must not get to see a request that stays on this machine, nor the token in it.
        self.trust_environment = host not in LOOPBACK

    def get(self, *path: str, params: dict[str, Any] | None = None) -> Answered:
        """Read."""
        return self.call("GET", path, params=params)

    def post(self, *path: str, body: dict[str, Any], may_refuse: bool = False) -> Answered:
        """Ask for something; with `may_refuse`, 403, 404 and 409 are answers."""
        return self.call("POST", path, body=body, answers=(403, 404, 409) if may_refuse else ())

    def delete(self, *path: str, params: dict[str, Any]) -> Answered:
        """Take something back; 409 is an answer."""
        return self.call("DELETE", path, params=params, answers=(409,))

    def call(
        self,
        method: str,
        path: tuple[str, ...],
        *,
        params: dict[str, Any] | None = None,
        body: dict[str, Any] | None = None,
        answers: tuple[int, ...] = (),
    ) -> Answered:
        """Send one request, once: a decision is never repeated behind a person's back."""
        where = f"{self.url}/api/v1/" + "/".join(quote(part, safe="") for part in path)
        reply = self.send(method, where, params=params, body=body)
        if reply.status_code == OK or (reply.status_code in answers and not _is_problem(reply.content)):
            return Answered(reply.status_code, reply.content)
        raise self.refusal(reply)

    def alert(self, alerts: Sequence[Any]) -> None:
        """Send alerts as Alertmanager does, through the webhook that takes the real ones. Raises as `call` does."""
        body = {"version": "4", "receiver": "test", "status": alerts[0]["status"], "alerts": list(alerts)}
        reply = self.send("POST", f"{self.url}/webhooks/alertmanager", body=body)
        if reply.status_code != OK:
            raise self.refusal(reply)

    def send(self, method: str, where: str, *, params: dict[str, Any] | None = None, body: Any = None) -> httpx2.Response:
        """Send one request to our server with the token. Raises BadInput, Unreachable."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            with httpx2.Client(timeout=TIMEOUT, trust_env=self.trust_environment) as client:
                return client.request(method, where, params=params, json=body, headers=headers)
        except httpx2.InvalidURL as error:
            raise BadInput(f"--url: {error}; expected something like http://127.0.0.1:8000") from error
        except httpx2.HTTPError as error:
            raise Unreachable(
                f"no answer from {self.url} ({str(error) or type(error).__name__}); is 'firstresponder serve' running there? "
                "give --url, or set FIRSTRESPONDER_URL"
            ) from error

    def refusal(self, reply: httpx2.Response) -> FirstresponderError:
        """Make the error that says the same as the answer."""
        try:
            message = str(msgspec.json.decode(reply.content)["message"])
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError):
            message = f"HTTP {reply.status_code} from {self.url}: {line(reply.text[:MAX_SHOWN])!r}; is --url right?"
        status = reply.status_code
        if status == 401:  # noqa: PLR2004
            had = "this token is not the server's" if self.token else f"no token was found in {VARIABLE} or {self.where}/token"
            return BadInput(f"{self.url} wants the token, and {had}; set {VARIABLE}, or give the server's --data-dir")
        if status in {400, 413, 422}:
            return BadInput(message)
        if status == 403:  # noqa: PLR2004
            return Forbidden(message)
        if status == 404:  # noqa: PLR2004
            return NotFound(message)
        return Temporary(message) if status >= 500 else FirstresponderError(message)  # noqa: PLR2004


def ready(url: str) -> tuple[bool, dict[str, str]]:
    """Ask a server, without the token, whether it takes alerts; and how each part is. Raises BadInput, Unreachable."""
    trusted = _host(url) not in LOOPBACK
    where = f"{url.rstrip('/')}/readyz"
    try:
        reply = httpx2.get(where, timeout=QUICK, trust_env=trusted)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise Unreachable(f"GET {where}: {str(error) or type(error).__name__}") from error
    answer = Answered(reply.status_code, reply.content).read(Ready)
    return reply.status_code == OK, answer.parts


def to_alertmanager(url: str, alerts: Sequence[Any]) -> None:
    """Post alerts to an Alertmanager, as Prometheus does (its API v2, `postAlerts`). Raises BadInput, Unreachable."""
    trusted = _host(url, "--to") not in LOOPBACK
    where = f"{url.rstrip('/')}/api/v2/alerts"
    try:
        reply = httpx2.post(where, json=list(alerts), timeout=TIMEOUT, trust_env=trusted)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise Unreachable(f"no answer from the Alertmanager: POST {where}: {str(error) or type(error).__name__}") from error
    if reply.status_code != OK:
        raise FirstresponderError(f"POST {where}: HTTP {reply.status_code}: {line(reply.text[:MAX_SHOWN])!r}; is --to right?")


def _host(url: str, option: str = "--url") -> str:
    """Return the host of a server's URL. Raises BadInput."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and not set(url) & set(" \t\r\n")
    except ValueError:
        usable = False
    if not usable or parts.hostname is None:
        raise BadInput(f"{option}: expected something like http://127.0.0.1:8000, got {url!r}")
    return parts.hostname


def _is_problem(content: bytes) -> bool:
    """Whether an answer is a plain refusal and nothing more."""
    try:
        return msgspec.json.decode(content, type=dict[str, Any]).keys() <= {"status", "message"}
    except (msgspec.DecodeError, UnicodeDecodeError):
        return True
