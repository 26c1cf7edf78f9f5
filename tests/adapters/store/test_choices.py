"""A plan is decided on once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from firstresponder.adapters.store import Store
from firstresponder.errors import Unhealthy
from firstresponder.model import Choice, EventKind

if TYPE_CHECKING:
    from tests.adapters.store.conftest import Make


async def test_of_fifty_simultaneous_choosers_one_is_first(store: Store, make: Make) -> None:
    """Fifty people, half of them in other threads' event loops, decide at once: one choice stands, all others are told which."""
    await make.opened(store)

    async def choose(n: int) -> tuple[Choice, bool]:
        event = make.event(kind=EventKind.APPROVED, actor=f"p{n}")
        return await store.incidents.choose(make.choice(by=f"p{n}"), event, [make.draft("plan.approved")])

    async def some(numbers: range) -> list[tuple[Choice, bool]]:
        return await asyncio.gather(*(choose(n) for n in numbers))

    threads = [asyncio.to_thread(lambda n=n: asyncio.run(some(range(n, n + 5)))) for n in range(25, 50, 5)]  # type: ignore[misc]
    groups = await asyncio.gather(some(range(25)), *threads)
    results = [result for group in groups for result in group]
    [winner] = [choice for choice, first in results if first]
    assert len(results) == 50
    assert {choice for choice, _ in results} == {winner}
    assert await store.incidents.chosen("d1") == winner
    assert [event.actor for event in await store.incidents.events("i1")] == [winner.by]
    assert len([entry async for entry in store.audit.entries()]) == 1


async def test_another_plan_is_another_choice(store: Store, make: Make) -> None:
    """A choice on one plan says nothing about another."""
    await make.opened(store)
    assert (await store.incidents.choose(make.choice(plan_digest="d1"), None, []))[1]
    assert await store.incidents.chosen("d2") is None
    assert (await store.incidents.choose(make.choice(plan_digest="d2", word="rejected"), None, []))[1]


async def test_a_choice_whose_audit_fails_does_not_stand(store: Store, make: Make) -> None:
    """No audit, no choice: both are one transaction."""
    await make.opened(store)
    with pytest.raises(TypeError):
        await store.incidents.choose(make.choice(), None, [make.draft(data={"not json": object()})])
    assert await store.incidents.chosen("d1") is None


async def test_a_choice_that_cannot_be_read_is_not_taken_for_none(store: Store, make: Make) -> None:
    """A choice in a form that is no longer read raises Unhealthy: taking it for "undecided" would ask twice."""
    await make.opened(store)
    await store.incidents.choose(make.choice(), None, [])
    await store._database.write(lambda c: c.exec_driver_sql("UPDATE choices SET body = '{}'"))
    with pytest.raises(Unhealthy, match="d1"):
        await store.incidents.chosen("d1")
    with pytest.raises(Unhealthy, match="d1"):
        await store.incidents.choose(make.choice(by="bob"), None, [])
