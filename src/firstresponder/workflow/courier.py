"""The courier of one sink: carries what waits in the outbox, in order per incident, some incidents side by side.

A message is drawn when it is sent, from the store, so that what is shown is how things stand. Every try is on disk before
it is made: after a crash the next courier knows that the message may have arrived, and tells the sink so (`again`).
The sink is one of the things that break in an outage: nothing here ends a worker, holds an investigation up, or lets one
incident, or one slow answer, hold up the others.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator
from datetime import timedelta

import structlog
from msgspec.structs import replace

from firstresponder.errors import FirstresponderError, OutcomeUnknown
from firstresponder.model import AuditDraft, Card, Json, Receipt, Waiting, digest
from firstresponder.ports.notifier import Notifier
from firstresponder.workflow.card import make_card
from firstresponder.workflow.looking import ME
from firstresponder.workflow.patience import FIRST_WAIT, Fault, NoCard, after
from firstresponder.workflow.viewing import glance
from firstresponder.workflow.world import World

AT_ONCE = 4
"""Incidents that one sink is told of side by side."""
IDLE = 2.0
"""Seconds between two looks at the outbox when nothing wakes us: what was postponed is found that late at most."""
SEND = 60.0
"""Seconds that one message may take; a notifier has limits of its own, this one holds where they do not."""
GRACE = 3.0
"""Seconds that a message on its way has when the work ends."""

log = structlog.get_logger(__name__)


class Courier:
    """Carries to one sink. Lives in one event loop."""

    def __init__(self, world: World, notifier: Notifier) -> None:
        """Nothing is carried yet."""
        self._world, self._notifier, self._sink = world, notifier, notifier.name
        self._news = asyncio.Event()
        self._ending = False
        self._flights: dict[str, asyncio.Task[None]] = {}  # incident → what is on its way
        self._quiet_until = 0.0  # monotonic seconds: the sink is left alone until then
        self._silent = 0  # how often in a row it could not be reached

    def wake(self) -> None:
        """There is something to be told."""
        self._news.set()

    def stop(self) -> None:
        """Begin nothing new."""
        self._ending = True
        self._news.set()

    async def run(self) -> None:
        """Carry until `stop`; what is on its way then has a moment to arrive."""
        try:
            while not self._ending:
                try:
                    await self.turn()
                except FirstresponderError as error:
                    log.warning("courier waits", sink=self._sink, why=str(error))
                except Exception:
                    log.exception("courier: a fault of ours", sink=self._sink)
                await self._rest()
            if self._flights:
                await asyncio.wait(self._flights.values(), timeout=GRACE)
        finally:
            for flight in self._flights.values():
                flight.cancel()

    async def turn(self) -> bool:
        """Send what is due, as far as hands are free; return whether anything is on its way. Only the holder of the lease."""
        world = self._world
        free = AT_ONCE - len(self._flights)
        if free > 0 and world.held() is not None and world.clock.monotonic() >= self._quiet_until:
            due = await world.outbox.due(self._sink, world.clock.now(), AT_ONCE + len(self._flights))
            for waiting in [each for each in due if each.notice.incident_id not in self._flights][:free]:
                flight = asyncio.create_task(self._carry(waiting))
                self._flights[waiting.notice.incident_id] = flight
                flight.add_done_callback(functools.partial(self._landed, waiting.notice.incident_id))
        return bool(self._flights)

    async def settle(self) -> None:
        """Send until nothing more is due."""
        while await self.turn():
            await asyncio.wait(self._flights.values(), return_when=asyncio.FIRST_COMPLETED)

    def _landed(self, incident: str, _flight: asyncio.Task[None]) -> None:
        del self._flights[incident]
        self._news.set()  # there may be more behind it

    async def _rest(self) -> None:
        """Wait for news, or for the end of the sink's quiet time."""
        quiet = self._quiet_until - self._world.clock.monotonic()
        if quiet > 0 and not self._ending:
            await asyncio.sleep(min(quiet, IDLE))
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(IDLE):
                await self._news.wait()
        self._news.clear()

    async def _carry(self, waiting: Waiting) -> None:
        """Make one try and write down its end. Raises nothing."""
        incident = waiting.notice.incident_id
        try:
            try:
                done = await self._send(waiting)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this message's trouble and nobody else's
                await self._failed(waiting, error)
            else:
                self._silent = 0
                await self._world.outbox.delivered(waiting, done[0], self._world.clock.now(), done[1])
        except FirstresponderError as error:  # our own store: the row is as it was, and comes again
            self._hush(FIRST_WAIT)
            log.warning("courier waits", sink=self._sink, incident=incident, why=str(error))
        except Exception:
            self._hush(FIRST_WAIT)
            log.exception("courier: a fault of ours", sink=self._sink, incident=incident)

    async def _send(self, waiting: Waiting) -> tuple[Receipt | None, list[AuditDraft]]:
        """Draw the message as things stand and send it; return the receipt to keep (of cards) and what to audit."""
        world, line, incident = self._world, waiting.notice.line, waiting.notice.incident_id
        receipt = await world.outbox.receipt(self._sink, incident)
        card = make_card(await glance(world, incident), world.settings.web.external_url, world.clock.now())
        if line is not None and receipt is None:
            raise NoCard("its card was never shown there, so there is nothing to say it below")
        if line is None and receipt is not None and receipt.facts == card.facts and not waiting.again:
            return None, []  # it shows that already
        await world.outbox.tried(waiting.seq)
        shown = await self._hand_over(waiting, card, receipt)
        log.info("told", sink=self._sink, incident=incident, what="card" if line is None else line.key, again=waiting.again)
        kept = shown if line is None else None
        return kept, [self._said("notice.delivered", waiting, digest=_digest(waiting, card), where=shown.where)]

    async def _hand_over(self, waiting: Waiting, card: Card, receipt: Receipt | None) -> Receipt:
        """Let the notifier show or say it; return where the card stands. Whatever else it raises is a `Fault`."""
        line, again = waiting.notice.line, waiting.again
        try:
            async with asyncio.timeout(SEND):
                if line is not None and receipt is not None:
                    await self._notifier.say(line, card, receipt, again=again)
                    return receipt
                # What the sink shows is not known after a try without an answer: no notifier may skip it then.
                known = replace(receipt, facts="") if receipt is not None and again else receipt
                return replace(await self._notifier.show(card, known, again=again), facts=card.facts)
        except FirstresponderError:
            raise
        except TimeoutError as error:
            raise OutcomeUnknown(f"no answer within {SEND:g} s") from error
        except Exception as error:
            log.exception("a notifier's fault", sink=self._sink, incident=card.incident_id)
            raise Fault(f"{type(error).__name__}: {error}") from error

    async def _failed(self, waiting: Waiting, error: Exception) -> None:
        """Try again later, or give up."""
        world, now, incident = self._world, self._world.clock.now(), waiting.notice.incident_id
        if not isinstance(error, FirstresponderError | Fault):
            log.error("courier: a fault of ours", sink=self._sink, incident=incident, exc_info=error)
        then = after(error, waiting, now, self._silent)
        self._silent = then.silent or self._silent
        if then.quiet:  # a sink that asks for patience, or is not there, is so for every incident
            self._hush(then.quiet)
        if then.give_up:
            draft = self._said("notice.given_up", waiting, reason=then.why, tries=waiting.attempts + 1)
            await world.outbox.give_up(waiting, now, then.why, [draft], again=then.again)
            log.error("not told", sink=self._sink, incident=incident, why=then.why)
        else:
            await world.outbox.postpone(waiting, now + timedelta(seconds=then.delay), then.why, again=then.again)
            log.warning("told later", sink=self._sink, incident=incident, why=then.why, seconds=then.delay)

    def _hush(self, seconds: float) -> None:
        self._quiet_until = max(self._quiet_until, self._world.clock.monotonic() + seconds)

    def _said(self, what: str, waiting: Waiting, **data: Json) -> AuditDraft:
        """What was sent, where: names and digests, never the text."""
        line = waiting.notice.line
        name: dict[str, Json] = {"what": "card"} if line is None else {"what": "line", "key": line.key}
        return AuditDraft(
            what=what,
            actor=ME,
            at=self._world.clock.now(),
            incident_id=waiting.notice.incident_id,
            data={"sink": self._sink, **name, **data},
        )


def _digest(waiting: Waiting, card: Card) -> str:
    return card.facts if waiting.notice.line is None else digest(waiting.notice.line)


@contextlib.asynccontextmanager
async def delivering(world: World) -> AsyncIterator[None]:
    """Run one courier for each notifier until the end of the block; then let go of what the notifiers hold open."""
    couriers = [Courier(world, notifier) for notifier in world.notifiers]
    tasks = [asyncio.create_task(courier.run()) for courier in couriers]

    def wake() -> None:
        for courier in couriers:
            courier.wake()

    before, world.news = world.news, wake
    try:
        yield
    finally:
        world.news = before
        for courier in couriers:
            courier.stop()
        if tasks:
            await asyncio.wait(tasks, timeout=IDLE + GRACE)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for notifier in world.notifiers:
            try:
                await notifier.close()
            except Exception:
                log.exception("a notifier's fault", sink=notifier.name)
