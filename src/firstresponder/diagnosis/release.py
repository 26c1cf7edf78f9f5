"""The newest release of a Deployment: what it changed, whether its pods fail since birth, whether the one before was healthy.

A *release* is a change of what the containers run. A revision that differs only by a restart's stamp or by labels is none:
such revisions count to the release that they repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from firstresponder.diagnosis.container import Container
from firstresponder.diagnosis.template import Difference, differences, runs_alike
from firstresponder.diagnosis.view import Pod, Revision, View
from firstresponder.diagnosis.when import ZERO, moment, spoken
from firstresponder.model import ChangeSeen, Citation, Json

# Three times the default progressDeadlineSeconds (600 s): a rollout that cannot start fails within one of them, and a
# container that ran for three of them has passed its start. What breaks later was not broken by being rolled out.
SETTLED = timedelta(minutes=30)
# Clocks of nodes, API server and Prometheus differ, and recorded times are cut to the second or minute.
_SLACK = timedelta(minutes=1)


@dataclass(frozen=True)
class Health:
    """Whether the previous revision was healthy, and how that is known."""

    known: bool
    strong: bool = False
    words: str = "whether the previous revision was healthy is not known"
    citation: Citation | None = None


class Release:
    """The newest release against the one before it."""

    def __init__(self, view: View, newest: Revision, first: Revision, previous: Revision, changed: list[Difference]) -> None:
        """Compare `newest` (and `first`, the first revision with the same content) with `previous`."""
        self.view = view
        self.newest = newest
        self.first = first
        self.previous = previous
        self.changed = changed

    @classmethod
    def of(cls, view: View) -> Release | None:
        """Return the newest release; None where there is no earlier revision that ran something else."""
        if len(view.revisions) < 2:  # noqa: PLR2004 - a release needs one before it
            return None
        newest = view.revisions[-1]
        present = ((view.workload or {}).get("metadata", {}).get("annotations") or {}).get("deployment.kubernetes.io/revision")
        if present is not None and present != str(newest.number):
            # The Deployment and its ReplicaSets were read at different moments of a rollout.
            return None
        first = newest
        for revision in reversed(view.revisions[:-1]):
            changed = differences(revision.template, newest.template)
            if not runs_alike(changed):
                return cls(view, newest, first, revision, changed)
            first = revision
        return None

    @property
    def rolled_out(self) -> datetime | None:
        """When the release began. After a roll-back the ReplicaSet is older than that: then its oldest pod tells."""
        if not self.newest.rolled_back_to and not self.first.rolled_back_to:
            return self.first.made
        return min((pod.born for pod in self.view.pods_of(self.newest) if pod.born), default=self.newest.made)

    @cached_property
    def failing(self) -> list[tuple[Pod, Container]]:
        """Containers of the newest revision that keep ending or cannot be started."""
        return [
            (pod, container)
            for pod in self.view.pods_of(self.newest)
            for container in pod.containers
            if not pod.ended_from_outside and (container.crashing(self.view.now) or container.never_started)
        ]

    @property
    def well(self) -> int:
        """How many pods of the newest revision are ready and do not crash."""
        return sum(1 for pod in self.view.pods_of(self.newest) if pod.ready and not pod.crashing(self.view.now))

    def older_also_fail(self) -> bool:
        """Whether pods of an earlier release fail too: then the release is not what broke them."""
        ours = {revision.uid for revision in self.view.revisions if revision.number >= self.first.number}
        return any(pod.owner_uid and pod.owner_uid not in ours and _fails(pod, self.view.now) for pod in self.view.pods)

    def healthy_first(self, pod: Pod, container: Container) -> timedelta:
        """Return how long a container ran before its first crash, as far as that can still be seen.

        Two estimates, both too long rather than too short, so the shorter counts: from the pod's birth to the first
        event of failure, and the pod's age without the longest time that its restarts can have taken.
        """
        if pod.born is None:
            return ZERO
        age = self.view.now - pod.born
        estimates = [age - container.looped_for()] if not container.never_started else []
        signs = self.view.events_of(pod.uid, "BackOff", "Failed", "Killing", "Unhealthy", "FailedMount", "InspectFailed")
        firsts = [first for event in signs if (first := moment(event.get("firstTimestamp") or event.get("eventTime")))]
        if firsts:
            estimates.append(min(firsts) - pod.born)
        return max(ZERO, min(estimates, default=ZERO), ZERO if container.run_time is None else _long(container.run_time))

    def since_birth(self) -> bool:
        """Whether the release's first failure came soon after it was rolled out."""
        start = self.rolled_out
        if start is None or not self.failing:
            return False
        crashes = [pod.born + self.healthy_first(pod, container) for pod, container in self.failing if pod.born]
        return bool(crashes) and min(crashes) - start <= SETTLED

    @cached_property
    def health(self) -> Health:
        """Whether the previous revision was healthy, from the strongest evidence to the weakest."""
        view, older = self.view, self.previous
        standing = [pod for pod in view.pods_of(older) if pod.ready and not pod.crashing(view.now)]
        if standing:
            words = f"revision {older.number} ran healthy: {_still(len(standing))} still ready"
            return Health(known=True, strong=True, words=words, citation=view.line("pods", f"pod {standing[0].name},", "ready"))
        if older.ready:
            words = f"revision {older.number} ran healthy: {_still(older.ready)} still ready"
            return Health(known=True, strong=True, words=words, citation=view.line("revisions", f"revision {older.number}:"))
        return self._from_condition()

    def _from_condition(self) -> Health:
        view, older, start = self.view, self.previous, self.rolled_out
        available = _condition(view.workload, "Available")
        turned = moment(available.get("lastTransitionTime"))
        if start is None or turned is None or older.made is None:
            return Health(known=False)
        line = view.line("workload", "Available=")
        if available.get("status") == "True" and turned < start:
            words = f"the Deployment has been available since before the rollout, so revision {older.number} was healthy"
            return Health(known=True, strong=True, words=words, citation=line)
        # It turned only with or after the rollout, the older revision had stood for long, and nothing complained before.
        complained = any(alert.starts_at < start - _SLACK for alert in view.alerts)
        if start - older.made >= SETTLED and turned >= start - _SLACK and not complained:
            words = (
                f"revision {older.number} stood for {spoken(start - older.made)} and the Deployment's availability "
                "changed only with the new one"
            )
            return Health(known=True, words=words, citation=line)
        return Health(known=False)

    def alert_came_after(self) -> bool:
        """Whether every firing alert began after the rollout; an alert that is older was not caused by it."""
        start, began = self.rolled_out, self.view.began()
        return start is not None and began is not None and began >= start - _SLACK

    def what(self) -> str:
        """Name the revision and what it changed: `Revision 5 (image app:v2, was app:v1)`."""
        parts = [f"image {d.new}, was {d.old}" for d in self.changed if d.field == "image" and d.container and d.old and d.new]
        parts = parts or [str(difference) for difference in self.changed if not runs_alike([difference])]
        more = f", and {len(parts) - 3} more" if len(parts) > 3 else ""  # noqa: PLR2004 - what fits into a line
        return f"Revision {self.newest.number} ({'; '.join(parts[:3])}{more})"

    def touches(self, container: str, *fields: str) -> list[Difference]:
        """Return the differences in these fields of a container."""
        return [d for d in self.changed if d.container == container and d.field in fields]

    def change(self) -> ChangeSeen:
        """Return what changed, when and by whom."""
        item = self.view.item(f"diff:{self.previous.number}..{self.newest.number}")
        return ChangeSeen(
            what=self.what(),
            at=self.rolled_out,
            who=self._who(),
            diff=item.text if item is not None else "",
            revision_from=self.previous.number,
            revision_to=self.newest.number,
        )

    def diff_line(self, difference: Difference | None = None) -> Citation | None:
        """Quote the added line of the diff that shows a difference (the first added one when none is given)."""
        name = f"diff:{self.previous.number}..{self.newest.number}"
        value = "" if difference is None or difference.new is None else str(difference.new).strip("[]'")
        item = self.view.item(name)
        for line in (item.text if item is not None else "").splitlines():
            if line.startswith(("+", "-")) and not line.startswith(("+++", "---")) and value in line:
                return Citation(evidence=name, quote=line)
        return None

    def facts(self) -> dict[str, Json]:
        """Return what a plan needs to go back; the good revision only where it is known to have been healthy."""
        facts: dict[str, Json] = {"bad_revision": self.newest.number}
        if self.health.known:
            facts |= {"good_revision": self.previous.number, "good_replicaset_uid": self.previous.uid}
        return facts

    def when(self) -> str:
        """`, rolled out 14:22` in UTC, with the date where it was not today."""
        start = self.rolled_out
        if start is None:
            return ""
        day = "" if start.date() == self.view.now.date() else f"{start:%Y-%m-%d} "
        return f", rolled out {day}{start:%H:%M} UTC"

    def _who(self) -> str:
        """Name the last field manager that wrote the spec, around the time of the rollout."""
        written = [
            (at, str(entry.get("manager")))
            for entry in ((self.view.workload or {}).get("metadata") or {}).get("managedFields") or []
            if not entry.get("subresource") and (at := moment(entry.get("time")))
        ]
        start = self.rolled_out
        near = [(at, who) for at, who in written if start is not None and abs(at - start) <= 2 * _SLACK]
        return max(near)[1] if near else ""


def _still(pods: int) -> str:
    return "one of its pods is" if pods == 1 else f"{pods} of its pods are"


def _fails(pod: Pod, now: datetime) -> bool:
    return bool(pod.crashing(now)) or any(container.never_started for container in pod.containers)


def _condition(workload: Json | None, kind: str) -> Json:
    conditions = ((workload or {}).get("status") or {}).get("conditions") or []
    return next((c for c in conditions if c.get("type") == kind), {})


def _long(run: timedelta) -> timedelta:
    """A single run that was long is proof of health by itself; a short one says nothing."""
    return run if run > SETTLED else ZERO
