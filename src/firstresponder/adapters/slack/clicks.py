"""Clicks: buttons below our messages, over HTTP or Socket Mode, decided by the application.

Slack wants an answer within three seconds, so a slow store gets two of them; then the click is acknowledged and the
decision goes on. Nothing of Slack's API is needed to decide: while it is down, clicks that arrive still count. Who clicks
sees the message change; only who is refused is told why, in private.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from firstresponder.adapters.slack import blocks, buttons, modal, payload, signature
from firstresponder.adapters.slack.api import QUIET, Api
from firstresponder.adapters.slack.earlier import Earlier, Reply
from firstresponder.adapters.slack.needs import Decide
from firstresponder.adapters.slack.payload import Pressed, Submitted
from firstresponder.adapters.slack.socket_mode import SocketMode
from firstresponder.config import Slack
from firstresponder.errors import BadPayload, FirstresponderError
from firstresponder.model import digest
from firstresponder.ports.clock import Clock
from firstresponder.workflow.answers import Answer

LARGEST = 1_000_000
"""Bytes of a request; Slack's hold the message that was clicked on, at most some 100 kB."""

PATIENCE = 2.0
"""Seconds that the store gets before the click is acknowledged without it."""

GRACE = 10.0
"""Seconds that decisions under way get when the program ends."""

Ack = Callable[..., Awaitable[Any]]

log = structlog.get_logger(__name__)


class SlackInbox:
    """Takes clicks. `handle` is for HTTP; `start` and `stop` are for Socket Mode, where an app token is set."""

    def __init__(self, settings: Slack, decide: Decide, clock: Clock, *, patience: float = PATIENCE) -> None:
        """Nothing is asked of Slack here: it may be down."""
        self._decide = decide
        self._patience = patience
        self._api = Api(settings, settings.bot_token, keep=False)
        self._door = signature.Door(settings.signing_secret, clock, largest=LARGEST)
        self._earlier = Earlier(clock)
        self._tasks: set[asyncio.Task[None]] = set()
        self._bolt = _bolt()
        self._bolt.action(re.compile(r"^firstresponder\."))(self._pressed)
        self._bolt.view(buttons.REASON)(self._submitted)
        self._bolt.error(_fault)
        self._socket = SocketMode(settings, clock, self.take) if len(settings.app_token) else None
        self._thread: threading.Thread | None = None

    async def handle(self, method: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer a request to /integrations/slack/actions. Names of headers are in any case."""
        refusal = self._door.refuse(method, headers, body)
        if refusal is not None:
            return refusal
        try:
            return await self.take(payload.unpack(body))
        except BadPayload as error:
            log.warning("slack_bad_payload", why=str(error))
            return signature.problem(400, "bad_payload", str(error))

    async def take(self, content: dict[str, Any]) -> Reply:
        """Answer a payload that is proven to come from Slack. Raises BadPayload."""
        payload.read(content)
        return await self._earlier.once(digest(content), lambda: self._dispatch(content))

    async def run(self) -> None:
        """Take clicks over Socket Mode until cancelled; without an app token return at once."""
        if self._socket is None:
            return
        try:
            await self._socket.run()
        finally:
            await self.idle()

    def start(self) -> None:
        """Begin to take clicks over Socket Mode, on a thread with an event loop of its own."""
        if self._socket is None or self._thread is not None:
            return
        self._socket.begin()
        self._thread = threading.Thread(target=self._socket.serve, args=(self.run,), name="slack", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End that; what was clicked is decided first, if the store lets it."""
        if self._socket is not None and self._thread is not None:
            self._socket.end()
            self._thread.join(GRACE)
            self._thread = None

    async def idle(self) -> None:
        """Wait until what was begun on the running loop is done."""
        loop = asyncio.get_running_loop()
        while mine := [task for task in self._tasks if task.get_loop() is loop]:
            await asyncio.wait(mine)

    async def _dispatch(self, content: dict[str, Any]) -> Reply:
        # "socket_mode" means to Bolt: it was proven elsewhere, and is parsed.
        answer = await self._bolt.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=content))
        kind = (answer.headers.get("content-type") or ["text/plain"])[0]
        return Reply(answer.status, {"content-type": kind}, answer.body.encode())

    async def _pressed(self, ack: Ack, body: dict[str, Any]) -> None:
        """A button."""
        click = payload.read(body)
        if not isinstance(click, Pressed):
            raise BadPayload("a button was expected")
        if click.action.action_id != buttons.OPEN:
            await self._soon(self._act(click))
        await ack()

    async def _act(self, click: Pressed) -> None:
        about, who = click.about, click.user.person()
        if click.action.action_id == buttons.REJECT:
            await self._ask_why(click)
            return
        if click.action.action_id == buttons.APPROVE:
            said = await _said(self._decide.approve(about.incident, plan_digest=about.plan, who=who))
        else:
            said = await _said(self._decide.take_over(about.incident, who=who))
        log.info("slack_click", action=click.action.action_id, incident=about.incident, who=who.label, refused=said)
        if said:
            self._spawn(self._whisper(click.channel.id, click.user.id, said))

    async def _submitted(self, ack: Ack, body: dict[str, Any]) -> None:
        """The modal with the reason."""
        click = payload.read(body)
        if not isinstance(click, Submitted):
            raise BadPayload("a modal was expected")
        about, who, reason = click.about, click.user.person(), click.reason
        if not reason or len(reason) > modal.LONGEST_REASON:
            wish = f"Say why, in at most {modal.LONGEST_REASON} characters."
            await ack(response_action="errors", errors={buttons.REASON: wish})
            return
        said: list[str] = []
        late = asyncio.Event()

        async def reject() -> None:
            said.append(await _said(self._decide.reject(about.incident, plan_digest=about.plan, who=who, reason=reason)))
            log.info("slack_click", action="reject", incident=about.incident, who=who.label, refused=said[0])
            if said[0] and late.is_set():
                await self._whisper(about.channel, click.user.id, said[0])

        await self._soon(reject())
        late.set()
        if said and said[0]:
            await ack(response_action="update", view=modal.show_answer(said[0]))
        else:
            await ack()

    async def _ask_why(self, click: Pressed) -> None:
        about = buttons.About(incident=click.about.incident, plan=click.about.plan, channel=click.channel.id)
        try:
            await self._api.post("views.open", {"trigger_id": click.trigger_id, "view": modal.ask_reason(about)})
        except FirstresponderError as error:
            log.warning("slack_no_modal", incident=about.incident, why=str(error))
            how = f"firstresponder reject {about.incident} --plan {about.plan[:12]} --reason WHY"
            await self._whisper(
                click.channel.id, click.user.id, f"Slack could not ask for the reason. Nothing was decided. Use: {how}"
            )

    async def _whisper(self, channel: str, user: str, said: str) -> None:
        """Tell one person in private; that it fails is no reason to undo anything."""
        message = blocks.make_answer(said)
        body = {"channel": channel, "user": user, "text": message.text, "blocks": message.blocks, "parse": "none"}
        try:
            await self._api.post("chat.postEphemeral", body)
        except FirstresponderError as error:
            log.warning("slack_not_told", who=user, said=said, why=str(error))

    async def _soon(self, work: Awaitable[None]) -> None:
        """Begin the work and wait for it a little; it goes on alone."""
        await asyncio.wait({self._spawn(work)}, timeout=self._patience)

    def _spawn(self, work: Awaitable[None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(_logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _bolt() -> AsyncApp:
    """Return Bolt without tokens, OAuth, or any question to Slack: it finds the listener and writes the acknowledgement."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)

    return AsyncApp(
        name="firstresponder",
        logger=QUIET,
        signing_secret="",
        client=AsyncWebClient(logger=QUIET, retry_handlers=[]),
        authorize=authorize,
        request_verification_enabled=False,  # done before, by our own clock, and before anything is parsed
    )


async def _said(deciding: Awaitable[Answer]) -> str:
    """Return what to tell who clicked: nothing if it counts, as the message itself will show it."""
    try:
        answer = await deciding
    except FirstresponderError as error:
        return f"Nothing was decided, it could not be put on record: {error}. Click again in a moment."
    return "" if answer.accepted else answer.message


async def _logged(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception:
        log.exception("slack_click_failed")


async def _fault(error: Exception) -> None:
    """Bolt's last resort: it answers 500; we write down why."""
    log.error("slack_click_failed", exc_info=error)
