"""A fake application behind the web: one incident that asks, in memory, and switches for everything that can go wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec.structs import replace

from firstresponder.errors import FirstresponderError, NotFound
from firstresponder.model import (
    Alert,
    AuditEntry,
    Brief,
    Change,
    Choice,
    Citation,
    Decision,
    Diagnosis,
    Event,
    EventKind,
    Finding,
    Gap,
    Hold,
    Hypothesis,
    Incident,
    Outcome,
    OutcomeWord,
    PatchObject,
    PatchOp,
    Person,
    Phase,
    Plan,
    PlannedAction,
    Probe,
    Rung,
    Sample,
    StoredAlert,
    TargetRef,
    Touched,
    Verdict,
)
from firstresponder.model.bundle import SCHEMA_VERSION, Bundle, Recorded
from firstresponder.workflow.answers import Answer, Health, IncidentView, Requested

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
DIGEST = "ab" * 32
TARGET = TargetRef(kind="Deployment", name="api", namespace="shop", api_version="apps/v1", uid="u-1")
DIFF = """--- Deployment/api
+++ Deployment/api
@@ -1,2 +1,2 @@
-        image: api:1.5
+        image: api:1.4
"""


def example_alert(name: str = "KubePodCrashLooping", **labels: str) -> Alert:
    """Return a firing alert about the example deployment."""
    return Alert(
        fingerprint="0123456789abcdef",
        labels={"alertname": name, "namespace": "shop", "deployment": "api"} | labels,
        annotations={"summary": "api crash-loops"},
        status="firing",
        starts_at=NOON - timedelta(minutes=5),
        received_at=NOON,
    )


def example_incident(incident_id: str = "inc-0001", *, phase: Phase = Phase.ASKING) -> Incident:
    """Return an incident about a bad release."""
    return Incident(
        id=incident_id,
        title="KubePodCrashLooping: Deployment api",
        severity="critical",
        phase=phase,
        opened_at=NOON,
        updated_at=NOON + timedelta(seconds=20),
        n=1,
        subject=TARGET,
        firing=1,
        alerts=2,
        plan_digest=DIGEST if phase in {Phase.ASKING, Phase.ACTING, Phase.VERIFYING} else "",
        ask_expires_at=NOON + timedelta(minutes=30) if phase is Phase.ASKING else None,
        reason="waits for approval",
    )


def _change(old: str, new: str) -> Change:
    path = "/spec/template/spec/containers/0/image"
    return PatchObject(target=TARGET, ops=(PatchOp(op="test", path=path, value=old), PatchOp(op="replace", path=path, value=new)))


def example_plan(incident_id: str = "inc-0001") -> Plan:
    """Return a rollback of the example deployment."""
    action = PlannedAction(
        action="rollback-deployment",
        target=TARGET,
        tier=2,
        summary="Roll back Deployment api from revision 5 to 4",
        why="revision 4 was healthy for 6 days",
        do=_change("api:1.5", "api:1.4"),
        undo=_change("api:1.4", "api:1.5"),
        touched=(Touched(path="/spec/template/spec/containers/0/image", old="api:1.5", new="api:1.4"),),
        generation=7,
        template_hash="0f0f",
        probes=(Probe(kind="rollout", target=TARGET),),
        diff=DIFF,
        undo_on="worse",
    )
    return Plan(
        incident_id=incident_id,
        n=1,
        rung=0,
        runbook="bad-release",
        ladder=(Rung(action="rollback-deployment"),),
        action=action,
        created_at=NOON + timedelta(seconds=8),
        cause_class="bad-release",
        digest=DIGEST,
    )


def example_brief(incident_id: str = "inc-0001") -> Brief:
    """Return what a person reads about it."""
    return Brief(
        incident_id=incident_id,
        n=1,
        headline="Deployment api crash-loops since its release 5",
        since=NOON - timedelta(minutes=5),
        cause="The new version exits with code 3 at start",
        confidence=0.9,
        proof=("pod api-7d-x: 6 restarts, exit code 3", "log: FATAL missing setting DB_URL"),
        change="Revision 4 → 5 at 11:54 (image api:1.4 → api:1.5)",
        proposal="Roll back Deployment api from revision 5 to 4",
        diff=DIFF,
        unconfirmed=("Prometheus could not be read",),
        why_not=(),
        alternatives=("Fix the setting and release again",),
        made_at=NOON + timedelta(seconds=10),
        expires_at=NOON + timedelta(minutes=30),
        facts="f1",
    )


def example_outcome(word: OutcomeWord, incident_id: str = "inc-0001") -> Outcome:
    """Return what verification found, with one sample."""
    good = word is OutcomeWord.SUCCESSFUL
    figures = {"desired": 3, "updated": 3, "ready": 3 if good else 1, "available": 3 if good else 1, "max_restarts": 0}
    return Outcome(
        incident_id=incident_id,
        n=1,
        rung=0,
        direction="do",
        word=word,
        reason="3 of 3 ready, 3 times in a row" if good else "1 of 3 ready",
        samples=(Sample(at=NOON + timedelta(minutes=2), ok=good, detail="rollout", figures=figures),),
        started_at=NOON + timedelta(minutes=1),
        ended_at=NOON + timedelta(minutes=2),
    )


def example_view(incident_id: str = "inc-0001", *, phase: Phase = Phase.ASKING) -> IncidentView:
    """Return the whole example incident as it asks."""
    verdicts = (
        Verdict(guard="allowlist", hard=True, decision="allow", reason="rollback-deployment is allowed in shop"),
        Verdict(guard="evidence_quorum", hard=False, decision="ask", reason="one source of two", measured="1", limit="2"),
    )
    hypothesis = Hypothesis(
        cause_class="bad-release",
        confidence=0.9,
        statement="The new version exits with code 3 at start",
        target=TARGET,
        citations=(Citation(evidence="log:api", quote="FATAL missing setting DB_URL"),),
    )
    return IncidentView(
        incident=example_incident(incident_id, phase=phase),
        alerts=(StoredAlert(seq=1, alert=example_alert(), first_received_at=NOON, incident_id=incident_id),),
        brief=example_brief(incident_id),
        plan=example_plan(incident_id),
        decision=Decision(outcome="ask", verdicts=verdicts, at=NOON),
        diagnosis=Diagnosis(hypotheses=(hypothesis,)),
        gaps=(Gap(collector="metrics", what="Prometheus", why="connection refused", kind="unreachable"),),
        events=(Event(incident_id=incident_id, kind=EventKind.ALERT_FIRING, at=NOON, seq=1),),
    )


class FakeResponder:
    """The application as the web needs it. Everything it was told is kept in lists, to be looked at."""

    def __init__(self) -> None:
        """Hold one incident that asks."""
        self.views: dict[str, IncidentView] = {"inc-0001": example_view()}
        self.received: list[Alert] = []
        self.choices: dict[str, Choice] = {}
        self.asked: list[dict[str, str]] = []
        self.hold: Hold | None = None
        self.held_by_file = False
        self.waiting: dict[str, int] = {}
        self.entries: list[AuditEntry] = []
        self.state = Health(ready=True, parts={"store": "ok"})
        self.findings = [
            Finding(part="cluster", state="ok", says="reachable, Kubernetes v1.31.0"),
            Finding(part="settings", state="warn", says="nothing is allowed", fix="allow one action in one namespace"),
        ]
        self.broken: FirstresponderError | None = None
        self.answer: Answer | None = None  # what every decision is answered with, where it is set

    def _check(self) -> None:
        if self.broken is not None:
            raise self.broken

    async def receive(self, alerts: Sequence[Alert]) -> None:
        """Keep them."""
        self._check()
        self.received += alerts

    async def incidents(self, *, phases: Sequence[Phase], limit: int, before: str) -> tuple[list[Incident], str]:
        """Return a page by id, newest (highest) first; the cursor is the last id of the page."""
        self._check()
        ids = sorted((each for each in self.views if not before or each < before), reverse=True)
        found = [self.views[each].incident for each in ids]
        found = [each for each in found if not phases or each.phase in phases]
        return found[:limit], found[limit - 1].id if len(found) > limit else ""

    async def incident(self, incident_id: str) -> IncidentView:
        """Return one. Raises NotFound."""
        self._check()
        if incident_id not in self.views:
            raise NotFound(f"no incident {incident_id!r}; 'firstresponder incidents' lists them")
        return self.views[incident_id]

    async def bundle(self, incident_id: str, *, frames: bool) -> Bundle:
        """Return a bundle of the incident's alerts. Raises NotFound."""
        view = await self.incident(incident_id)
        note = "there is one investigation, so there are no frames"
        return Bundle(
            schema_version=SCHEMA_VERSION,
            id=incident_id,
            now=NOON,
            alert={"alerts": [{"labels": stored.alert.labels} for stored in view.alerts]},
            cluster=(),
            recorded=Recorded(start=NOON, notes=(note,) if frames else ()),
        )

    async def approve(self, incident_id: str, *, plan_digest: str, who: Person) -> Answer:
        """Approve once."""
        self.asked.append({"what": "approve", "id": incident_id, "plan_digest": plan_digest, "by": who.label, "via": who.via})
        return self._decide("approved", incident_id, plan_digest, by=who.label, via=who.via)

    async def reject(self, incident_id: str, *, plan_digest: str, who: Person, reason: str) -> Answer:
        """Reject once."""
        self.asked.append(
            {"what": "reject", "id": incident_id, "plan_digest": plan_digest, "by": who.label, "via": who.via, "reason": reason}
        )
        return self._decide("rejected", incident_id, plan_digest, by=who.label, via=who.via, reason=reason)

    async def take_over(self, incident_id: str, *, who: Person) -> Answer:
        """Hand it over."""
        self._check()
        self.asked.append({"what": "take_over", "id": incident_id, "by": who.label, "via": who.via})
        if self.answer:
            return self.answer
        if incident_id not in self.views:
            return Answer(accepted=False, status="unknown", message=f"no incident {incident_id!r}")
        view = self.views[incident_id]
        self.views[incident_id] = replace(view, incident=replace(view.incident, phase=Phase.ESCALATED, owner=who.label))
        return Answer(accepted=True, status="accepted", message=f"{who.label} has it now", decided_by=who.label, decided_at=NOON)

    async def look_again(self, incident_id: str, *, who: Person) -> Answer:
        """Say that it begins."""
        self._check()
        self.asked.append({"what": "look_again", "id": incident_id, "by": who.label, "via": who.via})
        if incident_id not in self.views:
            return Answer(accepted=False, status="unknown", message=f"no incident {incident_id!r}")
        return self.answer or Answer(accepted=True, status="accepted", message="it begins now", decided_by=who.label)

    async def dismiss(self, incident_id: str, *, who: Person, reason: str) -> Answer:
        """Close it."""
        self._check()
        self.asked.append({"what": "dismiss", "id": incident_id, "by": who.label, "via": who.via, "reason": reason})
        if incident_id not in self.views:
            return Answer(accepted=False, status="unknown", message=f"no incident {incident_id!r}")
        view = self.views[incident_id]
        self.views[incident_id] = replace(view, incident=replace(view.incident, phase=Phase.CLOSED, reason=reason))
        return self.answer or Answer(accepted=True, status="accepted", message="closed", decided_by=who.label)

    async def respond(self, *, kind: str, name: str, namespace: str, who: Person, why: str, severity: str) -> Requested:
        """Open an incident, the example about another object; the name `missing` is NotFound, `api` joins the first one."""
        self._check()
        asked = {"what": "respond", "kind": kind, "name": name, "namespace": namespace, "by": who.label, "via": who.via}
        self.asked.append({**asked, "why": why, "severity": severity})
        if name == "missing":
            raise NotFound(f"there is no Deployment {namespace}/missing; nothing was stored")
        if name == "api":
            return Requested(status="joined", message="inc-0001 is about it already", incident_id="inc-0001")
        view = example_view("inc-0002", phase=Phase.ESCALATED)
        self.views["inc-0002"] = replace(view, incident=replace(view.incident, title=f"RespondRequested: {name}"))
        return Requested(status="opened", message=f"{name} is looked into", incident_id="inc-0002")

    async def kill(self, *, who: Person, why: str) -> Hold:
        """Engage; the first stands."""
        self._check()
        self.hold = self.hold or Hold(by=who.label, why=why, at=NOON, source="database")
        return self.hold

    async def unkill(self, *, who: Person) -> bool:
        """Release, unless a file holds it."""
        self._check()
        del who
        self.hold = Hold(by="", why="", at=NOON, source="kill-switch") if self.held_by_file else None
        return not self.held_by_file

    async def killed(self) -> Hold | None:
        """Return the hold."""
        self._check()
        return self.hold

    async def audit(self, incident_id: str, after: int, limit: int) -> list[AuditEntry]:
        """Return a part."""
        self._check()
        fit = [each for each in self.entries if each.seq > after and incident_id in ("", each.incident_id)]
        return fit[:limit]

    async def checkup(self) -> list[Finding]:
        """Return the findings as they were set."""
        self._check()
        return self.findings

    async def backlog(self) -> dict[str, int]:
        """Return what waits, as it was set."""
        self._check()
        return self.waiting

    async def health(self) -> Health:
        """Return the state as it was set."""
        self._check()
        return self.state

    def _decide(
        self, word: Literal["approved", "rejected"], incident_id: str, plan_digest: str, *, by: str, via: str, reason: str = ""
    ) -> Answer:
        self._check()
        if self.answer:
            return self.answer
        if incident_id not in self.views:
            return Answer(accepted=False, status="unknown", message=f"no incident {incident_id!r}")
        asked = self.views[incident_id].incident.plan_digest
        if not asked:
            return Answer(accepted=False, status="nothing_to_decide", message="nothing is being asked")
        plan_digest = asked if asked.startswith(plan_digest) else plan_digest
        if plan_digest != asked:
            return Answer(accepted=False, status="changed", message="another plan is asked now")
        if stands := self.choices.get(plan_digest):
            return Answer(
                accepted=False,
                status="already_decided",
                message=f"{stands.by} {stands.word} it before",
                decided_by=stands.by,
                decided_at=stands.at,
            )
        choice = Choice(incident_id=incident_id, plan_digest=plan_digest, word=word, by=by, via=via, at=NOON, reason=reason)
        self.choices[plan_digest] = choice
        self.views[incident_id] = replace(self.views[incident_id], choice=choice)
        return Answer(accepted=True, status="accepted", message=f"{word} by {by}", decided_by=by, decided_at=NOON)
