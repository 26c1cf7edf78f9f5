"""The story's verbs: each is one durable step, that is a stage call with its retries, limits and audit.

Retries live inside a step (the gate's above all); the engine itself repeats nothing but what was cut off. The marks are
where the crash tests end the process; in production nobody watches them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from firstresponder.model import Noun
from firstresponder.workflow import closing, looking, repairing
from firstresponder.workflow.repairing import Direction
from firstresponder.workflow.results import Ending, Step
from firstresponder.workflow.world import World

T = TypeVar("T", bound=Noun)

NAMES = (
    "collect",
    "diagnose",
    "plan",
    "decide",
    "brief",
    "decide_again",
    "act_do",
    "verify_do",
    "act_undo",
    "verify_undo",
    "tell_undo",
    "end",
    "withdraw",
    "summarise",
)
"""The steps by name. A test may end the process at `step.NAME.before` and `step.NAME.after`."""


class Runner(Protocol):
    """What runs a step durably; `engine.Engine` is one."""

    async def step(self, name: str, form: type[T], do: Callable[[], Awaitable[T]]) -> T:
        """Run `do` unless a result of this step is kept; return the result in its form."""
        ...


class Steps:
    """The verbs, bound to one world and one engine."""

    def __init__(self, world: World, engine: Runner) -> None:
        """Nothing runs yet."""
        self._world = world
        self._engine = engine

    async def collect(self, incident: str, n: int) -> Step:
        """Read everything that may matter, side by side, bounded."""
        return await self._run("collect", Step, lambda: looking.collect(self._world, incident, n))

    async def diagnose(self, incident: str, n: int) -> Step:
        """Rank what may have broken."""
        return await self._run("diagnose", Step, lambda: looking.diagnose(self._world, incident, n))

    async def plan(self, incident: str, n: int) -> Step:
        """Make the ladder, and its present rung concrete."""
        return await self._run("plan", Step, lambda: looking.plan(self._world, incident, n))

    async def decide(self, incident: str, n: int) -> Step:
        """Hear every guard."""
        return await self._run("decide", Step, lambda: looking.decide(self._world, incident, n))

    async def brief(self, incident: str, n: int) -> Step:
        """Write the brief and its event."""
        return await self._run("brief", Step, lambda: looking.brief(self._world, incident, n))

    async def decide_again(self, incident: str, n: int, plan: str) -> Ending:
        """Hear every guard again on the world as it is now, and lease the target."""
        return await self._run("decide_again", Ending, lambda: repairing.decide_again(self._world, incident, n, plan))

    async def act(self, incident: str, plan: str, direction: Direction) -> Ending:
        """Pass the write gate."""
        return await self._run(f"act_{direction}", Ending, lambda: repairing.act(self._world, incident, plan, direction))

    async def verify(self, incident: str, n: int, plan: str, direction: Direction) -> Ending:
        """Watch the target over time."""
        return await self._run(f"verify_{direction}", Ending, lambda: repairing.check(self._world, incident, n, plan, direction))

    async def tell_undo(self, plan: str, proof: Ending, undid: Ending, back: Ending | None) -> Ending:
        """Put the undo into words."""
        return await self._run("tell_undo", Ending, lambda: repairing.tell_undo(self._world, plan, proof, undid, back))

    async def end(self, incident: str, n: int, plan: str, ending: Ending) -> None:
        """Say how it ended."""
        await self._run("end", Step, lambda: repairing.end(self._world, incident, n, plan, ending))

    async def withdraw(self, incident: str, n: int) -> Step:
        """Take back what is still offered."""
        return await self._run("withdraw", Step, lambda: closing.withdraw(self._world, incident, n))

    async def summarise(self, incident: str, n: int) -> Step:
        """Write the summary."""
        return await self._run("summarise", Step, lambda: closing.summarise(self._world, incident, n))

    async def _run(self, name: str, form: type[T], do: Callable[[], Awaitable[T]]) -> T:
        self._world.mark(f"step.{name}.before")
        result = await self._engine.step(name, form, do)
        self._world.mark(f"step.{name}.after")
        return result
