"""Socket Mode: clicks over a connection that we open, for a server that Slack cannot reach.

docs.slack.dev, "Using Socket Mode". The address is asked for with Slack's client; the connection is held here, because
that library's own loop (3.47) tries a used address again for ever and leaves tasks behind. Each address is used once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import aiohttp
import msgspec
import structlog

from firstresponder.adapters.slack import faults
from firstresponder.adapters.slack.api import FAULTS, Api, Sessions
from firstresponder.adapters.slack.earlier import Reply
from firstresponder.config import Slack
from firstresponder.errors import BadPayload, FirstresponderError, Temporary
from firstresponder.ports.clock import Clock

HEARTBEAT = 10.0  # seconds between pings; without a pong the connection is given up
LARGEST = 2_000_000
FIRST_WAIT, LONGEST_WAIT = 1.0, 120.0  # seconds before the next try; doubled each time
OK = 200

log = structlog.get_logger(__name__)


class Envelope(msgspec.Struct, frozen=True):
    """What comes over the connection."""

    type: str
    envelope_id: str = ""
    payload: dict[str, Any] = {}
    reason: str = ""


class SocketMode:
    """Holds one connection and answers what comes."""

    def __init__(self, settings: Slack, clock: Clock, take: Callable[[dict[str, Any]], Awaitable[Reply]]) -> None:
        """`take` answers a payload; it may raise BadPayload."""
        self._api = Api(settings, settings.app_token)
        self._sessions = Sessions(settings.timeout)
        self._clock = clock
        self._take = take
        self._running: set[asyncio.Task[None]] = set()
        self._ended = threading.Event()
        self._cancel: Callable[[], object] | None = None

    async def run(self) -> None:
        """Connect, answer, connect again, until cancelled."""
        wait = FIRST_WAIT
        try:
            while True:
                began = self._clock.monotonic()
                try:
                    reason = await self._connection()
                except FirstresponderError as error:
                    said = error.retry_after if isinstance(error, Temporary) else LONGEST_WAIT
                    wait = min(LONGEST_WAIT, max(FIRST_WAIT, 2 * wait, said))
                    log.warning("slack_socket_lost", why=str(error), again_in=wait)
                except Exception:  # a fault of ours must not end the clicks for good
                    wait = LONGEST_WAIT
                    log.exception("slack_socket_failed", again_in=wait)
                else:
                    wait = self._after(reason, began)
                    log.info("slack_socket_ended", why=reason, again_in=wait)
                await self._clock.sleep(wait)
        finally:
            if self._running:
                await asyncio.wait(set(self._running))
            await self._api.close()
            await self._sessions.close()

    def begin(self) -> None:
        """Forget an earlier `end`, before `serve` is called."""
        self._ended.clear()

    def serve(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `work` on this thread until `end`."""

        async def until_ended() -> None:
            loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work())
            self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
            if self._ended.is_set():
                task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        asyncio.run(until_ended())

    def end(self) -> None:
        """End what `serve` runs; from any thread."""
        self._ended.set()
        if self._cancel is not None:
            with suppress(RuntimeError):  # its loop has ended already
                self._cancel()

    def _after(self, reason: str, began: float) -> float:
        """Seconds until the next connection: none after one that lasted, since a click in the gap would be lost."""
        if reason == "link_disabled":  # Socket Mode was turned off
            return LONGEST_WAIT
        return 0.0 if self._clock.monotonic() - began > HEARTBEAT else FIRST_WAIT

    async def _connection(self) -> str:
        """Hold one connection until it ends; return why Slack ended it. Raises as `faults.translate`."""
        answer = await self._api.post("apps.connections.open", {})
        try:
            async with self._sessions.session().ws_connect(
                str(answer.data.get("url", "")), heartbeat=HEARTBEAT, max_msg_size=LARGEST
            ) as socket:
                log.info("slack_socket_open")
                async for message in socket:
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        continue
                    envelope = _read(message.data)
                    if envelope.type == "disconnect":
                        return envelope.reason or "disconnect"
                    if envelope.envelope_id:
                        self._spawn(self._answer(socket, envelope))
        except FAULTS as error:
            raise faults.translate(error, "Socket Mode") from None
        return "closed"

    async def _answer(self, socket: aiohttp.ClientWebSocketResponse, envelope: Envelope) -> None:
        said: dict[str, Any] = {"envelope_id": envelope.envelope_id}
        try:
            reply = await self._take(envelope.payload)
            if reply.status == OK and reply.body:
                said["payload"] = msgspec.json.decode(reply.body)
        except (BadPayload, msgspec.DecodeError) as error:
            log.warning("slack_bad_payload", why=str(error))
        except FirstresponderError as error:
            log.warning("slack_click_failed", why=str(error))
        try:
            await socket.send_str(msgspec.json.encode(said).decode())
        except (aiohttp.ClientError, OSError):
            log.info("slack_socket_lost", why="before the click was acknowledged; what was decided stands")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)


def _read(text: str) -> Envelope:
    try:
        return msgspec.json.decode(text, type=Envelope)
    except msgspec.MsgspecError as error:
        log.warning("slack_bad_payload", why=str(error))
        return Envelope(type="unreadable")
