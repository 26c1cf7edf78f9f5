"""One workspace's Web API, through Slack's own client. Never retries: the outbox does."""

from __future__ import annotations

import asyncio
import logging
import threading
import weakref
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from firstresponder.adapters.slack import faults
from firstresponder.config import Secret, Slack

QUIET = logging.getLogger("firstresponder.slack")
QUIET.setLevel(logging.CRITICAL + 1)
"""The library's log: what it would say, we say in our own words; it also writes down addresses that are secrets."""

OK = 200
FAULTS = (aiohttp.ClientError, SlackClientError, TimeoutError, OSError, ValueError, TypeError, AttributeError)
"""What the library lets through. The last three come from answers of somebody who is not Slack.

None of them becomes a cause: their texts and traces hold addresses, which are secrets.
"""


class Answered(msgspec.Struct, frozen=True):
    """A good answer: its body, and its headers in lower case."""

    data: dict[str, Any]
    headers: dict[str, str]


class Sessions:
    """One HTTP session per event loop, closed by the loop that used it."""

    def __init__(self, timeout: float) -> None:
        """`timeout` (seconds) bounds one request; half of it the connecting, so that one knows which of them it was."""
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=timeout / 2)
        self._lock = threading.Lock()
        self._open: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.ClientSession] = weakref.WeakKeyDictionary()

    def session(self) -> aiohttp.ClientSession:
        """Return the running loop's session. It heeds HTTPS_PROXY and NO_PROXY."""
        loop = asyncio.get_running_loop()
        with self._lock:
            found = self._open.get(loop)
            if found is None or found.closed:
                found = self._open[loop] = aiohttp.ClientSession(timeout=self._timeout, trust_env=True)
            return found

    @asynccontextmanager
    async def one(self, *, keep: bool) -> AsyncIterator[aiohttp.ClientSession]:
        """Yield the running loop's session, or one that is closed again at once."""
        if keep:
            yield self.session()
            return
        async with aiohttp.ClientSession(timeout=self._timeout, trust_env=True) as fresh:
            yield fresh

    async def close(self) -> None:
        """Close the running loop's session."""
        with self._lock:
            found = self._open.pop(asyncio.get_running_loop(), None)
        if found is not None:
            await found.close()


class Api:
    """The Web API with one token."""

    def __init__(self, settings: Slack, token: Secret, *, keep: bool = True) -> None:
        """Nothing is asked yet. Without `keep` nothing stays open between calls, so nobody needs to close it."""
        self._url = settings.api_url
        self._token = token
        self._keep = keep
        self._sessions = Sessions(settings.timeout)

    async def post(self, method: str, body: Mapping[str, Any]) -> Answered:
        """Call a method that does something. Raises as `faults.translate`."""
        return await self._call(method, http_verb="POST", json=dict(body))

    async def get(self, method: str, **params: str) -> Answered:
        """Call a method that reads, or one without arguments. Raises as `faults.translate`."""
        return await self._call(method, http_verb="GET", params=params)

    async def close(self) -> None:
        """Close what the running loop holds open."""
        await self._sessions.close()

    async def _call(self, method: str, **arguments: Any) -> Answered:
        try:
            async with self._sessions.one(keep=self._keep) as session:
                client = AsyncWebClient(
                    token=self._token.reveal(), base_url=self._url, session=session, retry_handlers=[], logger=QUIET
                )
                client.proxy = None  # the session knows the proxy, and when not to take it
                answer = await client.api_call(method, **arguments)
            data = answer.data if isinstance(answer.data, dict) else {}
            return Answered(data, {name.lower(): value for name, value in answer.headers.items()})
        except FAULTS as error:
            raise faults.translate(error, method) from None


class Hook:
    """One incoming webhook. Its address is a secret."""

    def __init__(self, settings: Slack) -> None:
        """Nothing is sent yet."""
        self._url = settings.webhook_url
        self._sessions = Sessions(settings.timeout)

    async def post(self, body: Mapping[str, Any]) -> None:
        """Send one message. Raises as `faults.translate` and `faults.webhook`."""
        client = AsyncWebhookClient(self._url.reveal(), session=self._sessions.session(), retry_handlers=[], logger=QUIET)
        client.proxy = None
        try:
            answer = await client.send_dict(dict(body))
        except FAULTS as error:
            raise faults.translate(error, "webhook") from None
        if answer.status_code != OK:
            raise faults.webhook(answer.status_code, str(answer.body), answer.headers)

    async def close(self) -> None:
        """Close what the running loop holds open."""
        await self._sessions.close()
