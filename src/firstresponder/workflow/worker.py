"""The one that works: holds the lease, runs the engine, files alerts, keeps every incident's row going, tells people.

It lives in a thread with an event loop of its own, so that a busy investigation never delays a webhook. Without the
lease it does nothing but wait for it; when it loses the lease it stops at once, and what was in flight goes on with the
new owner (the gate refuses the old one: stale epoch, late deadline).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta

import structlog

from firstresponder.errors import FirstresponderError, Unhealthy
from firstresponder.model import Grant
from firstresponder.remediation.gate import GATE_DEADLINE, LEASE_TTL
from firstresponder.workflow import respond
from firstresponder.workflow.board import Board
from firstresponder.workflow.courier import delivering
from firstresponder.workflow.engine import Engine, running
from firstresponder.workflow.filing import Clerk
from firstresponder.workflow.reconcile import Reconciler
from firstresponder.workflow.steps import Steps
from firstresponder.workflow.world import World

LEASE = "worker"
RENEW_EVERY = 10.0
TICK = 1.0
"""Seconds between turns when nothing wakes us: offers expire and lost work is found that late at most."""
GATHER = 0.02
"""Seconds that news may gather after the first, at least: a storm is filed in batches, not alert by alert. After a long
turn they are as long as the turn was, so that taking alerts always has half of the time."""
STANDBY = 2.0
CLEAN_EVERY = 3600.0

log = structlog.get_logger(__name__)


def tell(world: World, engine: Engine) -> None:
    """Give the engine the stories, bound to this world."""
    do = Steps(world, engine)

    async def investigate(incident: str, n: int, _plan: str) -> None:
        await respond.investigate(do, incident, n)

    async def remediate(incident: str, n: int, plan: str) -> None:
        await respond.remediate(do, incident, n, plan)

    async def close(incident: str, n: int, _plan: str) -> None:
        await respond.close(do, incident, n)

    engine.tell("investigate", investigate)
    engine.tell("remediate", remediate)
    engine.tell("close", close)


class Worker:
    """Start it, wake it, stop it: from any thread."""

    def __init__(self, world: World, make_engine: Callable[[], Engine], *, alone: bool) -> None:
        """`alone`: the caller proved that no other process works on this data, so a lease that is left is a dead one's."""
        self.world = world
        self._make_engine = make_engine
        self._alone = alone
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: asyncio.Event | None = None
        self._stopping = threading.Event()
        self._state = "starting"
        world.wake = self.wake

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread.start()

    def wake(self) -> None:
        """There is news: take a turn now."""
        loop, news = self._loop, self._news
        if loop is not None and news is not None and not loop.is_closed():
            loop.call_soon_threadsafe(news.set)

    def stop(self, timeout: float = 10.0) -> None:
        """Start nothing new, leave what is in flight to the next process, give up the lease."""
        self._stopping.set()
        self.wake()
        if self._thread.ident is not None:  # it was started
            self._thread.join(timeout)

    def state(self) -> str:
        """Say in a word or a sentence how it is."""
        if not self._thread.is_alive() and not self._stopping.is_set():
            return f"dead: {self._state}"
        return self._state

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except Exception as error:
            self._state = f"{type(error).__name__}: {error}"
            log.exception("the worker died")

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        while not self._stopping.is_set():
            try:
                await self._stand_by()
                if not self._stopping.is_set():
                    await self._work()
            except FirstresponderError as error:
                self._state = f"waiting: {error}"
                log.warning("the worker has to wait", why=str(error))
                await self._pause(STANDBY)
            except Exception as error:
                # A fault of ours: alerts are taken all the same, so the work must go on too, from the rows as they are.
                self._state = f"beginning again after {type(error).__name__}: {error}"
                log.exception("the worker begins again")
                await self._pause(STANDBY)
        await self.world.hang_up()

    async def _stand_by(self) -> None:
        """Wait for the lease."""
        world = self.world
        while not self._stopping.is_set():
            if self._alone and (left := await world.lease.current(LEASE)) is not None:
                log.info("taking over the lease of a dead process", holder=left.holder, epoch=left.epoch)
                await world.lease.release(left)
            world.grant = await world.lease.acquire(LEASE, world.ids.holder(), LEASE_TTL)
            if world.grant is not None:
                return
            self._state = "standing by: another process holds the lease"
            await self._pause(STANDBY)

    async def _work(self) -> None:
        """Work until the lease is lost or we are told to stop."""
        world = self.world
        engine = self._make_engine()
        tell(world, engine)
        board = Board(world)
        await board.load()
        clerk, reconciler = Clerk(world, board), Reconciler(world, engine, board)
        renewed, cleaned = world.clock.monotonic(), -CLEAN_EVERY
        async with running(engine), delivering(world):
            self._state = "working"
            log.info("working", epoch=world.grant.epoch if world.grant else None)
            while not self._stopping.is_set() and world.grant is not None:
                if world.clock.monotonic() - renewed >= RENEW_EVERY:
                    world.grant, renewed = await self._renewed(world.grant, renewed)
                    if world.grant is None:
                        self._state = "lost the lease"
                        log.error("lost the lease: another process took over")
                        break
                began = world.clock.monotonic()
                await self._turn(clerk, reconciler)
                gather = min(TICK, max(GATHER, world.clock.monotonic() - began))
                if world.clock.monotonic() - cleaned >= CLEAN_EVERY:
                    await self._clean(engine)
                    cleaned = world.clock.monotonic()
                await self._pause(TICK, gather)
        if world.grant is not None:
            await world.lease.release(world.grant)
            world.grant = None

    async def _renewed(self, grant: Grant, renewed: float) -> tuple[Grant | None, float]:
        """Renew the lease; return it and when. A store that is away for a moment ends no work: it is asked again.

        Raises Unhealthy once the lease has too little time left for a write.
        """
        clock = self.world.clock
        try:
            return await self.world.lease.renew(grant, LEASE_TTL), clock.monotonic()
        except Unhealthy as error:
            if grant.until - clock.now() < timedelta(seconds=GATE_DEADLINE):
                raise
            log.warning("the lease could not be renewed yet", why=str(error), until=grant.until.isoformat())
            return grant, renewed

    async def _turn(self, clerk: Clerk, reconciler: Reconciler) -> None:
        try:
            await clerk.file_all()
            await reconciler.turn()
            self._state = "working"
        except FirstresponderError as error:
            self._state = f"cannot work: {error}"
            log.warning("a turn failed", why=str(error))

    async def _clean(self, engine: Engine) -> None:
        """Keep the databases small: old incidents go after their retention, finished workflows after an hour."""
        now = self.world.clock.now()
        try:
            gone = await self.world.incidents.purge(now - timedelta(days=self.world.settings.retention.incidents_days))
            swept = await engine.sweep(now - timedelta(seconds=CLEAN_EVERY))
        except FirstresponderError as error:
            log.warning("could not clean up", why=str(error))
        else:
            log.info("cleaned up", incidents=gone, workflows=swept)

    async def _pause(self, seconds: float, gather: float = 0.0) -> None:
        """Wait for news, at most so long; then let more of it gather for a moment."""
        news = self._news
        if news is None:
            return
        try:
            async with asyncio.timeout(seconds):
                await news.wait()
            await asyncio.sleep(gather)
        except TimeoutError:
            return
        finally:
            news.clear()
