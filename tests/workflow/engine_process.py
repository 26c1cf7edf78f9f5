"""One process with the durable engine: `engine_process.py URL SCHEMA LOG MARK`.

At "in N" and "after N" it ends itself with SIGKILL; at "stop N" it stops in order while that step is under way.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from firstresponder.correlation.advance import Start
from firstresponder.model import Noun
from firstresponder.workflow.engine import LIVE, Engine, running

STEPS = 4
START = Start(workflow="investigate", incident_id="i1", n=1)


class Said(Noun, frozen=True, kw_only=True):
    """A result with types that plain JSON does not have."""

    number: int
    words: tuple[str, ...]
    at: datetime


async def main(url: str, schema: str, log: Path, mark: str) -> None:
    """Run the story to its end, or to the mark."""

    def die(at: str) -> None:
        if at == mark:
            os.kill(os.getpid(), signal.SIGKILL)

    def write(line: str) -> None:
        with log.open("a") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())

    engine = Engine(url, schema=schema)
    stop = asyncio.Event()

    async def story(_incident: str, _n: int, _plan: str) -> None:
        total = 0
        for number in range(STEPS):

            async def do(number: int = number) -> Said:
                write(f"run {number}")
                die(f"in {number}")
                if mark == f"stop {number}":
                    stop.set()
                    await asyncio.Event().wait()
                return Said(number=number, words=("a", "b"), at=datetime(2026, 3, 10, tzinfo=UTC))

            said = await engine.step(f"step-{number}", Said, do)
            total += said.number + len(said.words)
            write(f"got {number} {type(said.words).__name__} {said.at.isoformat()}")
            die(f"after {number}")
        write(f"total {total}")

    engine.tell("investigate", story)
    engine.tell("remediate", story)
    engine.tell("close", story)
    async with running(engine):
        while await engine.ensure(START) in LIVE:
            if stop.is_set():
                return
            await asyncio.sleep(0.05)
    write("through")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4]))
