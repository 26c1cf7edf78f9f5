"""A stand-in for Slack's servers on loopback: it keeps what is posted, refuses on demand, and plays clicks.

It answers as docs.slack.dev says that Slack does, as far as our side uses it. What it cannot show is how Slack draws a
message. Requests are signed with Slack's own library.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self
from urllib.parse import urlencode

import msgspec
from aiohttp import WSMsgType, web
from slack_sdk.signature import SignatureVerifier

from firstresponder.config import Secret, Slack
from firstresponder.ports.clock import Clock
from firstresponder.testing.slack_rules import SCOPES, Refused, check_blocks, found_in, page_of

Body = dict[str, Any]
BOT = "B0STANDIN1"
CHANNEL = "C0STANDIN1"
OK = 200
POSTING = "chat.*"  # in place of a method: whichever posts or changes something next
CUT = object()


class SlackStandIn:
    """One workspace with one channel, in which our bot is. `async with SlackStandIn(clock) as slack: …`."""

    token, app_token, signing_secret = "xoxb-stand-in-token", "xapp-stand-in-token", "stand-in-signing-secret"

    def __init__(self, clock: Clock) -> None:
        """Nothing listens yet. Signatures and message ids carry the clock's time."""
        self.clock = clock
        self.scopes = {"chat:write", "channels:history", "channels:read"}
        self.channels: dict[str, Body] = {CHANNEL: {"id": CHANNEL, "name": "ops", "is_member": True, "is_archived": False}}
        self.messages: list[Body] = []
        self.whispers: list[Body] = []  # private answers
        self.views: list[Body] = []  # modals that were opened
        self.hooked: list[Body] = []  # what came over the incoming webhook
        self.calls: list[tuple[str, Body]] = []
        self.connections = 0  # sockets ever opened
        self._faults: defaultdict[str, deque[Callable[[], Any]]] = defaultdict(deque)
        self._made = 0
        self._tickets: set[str] = set()
        self._sockets: list[web.WebSocketResponse] = []
        self._acks: dict[str, asyncio.Future[Body]] = {}
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self.port = 0

    # --- where it is ----------------------------------------------------------------------------------------------

    @property
    def api_url(self) -> str:
        """The Web API's address."""
        return f"http://127.0.0.1:{self.port}/api/"

    @property
    def webhook_url(self) -> str:
        """The incoming webhook's address."""
        return f"http://127.0.0.1:{self.port}/services/T0/B0/hook-secret"

    def settings(self, *, http: bool = True, socket: bool = False, **more: Any) -> Slack:
        """Return settings that lead here."""
        return Slack(
            **{
                "channel": CHANNEL,
                "api_url": self.api_url,
                "bot_token": Secret(self.token),
                "signing_secret": Secret(self.signing_secret if http else ""),
                "app_token": Secret(self.app_token if socket else ""),
                **more,
            }
        )

    async def __aenter__(self) -> Self:
        """Listen on a free port of the loopback."""
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/services/T0/B0/hook-secret", self._hook)
        app.router.add_get("/link", self._link)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close everything."""
        for socket in self._sockets:
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def up(self) -> None:
        """Listen, on the port of before."""
        if self._runner is None:
            raise RuntimeError("enter the stand-in first")
        self._site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await self._site.start()
        self.port = self._runner.addresses[-1][1]

    async def down(self) -> None:
        """Be gone: nobody can connect, and what is open breaks."""
        for socket in self._sockets:
            await socket.close()
        if self._site is not None:
            await self._site.stop()
        if self._runner is not None and self._runner.server is not None:
            await self._runner.server.shutdown(0.1)

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Listen on a thread, for tests without an event loop."""
        loop, ready = asyncio.new_event_loop(), threading.Event()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        loop.call_soon(ready.set)
        thread.start()
        ready.wait()
        try:
            asyncio.run_coroutine_threadsafe(self.__aenter__(), loop).result()
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self.__aexit__(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    # --- what can go wrong ----------------------------------------------------------------------------------------

    def refuse(self, method: str, error: str, times: int = 1) -> None:
        """Answer the next calls with an error of Slack's."""
        self._next(method, times, lambda: web.json_response({"ok": False, "error": error}))

    def busy(self, method: str, seconds: int) -> None:
        """Answer the next call with 429."""
        headers = {"Retry-After": str(seconds)}
        self._next(method, 1, lambda: web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers))

    def broken(self, method: str, status: int) -> None:
        """Answer the next call with a page of a proxy."""
        self._next(method, 1, lambda: web.Response(status=status, text="<html>bad</html>", content_type="text/html"))

    def cut(self, method: str) -> None:
        """Do what the next call wants, and break the connection before answering."""
        self._next(method, 1, lambda: CUT)

    def odd(self, method: str, text: str, kind: str) -> None:
        """Answer the next call with 200 and something that Slack never says."""
        self._next(method, 1, lambda: web.Response(text=text, content_type=kind))

    def _next(self, method: str, times: int, fault: Callable[[], Any]) -> None:
        self._faults[method].extend([fault] * times)

    # --- what people do -------------------------------------------------------------------------------------------

    def card(self, incident_id: str) -> Body:
        """Return the newest message about an incident."""
        return [m for m in self.messages if found_in(m, "firstresponder_incident", incident_id=incident_id)][-1]

    def thread(self, message: Body) -> list[Body]:
        """Return the replies below a message."""
        return [each for each in self.messages if each.get("thread_ts") == message["ts"]]

    def delete(self, message: Body) -> None:
        """Delete a message, as a person would."""
        self.messages.remove(message)

    def click(self, message: Body, action: str, user: str = "U0ANN", name: str = "ann") -> Body:
        """Return what Slack sends when somebody presses the button whose action_id ends like this."""
        row = [each for block in message["blocks"] if block["type"] == "actions" for each in block["elements"]]
        (button,) = [each for each in row if each["action_id"].endswith(action)]
        self._made += 1
        stamp = f"{self.clock.now().timestamp():.0f}.{self._made:06d}"
        return {
            "type": "block_actions",
            "api_app_id": "A0STANDIN1",
            "team": {"id": "T0STANDIN1", "domain": "stand-in"},
            "user": {"id": user, "username": name, "name": name, "team_id": "T0STANDIN1"},
            "container": {
                "type": "message",
                "message_ts": message["ts"],
                "channel_id": message["channel"],
                "is_ephemeral": False,
            },
            "trigger_id": f"{self._made}.123.trigger",
            "channel": {"id": message["channel"], "name": "ops"},
            "message": {key: value for key, value in message.items() if key != "channel"},
            "state": {"values": {}},
            "response_url": "https://hooks.slack.com/actions/not-used",
            "actions": [{**button, "block_id": "b", "action_ts": stamp}],
        }

    def submit(self, view: Body, reason: str, user: str = "U0ANN", name: str = "ann") -> Body:
        """Return what Slack sends when somebody fills in the modal's one field and sends it."""
        (block,) = [each for each in view["blocks"] if each["type"] == "input"]
        self._made += 1
        values = {block["block_id"]: {block["element"]["action_id"]: {"type": "plain_text_input", "value": reason}}}
        return {
            "type": "view_submission",
            "api_app_id": "A0STANDIN1",
            "team": {"id": "T0STANDIN1", "domain": "stand-in"},
            "user": {"id": user, "username": name, "name": name, "team_id": "T0STANDIN1"},
            "trigger_id": f"{self._made}.123.trigger",
            "view": {**view, "id": f"V{self._made}", "state": {"values": values}, "hash": f"h{self._made}"},
            "response_urls": [],
        }

    def signed(self, payload: Body | bytes, *, age: float = 0.0) -> tuple[dict[str, str], bytes]:
        """Return headers and body of the request that carries a payload, signed `age` seconds ago."""
        body = payload if isinstance(payload, bytes) else urlencode({"payload": msgspec.json.encode(payload)}).encode()
        stamp = str(int(self.clock.now().timestamp() - age))
        signature = SignatureVerifier(self.signing_secret).generate_signature(timestamp=stamp, body=body)
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature or ""}
        return headers | {"Content-Type": "application/x-www-form-urlencoded"}, body

    async def push(self, payload: Body, envelope: str = "") -> Body:
        """Send a payload over the newest socket and return the acknowledgement. Raises TimeoutError after 5 s."""
        self._made += 1
        name = envelope or f"envelope-{self._made}"
        self._acks[name] = asyncio.get_running_loop().create_future()
        message = {"type": "interactive", "envelope_id": name, "payload": payload, "accepts_response_payload": True}
        await self._sockets[-1].send_str(msgspec.json.encode(message).decode())
        return await asyncio.wait_for(self._acks[name], 5.0)

    async def say_over_socket(self, text: str) -> None:
        """Send any text over the newest socket."""
        await self._sockets[-1].send_str(text)

    # --- the servers ----------------------------------------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        body: Body = dict(request.query)
        if request.content_type == "application/json":
            body |= await request.json()
        self.calls.append((method, body))
        waiting = self._faults[method] or (self._faults[POSTING] if method.startswith("chat.") else deque())
        fault = waiting.popleft()() if waiting else None
        if isinstance(fault, web.Response):
            return fault
        try:
            answer = self._do(method, body, request.headers.get("Authorization", ""))
        except Refused as error:
            answer = {"ok": False, "error": error.args[0], **error.more}
        if fault is CUT and request.transport is not None:
            request.transport.close()
        return web.json_response(answer, headers={"x-oauth-scopes": ",".join(sorted(self.scopes))})

    def _do(self, method: str, body: Body, authorization: str) -> Body:
        wanted = self.app_token if method == "apps.connections.open" else self.token
        if authorization != f"Bearer {wanted}":
            raise Refused("invalid_auth")
        needed = SCOPES.get(method)
        if needed and not self.scopes & set(needed):
            raise Refused("missing_scope", needed=needed[0], provided=",".join(sorted(self.scopes)))
        act = getattr(self, "_" + re.sub(r"\W", "_", method).lower(), None)
        if act is None:
            raise Refused("unknown_method")
        return {"ok": True, **act(body)}

    def _auth_test(self, body: Body) -> Body:
        del body
        return {"team": "Stand-in", "user": "firstresponder", "bot_id": BOT, "user_id": "U0BOT"}

    def _chat_postmessage(self, body: Body) -> Body:
        channel = self._channel(body, names=True)
        if body.get("thread_ts") and not any(each["ts"] == body["thread_ts"] for each in self.messages):
            raise Refused("thread_not_found")
        check_blocks(body)
        self._made += 1
        ts = f"{self.clock.now().timestamp():.0f}.{self._made:06d}"
        message = {key: value for key, value in body.items() if key not in ("channel", "parse", "link_names")}
        self.messages.append({"type": "message", **message, "channel": channel, "ts": ts, "bot_id": BOT})
        return {"channel": channel, "ts": ts}

    def _chat_update(self, body: Body) -> Body:
        channel = self._channel(body)
        found = [each for each in self.messages if each["ts"] == body["ts"] and each["channel"] == channel]
        if not found:
            raise Refused("message_not_found")
        check_blocks(body)
        found[0].update({key: body[key] for key in ("text", "blocks", "metadata") if key in body}, edited=True)
        return {"channel": channel, "ts": body["ts"]}

    def _chat_postephemeral(self, body: Body) -> Body:
        self._channel(body)
        check_blocks(body)
        self.whispers.append(body)
        return {"message_ts": "1.1"}

    def _views_open(self, body: Body) -> Body:
        check_blocks(body["view"])
        self.views.append(body["view"])
        return {"view": body["view"]}

    def _conversations_info(self, body: Body) -> Body:
        return {"channel": self.channels[self._channel(body, inside=False)]}

    def _conversations_history(self, body: Body) -> Body:
        channel = self._channel(body)
        newest = [each for each in reversed(self.messages) if each["channel"] == channel and not each.get("thread_ts")]
        return page_of(newest, body)

    def _conversations_replies(self, body: Body) -> Body:
        channel = self._channel(body)
        mine = [
            each for each in self.messages if each["channel"] == channel and body["ts"] in (each["ts"], each.get("thread_ts"))
        ]
        if not mine:
            raise Refused("thread_not_found")
        return page_of(mine, body)

    def _apps_connections_open(self, body: Body) -> Body:
        del body
        self._made += 1
        self._tickets.add(f"t{self._made}")
        return {"url": f"ws://127.0.0.1:{self.port}/link?ticket=t{self._made}"}

    def _channel(self, body: Body, *, names: bool = False, inside: bool = True) -> str:
        wanted = body.get("channel", "")
        for channel in self.channels.values():
            if wanted == channel["id"] or (names and wanted == f"#{channel['name']}"):
                if channel["is_archived"] and inside:
                    raise Refused("is_archived")
                if not channel["is_member"] and inside:
                    raise Refused("not_in_channel")
                return str(channel["id"])
        raise Refused("channel_not_found")

    async def _hook(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        fault = self._faults["webhook"].popleft()() if self._faults["webhook"] else None
        if isinstance(fault, web.Response):  # a webhook refuses by status, with a word as text
            word = (
                msgspec.json.decode(fault.body)["error"] if isinstance(fault.body, bytes) and fault.body[:1] == b"{" else "error"
            )
            headers = {"Retry-After": fault.headers.get("Retry-After", "")}
            return web.Response(status=404 if fault.status == OK else fault.status, text=word, headers=headers)
        try:
            check_blocks(body)
        except Refused as error:
            return web.Response(status=400, text=error.args[0])
        self.hooked.append(body)
        if fault is CUT and request.transport is not None:
            request.transport.close()
        return web.Response(text="ok")

    async def _link(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403)
        self._tickets.remove(ticket)  # good for one connection
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str('{"type":"hello","num_connections":1}')
        self._sockets.append(socket)
        self.connections += 1
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                said = msgspec.json.decode(message.data)
                waiting = self._acks.pop(said.get("envelope_id", ""), None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(said)
        self._sockets.remove(socket)
        return socket
