"""What a delivery does to the rows of alerts."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from firstresponder.adapters.store import Store, open_store
from firstresponder.errors import Unhealthy
from firstresponder.model import Alert, StoredAlert
from firstresponder.ports.incident_store import Filed
from firstresponder.testing.clock import FakeClock
from tests.adapters.store.backends import sqlite_only

if TYPE_CHECKING:
    from tests.adapters.store.conftest import Make


async def waiting(store: Store) -> list[StoredAlert]:
    """Return what waits for correlation."""
    return await store.alerts.uncorrelated(1000)


async def everything(store: Store) -> list[Alert]:
    """Return all alerts."""
    return [alert async for alert in store.alerts.export()]


async def file_all(store: Store, incident_id: str = "i1") -> None:
    """Mark everything as correlated."""
    marks = [Filed(seq=row.seq, incident_id=incident_id, delivered=row.deliveries) for row in await waiting(store)]
    await store.incidents.file([], [], marks, [])


async def test_an_alert_comes_back_as_it_went_in(store: Store, make: Make) -> None:
    """Every field of an alert, times to the microsecond included, survives the store."""
    alert = make.alert(
        labels={"alertname": "Ünïcode ✓", "null": "a\x00b"},
        annotations={"summary": 'it\'s "down"; DROP TABLE alerts'},
        starts_at=datetime(2026, 3, 10, 14, 30, 1, 2, tzinfo=UTC),
        generator_url="http://p/graph",
        group_key="{}:{}",
        receiver="r",
        source="s",
        assumed=("status",),
    )
    await store.alerts.append([alert])
    assert await waiting(store) == [StoredAlert(seq=1, alert=alert, deliveries=1, first_received_at=alert.received_at)]
    assert await everything(store) == [alert]


async def test_a_repeat_counts_a_delivery_and_is_no_news(store: Store, make: Make, clock: FakeClock) -> None:
    """The same alert again, in the same status, raises the count and the latest receipt, and waits for nothing."""
    first = make.alert()
    await store.alerts.append([first])
    await make.opened(store)
    await file_all(store)
    clock.advance(60)
    await store.alerts.append([make.alert(starts_at=first.starts_at)])
    assert await waiting(store) == []
    [row] = await store.alerts.of_incident("i1")
    assert (row.deliveries, row.first_received_at, row.alert.received_at) == (2, first.received_at, clock.now())


async def test_a_repeat_brings_the_newest_words(store: Store, make: Make) -> None:
    """Annotations carry measured values: the newest delivery's are kept."""
    await store.alerts.append([make.alert(annotations={"value": "1"})])
    await store.alerts.append([make.alert(annotations={"value": "2"})])
    assert [alert.annotations for alert in await everything(store)] == [{"value": "2"}]


async def test_a_resolve_is_news(store: Store, make: Make, clock: FakeClock) -> None:
    """Firing to resolved marks the row as not correlated again; the incident that it was filed under stays known."""
    firing = make.alert()
    await store.alerts.append([firing])
    await make.opened(store)
    await file_all(store)
    clock.advance(60)
    await store.alerts.append([make.alert(starts_at=firing.starts_at, status="resolved", ends_at=clock.now())])
    [row] = await waiting(store)
    assert (row.alert.status, row.alert.ends_at, row.incident_id, row.deliveries) == ("resolved", clock.now(), "i1", 2)


async def test_a_late_firing_never_reopens(store: Store, make: Make, clock: FakeClock) -> None:
    """A firing delivery of a start that was resolved only counts."""
    start = clock.now()
    await store.alerts.append([make.alert(status="resolved", ends_at=start, annotations={"v": "end"})])
    await make.opened(store)
    await file_all(store)
    await store.alerts.append([make.alert(annotations={"v": "late"})])
    assert await waiting(store) == []
    [row] = await store.alerts.of_incident("i1")
    assert (row.alert.status, row.alert.annotations, row.deliveries) == ("resolved", {"v": "end"}, 2)
    assert await store.alerts.counts("i1") == (0, 1)


async def test_a_new_start_is_a_new_row(store: Store, make: Make, clock: FakeClock) -> None:
    """The same labels that fire again later are another alert."""
    await store.alerts.append([make.alert(status="resolved")])
    clock.advance(60)
    await store.alerts.append([make.alert()])
    assert [row.alert.status for row in await waiting(store)] == ["resolved", "firing"]


async def test_a_delivery_that_was_received_before_does_not_turn_time_back(store: Store, make: Make, clock: FakeClock) -> None:
    """Deliveries may be stored out of order; the latest receipt stays the latest."""
    start, later = clock.now(), clock.now() + timedelta(seconds=9)
    await store.alerts.append([make.alert(starts_at=start, received_at=later)])
    await store.alerts.append([make.alert(starts_at=start, received_at=start)])
    assert [row.alert.received_at for row in await waiting(store)] == [later]


async def test_repeats_within_one_request_are_one_row(store: Store, make: Make) -> None:
    """One body that holds an alert three times, the last one resolved, leaves one resolved row."""
    await store.alerts.append([make.alert(), make.alert(), make.alert(status="resolved")])
    assert [(row.alert.status, row.deliveries) for row in await waiting(store)] == [("resolved", 3)]


# --- alerts without a start --------------------------------------------------------------------------------------


async def test_repeats_without_a_start_are_one_row(store: Store, make: Make, clock: FakeClock) -> None:
    """Where the sender gives no start, a repeat is matched by fingerprint and keeps the first assumed start."""
    start = clock.now()
    for _ in range(3):
        await store.alerts.append([make.alert(assumed=("starts_at",))])
        clock.advance(60)
    [row] = await waiting(store)
    assert (row.deliveries, row.alert.starts_at) == (3, start)


async def test_a_resolve_without_a_start_closes_that_row_once(store: Store, make: Make, clock: FakeClock) -> None:
    """A resolve without a start closes the row whose start was assumed, and its repeat closes nothing else."""
    await store.alerts.append([make.alert(assumed=("starts_at",))])
    for _ in range(2):
        clock.advance(60)
        await store.alerts.append([make.alert(assumed=("starts_at",), status="resolved")])
    [row] = await waiting(store)
    assert (row.deliveries, row.alert.status) == (3, "resolved")


async def test_firing_without_a_start_after_a_resolve_is_a_new_row(store: Store, make: Make, clock: FakeClock) -> None:
    """Without a start, firing after resolved is a new alert, also within one request."""
    words: list[Literal["firing", "resolved"]] = ["firing", "resolved", "firing", "firing"]
    alerts = [
        make.alert(assumed=("starts_at",), status=word, starts_at=clock.now() + timedelta(seconds=n))
        for n, word in enumerate(words)
    ]
    await store.alerts.append(alerts)
    assert [(row.alert.status, row.deliveries) for row in await waiting(store)] == [("resolved", 2), ("firing", 2)]


async def test_an_assumed_start_never_meets_a_given_one(store: Store, make: Make, clock: FakeClock) -> None:
    """A row whose start the sender gave is not closed by a resolve without a start, nor the other way round."""
    await store.alerts.append([make.alert()])
    clock.advance(1)
    await store.alerts.append([make.alert(assumed=("starts_at",), status="resolved")])
    assert [row.alert.status for row in await waiting(store)] == ["firing", "resolved"]


# --- any order of deliveries, against a model --------------------------------------------------------------------

deliveries = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 2), st.sampled_from(["firing", "resolved"]), st.booleans()), max_size=12
)
_example = itertools.count()


class Model:
    """The rules of the port, written down a second time."""

    def __init__(self) -> None:
        """Begin with no rows."""
        self.rows: dict[tuple[str, datetime], dict[str, Any]] = {}

    def deliver(self, alert: Alert) -> None:
        """Take one delivery."""
        assumed, start = "starts_at" in alert.assumed, alert.starts_at
        mine = [key for key, row in self.rows.items() if key[0] == alert.fingerprint and row["assumed"]]
        if assumed and mine and (self.rows[mine[-1]]["status"] == "firing" or alert.status == "resolved"):
            start = mine[-1][1]
        row = self.rows.get((alert.fingerprint, start))
        if row is None:
            self.rows[alert.fingerprint, start] = {"status": alert.status, "assumed": assumed, "deliveries": 1}
            return
        row["deliveries"] += 1
        if alert.status == "resolved":
            row["status"] = "resolved"


@settings(deadline=None, max_examples=60)
@given(requests=st.lists(deliveries, max_size=4))
def test_any_order_of_deliveries_ends_where_the_rules_say(
    requests: list[list[tuple[str, int, str, bool]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever is delivered, in whatever order and batches, the rows are those of the rules."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    model, clock, tick = Model(), FakeClock(), itertools.count(1)
    folder: Path = tmp_path_factory.getbasetemp() / "model"
    prefix = f"{next(_example)}-"

    def alert(name: str, start: int, status: Any, *, assumed: bool) -> Alert:
        at = begin + timedelta(seconds=next(tick))
        return Alert(
            fingerprint=prefix + name,
            labels={},
            annotations={},
            status=status,
            starts_at=at if assumed else begin - timedelta(hours=start),
            received_at=at,
            assumed=("starts_at",) if assumed else (),
        )

    async def run() -> dict[tuple[str, datetime], tuple[str, int]]:
        store = open_store(folder, clock)
        try:
            for request in requests:
                alerts = [alert(name, start, status, assumed=assumed) for name, start, status, assumed in request]
                await store.alerts.append(alerts)
                for each in alerts:
                    model.deliver(each)
            rows = [row for row in await store.alerts.uncorrelated(100_000) if row.alert.fingerprint.startswith(prefix)]
            return {(row.alert.fingerprint, row.alert.starts_at): (row.alert.status, row.deliveries) for row in rows}
        finally:
            await store.close()

    found = asyncio.run(run())
    assert found == {key: (row["status"], row["deliveries"]) for key, row in model.rows.items()}


# --- filing -----------------------------------------------------------------------------------------------------


async def test_a_row_that_was_resolved_after_it_was_read_stays_uncorrelated(store: Store, make: Make) -> None:
    """A resolve that comes between reading a row and filing it is not lost: the row comes again, with its incident."""
    await make.opened(store)
    await store.alerts.append([make.alert()])
    [read] = await waiting(store)
    await store.alerts.append([make.alert(status="resolved")])
    await store.incidents.file([], [], [Filed(seq=read.seq, incident_id="i1", delivered=read.deliveries)], [])
    [again] = await waiting(store)
    assert (again.alert.status, again.incident_id) == ("resolved", "i1")
    await store.incidents.file([], [], [Filed(seq=again.seq, incident_id="i1", delivered=again.deliveries)], [])
    assert await waiting(store) == []


async def test_a_row_that_was_only_repeated_after_it_was_read_is_filed(store: Store, make: Make) -> None:
    """A mere repeat between reading and filing is no change."""
    await make.opened(store)
    await store.alerts.append([make.alert()])
    [read] = await waiting(store)
    await store.alerts.append([make.alert()])
    await store.incidents.file([], [], [Filed(seq=read.seq, incident_id="i1", delivered=read.deliveries)], [])
    assert await waiting(store) == []


async def test_no_resolve_is_lost_while_filing_races_with_delivery(store: Store, make: Make) -> None:
    """Fifty alerts resolve while a clerk files whatever waits: in the end it has read each one's resolve."""
    await make.opened(store)
    names = [f"{n:x}" for n in range(50)]
    await store.alerts.append([make.alert(name) for name in names])
    read: dict[str, str] = {}

    async def clerk() -> None:
        while len([word for word in read.values() if word == "resolved"]) < len(names):
            rows = await store.alerts.uncorrelated(7)
            read.update({row.alert.fingerprint: row.alert.status for row in rows})
            marks = [Filed(seq=row.seq, incident_id="i1", delivered=row.deliveries) for row in rows]
            await store.incidents.file([], [], marks, [])
            await asyncio.sleep(0)

    async def sender() -> None:
        for name in names:
            await store.alerts.append([make.alert(name)])
            await store.alerts.append([make.alert(name, status="resolved")])

    async with asyncio.timeout(20):
        await asyncio.gather(clerk(), sender())
    assert await waiting(store) == []


# --- reading ----------------------------------------------------------------------------------------------------


async def test_counts_are_of_one_incident(store: Store, make: Make) -> None:
    """The count says how many fire and how many there ever were, of that incident alone."""
    for name in ("i1", "i2"):
        await make.opened(store, name)
    await make.filed(store, make.alert("a"), "i1")
    await make.filed(store, make.alert("b", status="resolved"), "i1")
    await make.filed(store, make.alert("c"), "i2")
    assert await store.alerts.counts("i1") == (1, 2)
    assert await store.alerts.counts("nobody") == (0, 0)


async def test_the_incident_of_a_fingerprint_is_that_of_its_newest_row(store: Store, make: Make, clock: FakeClock) -> None:
    """A fingerprint that was filed twice is remembered under the later incident; one that waits is not remembered."""
    for name in ("i1", "i2"):
        await make.opened(store, name)
        await make.filed(store, make.alert("a"), name)
        clock.advance(60)
    await store.alerts.append([make.alert("a"), make.alert("b")])
    assert await store.alerts.incidents_of(["a", "b", "c", "a"]) == {"a": "i2"}
    assert await store.alerts.incidents_of([]) == {}


async def test_the_oldest_wait_first_and_no_more_than_asked(store: Store, make: Make) -> None:
    """What waits is handed out oldest first, at most so many at a time."""
    await store.alerts.append([make.alert(name) for name in "cab"])
    assert [row.alert.fingerprint for row in await store.alerts.uncorrelated(2)] == ["c", "a"]


async def test_export_goes_through_pages(store: Store, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export longer than a page is whole, in order, without repeats."""
    monkeypatch.setattr("firstresponder.adapters.store.alerts._PAGE", 3)
    names = [f"{n:02x}" for n in range(10)]
    await store.alerts.append([make.alert(name) for name in names])
    assert [alert.fingerprint for alert in await everything(store)] == names


async def test_an_alert_in_a_form_that_is_no_longer_read_stops_nobody(store: Store, make: Make) -> None:
    """A row that cannot be decoded is left out; the others are served."""
    await store.alerts.append([make.alert("a"), make.alert("b")])
    await store._database.write(lambda c: c.exec_driver_sql("UPDATE alerts SET body = '{\"old\": 1}' WHERE fingerprint = 'a'"))
    assert [row.alert.fingerprint for row in await waiting(store)] == ["b"]


@sqlite_only
async def test_ping_needs_a_disk_that_can_be_written(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ping writes for real: it passes on a sound store, and raises Unhealthy on one that is full."""
    before = store.commits
    await store.alerts.ping()
    assert store.commits == before + 1

    def full(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    await store._database.write(full)
    blob = Alert(
        fingerprint="big",
        labels={"x": "y" * 100_000},
        annotations={},
        status="firing",
        starts_at=datetime(2026, 1, 1, tzinfo=UTC),
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    with pytest.raises(Unhealthy, match="full"):
        await store.alerts.append([blob])
    await store.alerts.ping()


async def test_a_time_without_a_zone_is_refused_before_it_is_stored(store: Store, make: Make) -> None:
    """A naive time never reaches the tables, where it would be taken for another moment."""
    naive = msgspec.structs.replace(make.alert(), starts_at=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="without a zone"):
        await store.alerts.append([naive])
    assert await everything(store) == []
