"""Incidents and the transactions over them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest

from firstresponder.adapters.store import Store
from firstresponder.errors import BadInput, Conflict, NotFound, Unhealthy
from firstresponder.model import EventKind, Incident, Phase, TargetRef
from firstresponder.ports.incident_store import Filed
from firstresponder.testing.clock import FakeClock

if TYPE_CHECKING:
    from tests.adapters.store.conftest import Make


async def audited(store: Store) -> list[str]:
    """Return what the audit says, in order."""
    return [entry.what async for entry in store.audit.entries()]


async def test_an_incident_comes_back_as_it_went_in(store: Store, make: Make) -> None:
    """Every field survives the store."""
    incident = make.incident(subject=TargetRef(kind="Deployment", name="api"), tried=("a", "b"), key="k", version=0)
    await store.incidents.file([incident], [], [], [])
    assert await store.incidents.get("i1") == incident


async def test_an_unknown_incident_is_not_found(store: Store, make: Make) -> None:
    """Whatever names an incident that is not there raises NotFound and stores nothing."""
    incidents = store.incidents
    for call in (
        incidents.get("no"),
        incidents.add_event(make.event("no"), [make.draft()]),
        incidents.add_event_once("k", make.event("no"), [make.draft()]),
        incidents.put("no", 1, "plan", make.plan()),
        incidents.choose(make.choice(incident_id="no"), None, [make.draft()]),
        incidents.advance(make.incident("no"), make.incident("no"), 0, [make.draft()]),
        incidents.file([], [make.event("no")], [], [make.draft()]),
    ):
        with pytest.raises(NotFound, match="'no'"):
            await call
    assert await audited(store) == []


async def test_filing_is_all_or_nothing(store: Store, make: Make) -> None:
    """When one part of a filing fails, no incident, no event, no mark and no audit entry of it is there."""
    await store.alerts.append([make.alert()])
    [row] = await store.alerts.uncorrelated(9)
    mark = Filed(seq=row.seq, incident_id="i1", delivered=1)
    with pytest.raises(NotFound):
        await store.incidents.file([make.incident()], [make.event(), make.event("no")], [mark], [make.draft()])
    assert await store.incidents.live() == []
    assert len(await store.alerts.uncorrelated(9)) == 1
    await store.incidents.file([make.incident()], [make.event()], [mark], [make.draft("filed")])
    assert await store.alerts.uncorrelated(9) == []
    assert [event.kind for event in await store.incidents.pending("i1")] == [EventKind.ALERT_FIRING]
    assert await audited(store) == ["filed"]


async def test_two_that_file_the_same_alert_do_not_both_succeed(store: Store, make: Make) -> None:
    """A second clerk that read the same row opens no second incident: it raises Conflict and leaves nothing."""
    await store.alerts.append([make.alert()])
    [row] = await store.alerts.uncorrelated(9)

    def file(name: str) -> asyncio.Future[None]:
        mark = Filed(seq=row.seq, incident_id=name, delivered=row.deliveries)
        return asyncio.ensure_future(store.incidents.file([make.incident(name)], [], [mark], [make.draft(name)]))

    results = await asyncio.gather(file("i1"), file("i2"), return_exceptions=True)
    assert [type(result) for result in results] == [type(None), Conflict]
    assert "'i1'" in str(results[1])
    assert [incident.id for incident in await store.incidents.live()] == ["i1"]
    assert await audited(store) == ["i1"]


async def test_a_row_that_is_not_there_cannot_be_filed(store: Store, make: Make) -> None:
    """A mark on a row that does not exist is a Conflict, not a silent success."""
    with pytest.raises(Conflict, match="row 7 is not there"):
        await store.incidents.file([make.incident()], [], [Filed(seq=7, incident_id="i1", delivered=1)], [])


async def test_a_row_may_be_filed_under_no_incident(store: Store, make: Make) -> None:
    """An alert that is to be ignored is marked as correlated and belongs to nobody."""
    await store.alerts.append([make.alert(status="resolved")])
    [row] = await store.alerts.uncorrelated(9)
    await store.incidents.file([], [], [Filed(seq=row.seq, incident_id="", delivered=1)], [])
    assert await store.alerts.uncorrelated(9) == []
    assert await store.alerts.incidents_of(["aa"]) == {}


async def test_an_id_that_is_taken_is_a_conflict(store: Store, make: Make) -> None:
    """Two incidents never share an id."""
    await make.opened(store)
    with pytest.raises(Conflict, match="i1 already"):
        await make.opened(store)


# --- lists ------------------------------------------------------------------------------------------------------


async def test_pages_are_newest_first_without_gap_or_repeat(store: Store, make: Make, clock: FakeClock) -> None:
    """Following the cursor shows each incident once, newest first, also where several opened at one moment."""
    for n in range(9):
        await make.opened(store, f"i{n}")
        clock.advance(n % 2)
    seen: list[str] = []
    cursor, pages = "", 0
    while True:
        found, cursor = await store.incidents.page(limit=2, before=cursor)
        seen += [incident.id for incident in found]
        pages += 1
        if not cursor:
            break
    assert seen == [f"i{n}" for n in reversed(range(9))]
    assert pages == 5


async def test_a_page_can_be_of_some_phases(store: Store, make: Make) -> None:
    """A filter by phase shows those phases only; an exactly full last page has no cursor."""
    await make.opened(store, "i1", phase=Phase.ASKING)
    await make.opened(store, "i2", phase=Phase.ACTING)
    await make.opened(store, "i3")
    found, cursor = await store.incidents.page(phases=[Phase.ASKING, Phase.ACTING], limit=2)
    assert ([incident.id for incident in found], cursor) == (["i2", "i1"], "")


async def test_a_foreign_cursor_is_bad_input(store: Store) -> None:
    """A cursor that no page gave is refused, not taken for the beginning."""
    with pytest.raises(BadInput, match="'abc'"):
        await store.incidents.page(before="abc")


async def test_live_is_what_is_not_closed_or_still_closing(store: Store, make: Make, clock: FakeClock) -> None:
    """A closed incident is live until its close workflow is through."""
    await make.opened(store, "i1")
    await make.opened(store, "i2", phase=Phase.CLOSED, closed_at=clock.now(), closing=True)
    await make.opened(store, "i3", phase=Phase.CLOSED, closed_at=clock.now())
    assert [incident.id for incident in await store.incidents.live()] == ["i1", "i2"]


async def test_closed_since_looks_back_that_long(store: Store, make: Make, clock: FakeClock) -> None:
    """Only incidents that closed within the last so many seconds may be joined by a relapse."""
    for name in ("i1", "i2"):
        await make.opened(store, name, phase=Phase.CLOSED, closed_at=clock.now())
        clock.advance(60)
    await make.opened(store, "i3")
    assert [incident.id for incident in await store.incidents.closed_since(61)] == ["i2"]
    assert [incident.id for incident in await store.incidents.closed_since(121)] == ["i2", "i1"]


async def test_an_incident_that_cannot_be_read_stops_nobody_else(store: Store, make: Make) -> None:
    """Lists leave out a row in a form that is no longer read; asking for it by name says so."""
    await make.opened(store, "i1")
    await make.opened(store, "i2")
    await store._database.write(lambda c: c.exec_driver_sql("UPDATE incidents SET body = '[]' WHERE id = 'i1'"))
    assert [incident.id for incident in await store.incidents.live()] == ["i2"]
    with pytest.raises(Unhealthy, match="i1"):
        await store.incidents.get("i1")


# --- advance ----------------------------------------------------------------------------------------------------


async def test_advance_replaces_the_row_and_sees_the_events(store: Store, make: Make) -> None:
    """An advance stores the new row with the next version, marks events up to `through`, and appends its audit."""
    before = await make.opened(store)
    seqs = [(await store.incidents.add_event(make.event())).seq for _ in range(3)]
    after = msgspec.structs.replace(before, phase=Phase.INVESTIGATING, n=1)
    assert await store.incidents.advance(before, after, seqs[1], [make.draft("advanced")])
    assert await store.incidents.get("i1") == msgspec.structs.replace(after, version=1)
    assert [event.seq for event in await store.incidents.pending("i1")] == [seqs[2]]
    assert [event.seq for event in await store.incidents.events("i1")] == seqs
    assert await audited(store) == ["advanced"]


async def test_the_slower_of_two_advances_changes_nothing(store: Store, make: Make) -> None:
    """An advance from a version that is no longer there returns False and leaves row, events and audit alone."""
    before = await make.opened(store)
    event = await store.incidents.add_event(make.event())
    assert await store.incidents.advance(before, msgspec.structs.replace(before, title="first"), 0)
    assert not await store.incidents.advance(before, msgspec.structs.replace(before, title="second"), event.seq, [make.draft()])
    assert (await store.incidents.get("i1")).title == "first"
    assert await store.incidents.pending("i1") == [event]
    assert await audited(store) == []


async def test_of_many_simultaneous_advances_one_wins(store: Store, make: Make) -> None:
    """Compare-and-set holds under concurrency."""
    before = await make.opened(store)
    after = [msgspec.structs.replace(before, title=str(n)) for n in range(30)]
    won = await asyncio.gather(*(store.incidents.advance(before, row, 0) for row in after))
    assert sum(won) == 1
    assert (await store.incidents.get("i1")).title == str(won.index(True))


async def test_advance_sees_only_its_own_events(store: Store, make: Make) -> None:
    """Events of another incident with a lower number stay pending."""
    one, _ = await make.opened(store, "i1"), await make.opened(store, "i2")
    other = await store.incidents.add_event(make.event("i2"))
    mine = await store.incidents.add_event(make.event("i1"))
    await store.incidents.advance(one, one, mine.seq)
    assert await store.incidents.with_pending() == ["i2"]
    assert await store.incidents.pending("i2") == [other]


# --- events -----------------------------------------------------------------------------------------------------


async def test_an_event_comes_back_with_its_number(store: Store, make: Make) -> None:
    """An event keeps its fields and gets a number; numbers grow."""
    await make.opened(store)
    given = make.event(kind=EventKind.REJECTED, actor="bob", data={"why": "no"})
    first, second = await store.incidents.add_event(given), await store.incidents.add_event(given)
    assert msgspec.structs.replace(first, seq=0) == given
    assert 0 < first.seq < second.seq
    assert await store.incidents.events("i1") == [first, second]


async def test_an_event_that_is_added_once_is_there_once(store: Store, make: Make) -> None:
    """The same key again, even at the same moment, adds no event and no audit entry."""
    await make.opened(store)
    added = await asyncio.gather(*(store.incidents.add_event_once("k", make.event(), [make.draft("once")]) for _ in range(10)))
    assert sum(added) == 1
    assert len(await store.incidents.events("i1")) == 1
    assert await audited(store) == ["once"]
    assert await store.incidents.add_event_once("k2", make.event())


async def test_the_longest_waiting_come_first(store: Store, make: Make) -> None:
    """Incidents with pending events are named once each, in the order of their oldest one."""
    for name in ("i1", "i2"):
        await make.opened(store, name)
    for name in ("i2", "i1", "i2"):
        await store.incidents.add_event(make.event(name))
    assert await store.incidents.with_pending() == ["i2", "i1"]


# --- documents --------------------------------------------------------------------------------------------------


async def test_a_document_is_found_under_its_name(store: Store, make: Make) -> None:
    """A document is found by incident, number and name, and in its form; another name finds nothing."""
    await make.opened(store)
    plan = make.plan()
    await store.incidents.put("i1", 1, "plan", plan)
    assert await store.incidents.find("i1", 1, "plan", type(plan)) == plan
    assert await store.incidents.find("i1", 2, "plan", type(plan)) is None
    assert await store.incidents.find("i1", 1, "brief", type(plan)) is None


async def test_a_document_is_replaced_by_one_of_its_name(store: Store, make: Make) -> None:
    """The second of a name stands; the plan that it replaced is no longer found by digest."""
    await make.opened(store)
    await store.incidents.put("i1", 1, "plan", make.plan("d1"))
    await store.incidents.put("i1", 1, "plan", make.plan("d2"))
    assert await store.incidents.plan("d1") is None
    assert await store.incidents.plan("d2") == make.plan("d2")


async def test_a_plan_without_a_digest_is_found_by_none(store: Store, make: Make) -> None:
    """An empty digest names no plan."""
    await make.opened(store)
    await store.incidents.put("i1", 1, "plan", make.plan(""))
    assert await store.incidents.plan("") is None


async def test_a_document_of_an_older_form_is_none(store: Store, make: Make) -> None:
    """A document that no longer decodes is as good as not there, instead of an error in the middle of an incident."""
    await make.opened(store)
    await store.incidents.put("i1", 1, "plan", make.plan())
    await store._database.write(lambda c: c.exec_driver_sql('UPDATE documents SET body = \'{"was": "older"}\''))
    assert await store.incidents.find("i1", 1, "plan", type(make.plan())) is None
    assert await store.incidents.plan("d1") is None


async def test_reads_see_what_was_just_written(store: Store, make: Make) -> None:
    """A read that begins after a write returned sees it, whichever reading thread serves it."""
    row: Incident = await make.opened(store)
    for n in range(50):
        assert await store.incidents.advance(row, msgspec.structs.replace(row, title=str(n)), 0)
        row = await store.incidents.get("i1")
        assert (row.title, row.version) == (str(n), n + 1)
