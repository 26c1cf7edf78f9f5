"""One test alert, and where it has come to: sent like a real one, found again by a label that nobody else has."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from firstresponder.cli.api import Api, to_alertmanager
from firstresponder.errors import NotFound
from firstresponder.model import Alert, Delivery, Phase
from firstresponder.web.views import Details, Page

TEST, RUN = "firstresponder_test", "firstresponder_test_run"
EVERY = 0.2  # seconds between two looks
NEWEST = 100  # incidents that are looked through
AFTERWARDS = 300.0  # seconds after which an Alertmanager ends the alert by itself, should this command be cut off
BUSY = (Phase.RECEIVED, Phase.INVESTIGATING)

T = TypeVar("T")


class Trial:
    """One run."""

    def __init__(self, api: Api, labels: Mapping[str, str], began: datetime, *, to: str = "", wait: float) -> None:
        """`labels` are the alert's, `to` an Alertmanager's address (empty: our own webhook), `wait` seconds for each stage."""
        self.api, self.labels, self.began, self.to, self.wait = api, dict(labels), began, to, wait
        self._start = time.monotonic()
        self._seen: dict[str, datetime] = {}

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._start

    def fire(self) -> None:
        """Send it. Raises what the API raises."""
        self._send("firing", ends=self.began + timedelta(seconds=self.wait + AFTERWARDS))

    def resolve(self, now: datetime) -> None:
        """Say that it is over."""
        self._send("resolved", ends=now)

    def _send(self, status: str, ends: datetime) -> None:
        alert: dict[str, Any] = {
            "labels": self.labels,
            "annotations": {
                "summary": "A test alert of Firstresponder: nothing is broken.",
                "description": "Sent by `firstresponder test-alert` to prove that alerts arrive, are looked into and told.",
            },
            "startsAt": _stamp(self.began),
            "endsAt": _stamp(ends),
        }
        if self.to:
            to_alertmanager(self.to, [alert])
        else:
            # A firing alert of Alertmanager's own webhooks has no end.
            self.api.alert(
                [alert | {"status": status, "endsAt": _stamp(ends) if status == "resolved" else "0001-01-01T00:00:00Z"}]
            )

    def until(self, look: Callable[[], T | None]) -> T | None:
        """Look again until there is something, for `wait` seconds; None: there was nothing."""
        end = time.monotonic() + self.wait
        while (found := look()) is None and time.monotonic() < end:
            time.sleep(EVERY)
        return found

    def incident(self) -> str | None:
        """Return the id of the incident that has this alert, if there is one yet."""
        for details in self._changed():
            if any(stored.alert.labels.get(RUN) == self.labels[RUN] for stored in details.alert_list):
                return details.id
        return None

    def _changed(self) -> Iterator[Details]:
        """Yield those incidents that have changed since the last look."""
        for each in self.api.get("incidents", params={"limit": NEWEST}).read(Page).items:
            if self._seen.get(each.id) != each.updated_at:
                self._seen[each.id] = each.updated_at
                yield self.details(each.id)

    def details(self, incident: str) -> Details:
        """Return the incident as it is."""
        return self.api.get("incidents", incident).read(Details)

    def briefed(self, incident: str) -> Details | None:
        """Return the incident once it has its brief, and has gone on from there."""
        found = self.details(incident)
        return found if found.brief is not None and found.status not in BUSY else None

    def told(self, incident: str) -> tuple[Delivery, ...] | None:
        """Return what was told where once nothing waits any more; empty: there is nobody to tell."""
        told = self.details(incident).deliveries
        return None if any(each.state == "waiting" for each in told) else tuple(told)

    def closed(self, incident: str) -> Details | None:
        """Return the incident once it is closed."""
        found = self.details(incident)
        return found if found.status is Phase.CLOSED else None


def kept(api: Api, run: str) -> Alert:
    """Return the alert of an earlier run: only with the same labels and start it is the same one. Raises NotFound."""
    for each in api.get("incidents", params={"limit": NEWEST}).read(Page).items:
        if each.status is not Phase.CLOSED:
            for stored in api.get("incidents", each.id).read(Details).alert_list:
                if stored.alert.labels.get(RUN) == run:
                    return stored.alert
    raise NotFound(f"--resolve {run}: no open incident has a test alert of that run; 'firstresponder incidents' lists them")


def _stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
