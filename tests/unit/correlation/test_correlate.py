"""Which incident an alert belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from firstresponder.config import Correlation, Seconds
from firstresponder.correlation.correlate import Filing, correlate
from firstresponder.correlation.labels import key_of
from firstresponder.model import Alert, Incident, Phase, StoredAlert, TargetRef

NOW = datetime(2026, 3, 10, 14, 30, tzinfo=UTC)
API = TargetRef(kind="Deployment", name="api", namespace="shop", uid="u1")
WEB = TargetRef(kind="Deployment", name="web", namespace="shop", uid="u2")
GROUP = '{}:{alertname="X"}'


def stored(**change: Any) -> StoredAlert:
    """An alert on disk that nobody has filed."""
    labels = change.pop("labels", {"alertname": "X"})
    alert = Alert(fingerprint="f1", labels=labels, annotations={}, status="firing", starts_at=NOW, received_at=NOW)
    incident_id = change.pop("incident_id", None)
    return StoredAlert(seq=1, alert=replace(alert, **change), first_received_at=NOW, incident_id=incident_id)


def an_incident(name: str, minutes: float = 10, **change: Any) -> Incident:
    """An incident that was opened so many minutes ago."""
    opened = NOW - timedelta(minutes=minutes)
    row = Incident(id=name, title="", severity="", phase=Phase.ASKING, opened_at=opened, updated_at=opened)
    return replace(row, **change)


def closed(name: str, minutes: float, **change: Any) -> Incident:
    """An incident that was closed so many minutes ago."""
    return an_incident(name, 500, phase=Phase.CLOSED, closed_at=NOW - timedelta(minutes=minutes), **change)


def file(
    row: StoredAlert,
    subject: TargetRef | None = None,
    *,
    live: Sequence[Incident] = (),
    recent: Sequence[Incident] = (),
    memory: Mapping[str, str] | None = None,
) -> Filing:
    """File one alert now, with the default settings."""
    return correlate(row, subject, live, recent, memory or {}, NOW, Correlation())


def went(filing: Filing) -> tuple[str, str]:
    """What became of it."""
    return filing.kind, filing.incident_id


def test_nothing_is_known() -> None:
    """The first alert opens an incident, which the caller names, and gets a key and a reason."""
    filing = file(stored(), API)
    assert went(filing) == ("open", "")
    assert filing.key == "alert:f1"
    assert filing.reason == "no incident is about Deployment shop/api"


def test_the_same_alert() -> None:
    """An alert that an open incident has joins it, wherever else its object would lead."""
    live = [an_incident("a"), an_incident("b", subject=API)]
    filing = file(stored(), API, live=live, memory={"f1": "a"})
    assert went(filing) == ("join", "a")
    assert "already" in filing.reason


def test_a_row_that_was_filed_before() -> None:
    """A row that carries its incident goes back there without any memory."""
    assert went(file(stored(incident_id="a"), live=[an_incident("a")])) == ("join", "a")


@pytest.mark.parametrize(
    ("theirs", "ours", "kind"),
    [
        (API, API, "join"),
        (API, replace(API, uid=""), "join"),
        (replace(API, uid=""), API, "join"),
        (API, replace(API, uid="u9"), "open"),  # deleted and made anew: another object
        (API, WEB, "open"),
        (API, replace(API, namespace="pay", uid=""), "open"),
        (API, replace(API, kind="StatefulSet", uid=""), "open"),
        (API, None, "open"),
        (None, API, "open"),
    ],
)
def test_the_same_object(theirs: TargetRef | None, ours: TargetRef | None, kind: str) -> None:
    """Alerts about one object, by UID or else by kind and place, are one incident; others are not."""
    assert file(stored(), ours, live=[an_incident("a", subject=theirs)]).kind == kind


@pytest.mark.parametrize(
    ("labels", "group", "key"),
    [
        ({"namespace": "shop", "deployment": "api"}, GROUP, "workload:/shop/deployment/api"),
        ({"namespace": "shop", "deployment": "api", "cluster": "eu"}, GROUP, "workload:eu/shop/deployment/api"),
        ({"namespace": "shop", "job_name": "nightly", "pod": "ksm-0"}, GROUP, "workload:/shop/job_name/nightly"),
        ({"namespace": "shop", "pod": "ksm-0", "service": "ksm"}, GROUP, "group:/" + GROUP),
        ({"deployment": "api"}, GROUP, "group:/" + GROUP),
        ({"cluster": "eu"}, GROUP, "group:eu/" + GROUP),
        ({}, "{}:{}", "alert:f1"),
        ({}, "", "alert:f1"),
    ],
)
def test_the_key(labels: dict[str, str], group: str, key: str) -> None:
    """The key is the workload that labels name, else the group, else the alert; a group of all says nothing."""
    assert key_of(stored(labels=labels, group_key=group).alert) == key


@pytest.mark.parametrize(
    ("theirs", "ours", "labels", "kind"),
    [
        (None, None, {"alertname": "X"}, "join"),
        (API, None, {"alertname": "X"}, "open"),  # a group may hold many objects
        (None, API, {"alertname": "X"}, "open"),
        (API, None, {"namespace": "shop", "deployment": "api"}, "join"),
        (None, API, {"namespace": "shop", "deployment": "api"}, "join"),
        (WEB, API, {"namespace": "shop", "deployment": "api"}, "open"),  # two known objects that differ
    ],
)
def test_the_same_key(theirs: TargetRef | None, ours: TargetRef | None, labels: dict[str, str], kind: str) -> None:
    """An equal key joins what is not known to differ; a group's key only where both objects are unknown."""
    row = stored(labels=labels, group_key=GROUP, fingerprint="f2")
    assert file(row, ours, live=[an_incident("a", subject=theirs, key=key_of(row.alert))]).kind == kind


def test_the_oldest_incident_wins() -> None:
    """Of two incidents that fit, the older one takes the alert, in whatever order they come."""
    live = [an_incident("new", 5, subject=API), an_incident("old", 50, subject=API)]
    assert went(file(stored(), API, live=live)) == went(file(stored(), API, live=live[::-1])) == ("join", "old")


@pytest.mark.parametrize(("minutes", "kind"), [(1, "relapse"), (30, "relapse"), (31, "open")])
@pytest.mark.parametrize("by", ["fingerprint", "subject", "key"])
def test_a_relapse(by: str, minutes: float, kind: str) -> None:
    """What fires again within half an hour of the end is the same incident, by alert, object or key; later it is a new one."""
    row = closed("a", minutes, subject=API if by == "subject" else None, key="alert:f1" if by == "key" else "")
    filing = file(stored(), API if by == "subject" else None, recent=[row], memory={"f1": "a"} if by == "fingerprint" else {})
    assert went(filing) == (kind, "a" if kind == "relapse" else "")


def test_an_open_incident_comes_before_a_closed_one() -> None:
    """An open incident about the object takes the alert, though a closed one had it last."""
    live, recent = [an_incident("b", subject=API)], [closed("a", 5, subject=API)]
    assert went(file(stored(), API, live=live, recent=recent, memory={"f1": "a"})) == ("join", "b")


def test_the_last_closed_relapses() -> None:
    """Of two closed incidents the one that ended last comes back."""
    recent = [closed("a", 20, subject=API), closed("b", 5, subject=API)]
    assert went(file(stored(), API, recent=recent)) == ("relapse", "b")


@pytest.mark.parametrize(("live", "kind"), [(True, "join"), (False, "ignore")])
def test_a_resolved_alert(live: bool, kind: str) -> None:  # noqa: FBT001 - the two cases of one fact
    """A resolved alert tells its open incident, and never opens or reopens one."""
    rows = [an_incident("a", subject=API)] if live else []
    filing = file(stored(status="resolved"), API, live=rows, recent=[closed("c", 1, subject=API)], memory={"f1": "a"})
    assert filing.kind == kind


def test_a_resolved_alert_that_was_never_seen() -> None:
    """A resolved alert that no incident has is no news for an incident about the same object."""
    assert file(stored(status="resolved"), API, live=[an_incident("a", subject=API)]).kind == "ignore"


@pytest.mark.parametrize(
    "labels",
    [{"alertname": "Watchdog"}, {"alertname": "InfoInhibitor"}, {"alertname": "Deadman", "severity": "None"}],
)
def test_alerts_that_always_fire(labels: dict[str, str]) -> None:
    """Alerts that are meant to fire are ignored, with the reason, even where an incident has them."""
    filing = file(stored(labels=labels), live=[an_incident("a")], memory={"f1": "a"})
    assert went(filing) == ("ignore", "")
    assert "meant to fire" in filing.reason


PHASES = st.sampled_from(list(Phase))


@given(phase=PHASES, minutes=st.floats(0, 100), status=st.sampled_from(["firing", "resolved"]), listed=st.booleans())
def test_a_closed_incident_takes_nothing_but_a_relapse(phase: Phase, minutes: float, status: str, *, listed: bool) -> None:
    """A closed incident never gets an alert as "join", even where it is listed as open, and never a resolved one."""
    row = an_incident("a", subject=API, phase=phase, closed_at=NOW - timedelta(minutes=minutes))
    filing = file(stored(status=status), API, live=[row] if listed else [], recent=[row], memory={"f1": "a"})
    if phase is Phase.CLOSED:
        assert filing.kind in (("relapse", "open") if status == "firing" else ("ignore",))
        assert (filing.kind == "relapse") <= (minutes <= 30)
    assert (filing.incident_id == "") == (filing.kind in ("open", "ignore"))


def test_the_watch_is_a_setting() -> None:
    """The time in which an alert is a relapse is the configured one."""
    row = closed("a", 5, subject=API)
    filing = correlate(stored(), API, [], [row], {}, NOW, Correlation(relapse_watch=Seconds(60)))
    assert filing.kind == "open"
