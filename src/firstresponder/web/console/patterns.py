"""Every component of the console on one page, with made-up content: for tests, and for whoever changes the style."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from firstresponder.model import (
    Alert,
    Ask,
    Delivery,
    Event,
    EventKind,
    Finding,
    Gap,
    Hold,
    Incident,
    Outcome,
    OutcomeWord,
    Phase,
    Sample,
    StoredAlert,
    TargetRef,
    Verdict,
)
from firstresponder.web.console.visit import Page, Visit

AT = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
LONG = "payments-reconciliation-worker-with-a-name-that-nobody-shortened-in-time"
DIFF = """--- Deployment/api
+++ Deployment/api
@@ -12,5 +12,4 @@
       containers:
       - name: api
-        image: registry.example.com/shop/api:1.5.0
+        image: registry.example.com/shop/api:1.4.2
-        args: ["--strict"]
"""
INCIDENT = Incident(
    id="example-1",
    title=f"KubePodCrashLooping: Deployment {LONG}",
    severity="critical",
    phase=Phase.ASKING,
    opened_at=AT,
    updated_at=AT,
    subject=TargetRef(kind="Deployment", name=LONG, namespace="shop"),
    firing=2,
    alerts=3,
    recurrence=1,
    ask_expires_at=AT + timedelta(minutes=30),
    reason="waits for approval",
)
VERDICTS = (
    Verdict(
        guard="allowlist",
        hard=True,
        decision="deny",
        reason="rollback-deployment is not allowed in shop",
        measured="shop",
        limit="none",
        clears_when="guards.allow names it",
        then="escalate",
    ),
    Verdict(guard="evidence_quorum", hard=False, decision="ask", reason="one source of two", measured="1", limit="2"),
    Verdict(guard="kill_switch", hard=True, decision="allow", reason="it is off"),
)
ALERT = Alert(
    fingerprint="0123456789abcdef",
    labels={"alertname": "KubePodCrashLooping", "namespace": "shop", "pod": f"{LONG}-7d9c5b-x2x4z"},
    annotations={"summary": "a container restarts again and again"},
    status="firing",
    starts_at=AT,
    received_at=AT,
    assumed=("status",),
)


def _outcome(word: OutcomeWord) -> Outcome:
    figures = {"desired": 3, "updated": 3, "ready": 3, "available": 3, "max_restarts": 0}
    return Outcome(
        incident_id="example-1",
        n=1,
        rung=0,
        direction="do" if word is OutcomeWord.SUCCESSFUL else "undo",
        word=word,
        reason="3 of 3 ready, 3 times in a row",
        samples=(Sample(at=AT, ok=True, figures=figures), Sample(at=AT, ok=None, detail="no answer", worse=True)),
        started_at=AT,
        ended_at=AT + timedelta(minutes=1),
    )


async def patterns(visit: Visit) -> Page:
    """Show them all."""
    del visit
    phases = [replace(INCIDENT, id=f"example-{each}", phase=each, title=f"As it is when {each.value}") for each in Phase]
    context = {
        "live": False,
        "now": AT + timedelta(minutes=5),
        "told": None,
        "holds": [None, "the database is locked", Hold(by="ann", why="data centre move", at=AT, source="database")],
        "rows": [
            INCIDENT,
            replace(INCIDENT, id="example-2", severity="warning", recurrence=0, subject=None),
            *phases,
            replace(INCIDENT, id="example-3", severity="info", phase=Phase.ESCALATED, owner="bob"),
        ],
        "incident": INCIDENT,
        "ask": Ask(plan_digest="ab" * 32, label="Rollback to revision 4", tier=2, expires_at=AT),
        "diff_text": DIFF,
        "log": "INFO start\nFATAL missing setting DB_URL\n" + "x" * 300,
        "proof": ("pod api-7d-x: 6 restarts, exit code 3", "log: FATAL missing setting DB_URL"),
        "verdicts": VERDICTS,
        "outcomes": [
            (_outcome(OutcomeWord.SUCCESSFUL), "Verification PASS: desired 3, ready 3"),
            (_outcome(OutcomeWord.FAILED), "Verification of the undo FAIL (Failed): ready 1"),
        ],
        "story": [Event(incident_id="example-1", kind=kind, at=AT, seq=seq, actor="ann") for seq, kind in enumerate(EventKind)],
        "gaps": [Gap(collector="metrics", what="Prometheus", why="connection refused", kind="unreachable")],
        "alerts": [
            StoredAlert(seq=1, alert=ALERT, first_received_at=AT),
            StoredAlert(seq=2, alert=replace(ALERT, status="resolved"), first_received_at=AT),
        ],
        "deliveries": [
            Delivery(sink="slack", what="card", state="sent", at=AT, attempts=1),
            Delivery(sink="slack", what="Verification PASS", state="waiting", at=AT, attempts=2, error="rate limited"),
            Delivery(sink="pagerduty", what="card", state="given_up", at=AT, attempts=9, error="invalid key"),
        ],
        "findings": [
            Finding(part="cluster", state="ok", says="v1.34, 12 ms"),
            Finding(part="Prometheus", state="warn", says="slow: 4.1 s", fix="look at its load"),
            Finding(part="right: patch deployments.apps in shop", state="fail", says="no", fix="apply examples/rbac.yaml"),
            Finding(part="Slack", state="off", says="not configured"),
        ],
        "figures": {"max_restarts": "max restarts"},
    }
    return Page(template="patterns.html", title="Patterns", context=context)
