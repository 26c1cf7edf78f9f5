"""The story of an incident, told through the real store and stages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from firstresponder.config import Approval, Guards
from firstresponder.errors import Unreachable
from firstresponder.model import Person, Phase
from firstresponder.testing.shop import BAD, GOOD, Shop, alert_body

from .conftest import ALLOWED, Play


async def test_a_bad_release_is_asked_about_with_its_cause_and_diff(asked: Play) -> None:
    """The brief names the release as the cause, quotes the log, shows the change and proposes the rollback."""
    view = await asked.view()
    assert view.incident.phase is Phase.ASKING
    assert view.diagnosis.hypotheses[0].cause_class == "crash-after-deploy"
    assert "FATAL: missing scheme" in "\n".join(view.brief.proof)
    assert "Revision 5" in view.brief.change
    assert view.brief.proposal.startswith("Roll back Deployment api from revision 5 to 4")
    assert GOOD in view.brief.diff
    assert BAD in view.brief.diff
    assert asked.shop.cluster.writes == 0


async def test_an_approved_rollback_is_done_once_verified_and_closed(asked: Play) -> None:
    """Approval leads to exactly one write, a held health, a closed incident and a whole audit."""
    assert (await asked.approve()).accepted
    view = await asked.view()
    assert view.incident.phase is Phase.CLOSED, view.incident.reason
    assert [outcome.word.value for outcome in view.outcomes] == ["Successful"]
    assert len(view.outcomes[0].samples) >= 3
    assert (asked.shop.cluster.effects, asked.shop.image()) == (1, GOOD)
    entries = {entry.what: entry async for entry in asked.world.audit.entries()}
    assert entries["plan.approved"].data["identity"] == "token holder, claims ann"
    said = await asked.audited()
    for step in (
        "alert.open",
        "brief.made",
        "plan.approved",
        "gate.intent",
        "gate.done",
        "verification.ended",
        "incident.summary",
    ):
        assert said.count(step) == 1, said


async def test_no_new_revision_is_no_bad_release(play: Callable[..., Any]) -> None:
    """The same crash loop without a release is not called one, offers no rollback, and goes to a person with a reason."""
    one: Play = await play(shop=Shop(new_release=False))
    await one.send(alert_body(one.shop.crashing()))
    view = await one.view()
    assert view.incident.phase is Phase.ESCALATED
    assert "crash-after-deploy" not in [h.cause_class for h in view.diagnosis.hypotheses]
    assert view.plan.action is None
    assert view.incident.reason


async def test_a_repair_that_makes_it_worse_is_undone_and_escalates(asked: Play) -> None:
    """When the rolled-back version crashes too and fewer pods are ready, the template is put back and a person has it."""
    asked.shop.cursed = True
    await asked.approve()
    view = await asked.view()
    assert view.incident.phase is Phase.ESCALATED
    assert [(o.direction, o.word.value) for o in view.outcomes] == [("do", "Failed"), ("undo", "Failed")]
    assert asked.shop.image() == BAD
    assert "undone" in view.incident.reason
    assert view.incident.tried


async def test_resolved_while_asking_withdraws_the_offer(asked: Play) -> None:
    """When the last alert resolves, the incident closes by itself, and a later click is told so and does nothing."""
    await asked.send(alert_body(asked.shop.crashing(), "resolved"))
    assert (await asked.incident()).phase is Phase.CLOSED
    answer = await asked.approve()
    assert not answer.accepted
    assert "resolved by itself" in answer.message or "withdrawn" in answer.message
    assert asked.shop.cluster.writes == 0


async def test_a_changed_target_voids_the_approval(asked: Play) -> None:
    """Somebody else deploys between question and click: nothing is written, and it is asked anew or handed over."""
    asked.shop.touch()
    await asked.approve()
    view = await asked.view()
    assert asked.shop.cluster.effects == 0
    assert view.incident.phase in (Phase.ASKING, Phase.ESCALATED)
    assert view.incident.n > 1


async def test_the_kill_switch_stops_what_was_approved(asked: Play) -> None:
    """With the switch engaged an approved plan writes nothing and the incident says so."""
    await asked.client.kill(who=Person(name="bob", via="api"), why="we look at it by hand")
    await asked.approve()
    row = await asked.incident()
    assert asked.shop.cluster.writes == 0
    assert (row.phase, "kill switch" in row.reason) == (Phase.ESCALATED, True)


async def test_silence_is_no(asked: Play) -> None:
    """An offer that nobody took in time expires; a late approval is told when it expired and does nothing."""
    asked.clock.advance(1801)
    await asked.settle()
    assert (await asked.incident()).phase is Phase.ESCALATED
    answer = await asked.approve()
    assert (answer.accepted, answer.status) == (False, "expired")
    assert asked.shop.cluster.writes == 0


async def test_a_second_click_says_who_was_first(asked: Play) -> None:
    """The second of two approvers is told who decided and when; the effect is there once."""
    first = await asked.client.approve((await asked.incident()).id, plan_digest="", who=Person(name="ann", via="api"))
    second = await asked.client.approve((await asked.incident()).id, plan_digest="", who=Person(name="bob", via="api"))
    await asked.settle()
    assert (first.accepted, second.accepted, second.decided_by) == (True, False, "ann")
    assert asked.shop.cluster.effects == 1


async def test_a_rejection_hands_over_with_the_reason(asked: Play) -> None:
    """Reject ends the offer; the incident says who said no and why."""
    await asked.client.reject(
        (await asked.incident()).id, plan_digest="", who=Person(name="ann", via="api"), reason="it is a drill"
    )
    await asked.settle()
    row = await asked.incident()
    assert row.phase is Phase.ESCALATED
    assert "rejected by ann: it is a drill" in row.reason


async def test_who_is_no_approver_is_refused_and_audited(play: Callable[..., Any]) -> None:
    """A name that is not in the list decides nothing, and the attempt is on record."""
    one: Play = await play(approval=Approval(approvers=("ann",)))
    await one.send(alert_body(one.shop.crashing()))
    answer = await one.approve(by="eve")
    assert (answer.status, one.shop.cluster.writes) == ("not_allowed", 0)
    assert "plan.refused_person" in await one.audited()
    assert (await one.approve(by="ann")).accepted
    assert one.shop.cluster.effects == 1


async def test_somebody_in_slack_approves_by_the_id_that_slack_vouches_for(play: Callable[..., Any]) -> None:
    """With an id on the list its holder's click is carried out; the same name without the proof, or another id, is not."""
    one: Play = await play(approval=Approval(approvers=("slack:U0ANN",)))
    await one.send(alert_body(one.shop.crashing()))
    incident = (await one.incident()).id
    claims = (
        Person(name="slack:U0ANN", via="api"),
        Person(name="ann", via="slack", proven="slack:U0EVE"),
        Person(name="ann", via="api"),
    )
    for who in claims:
        assert (await one.client.approve(incident, plan_digest="", who=who)).status == "not_allowed"
    ann = Person(name="ann", via="slack", proven="slack:U0ANN")
    assert (await one.client.approve(incident, plan_digest="", who=ann)).accepted
    await one.settle()
    assert one.shop.cluster.effects == 1


async def test_an_empty_configuration_only_watches(play: Callable[..., Any]) -> None:
    """Nothing allowed: the brief has the diagnosis and says which guard denies and what would clear it."""
    one: Play = await play(guards=Guards())
    await one.send(alert_body(one.shop.crashing()))
    view = await one.view()
    assert view.incident.phase is Phase.ESCALATED
    assert view.diagnosis.hypotheses
    assert any(line.startswith("allowlist:") and "Clears when" in line for line in view.brief.why_not), view.brief.why_not
    assert one.shop.cluster.writes == 0


async def test_no_cluster_is_said_and_offers_nothing(play: Callable[..., Any]) -> None:
    """With no cluster reachable the incident is kept, the brief names the gaps, and no action is offered."""
    one: Play = await play()
    pod = one.shop.crashing()
    one.shop.cluster.fail_next("read", *[Unreachable("no route to host")] * 500)
    await one.send(alert_body(pod))
    view = await one.view()
    assert view.incident.phase is Phase.ESCALATED
    assert view.plan.action is None
    assert "no route to host" in " ".join(view.brief.unconfirmed)


async def test_alerts_about_one_deployment_are_one_incident(asked: Play) -> None:
    """A second alert about the same Deployment joins; the offer that would be the same stays open."""
    before = await asked.incident()
    body = alert_body(asked.shop.crashing())
    body["alerts"][0]["labels"] = {
        "alertname": "KubeDeploymentReplicasMismatch",
        "namespace": "shop",
        "deployment": "api",
        "pod": "kube-state-metrics-0",
        "job": "kube-state-metrics",
        "severity": "warning",
    }
    await asked.send(body)
    after = await asked.incident()
    assert (after.alerts, after.phase, after.plan_digest) == (2, Phase.ASKING, before.plan_digest)
    assert (await asked.approve()).accepted
    assert asked.shop.cluster.effects == 1


async def test_a_relapse_is_the_same_incident(asked: Play) -> None:
    """The same alert soon after the close reopens the incident with the next number and counts the recurrence."""
    await asked.send(alert_body(asked.shop.crashing(), "resolved"))
    asked.clock.advance(60)
    body = alert_body(asked.shop.crashing(), started=asked.clock.now())
    await asked.send(body)
    row = await asked.incident()
    assert (row.recurrence, row.n, row.phase) == (1, 2, Phase.ASKING)


async def test_taking_over_stops_the_tool(asked: Play) -> None:
    """Who takes over has it: the offer is gone and nothing is written."""
    await asked.client.take_over((await asked.incident()).id, who=Person(name="ann", via="api"))
    await asked.settle()
    row = await asked.incident()
    assert (row.phase, row.owner) == (Phase.ESCALATED, "ann")
    assert not (await asked.approve(by="bob")).accepted
    assert asked.shop.cluster.writes == 0


async def test_a_granted_action_runs_unattended(play: Callable[..., Any]) -> None:
    """Where `auto` is granted for exactly this alert, action and target, nobody is asked, and the record says why."""
    from firstresponder.config import Auto  # noqa: PLC0415 - only here

    grant = Auto(alert="KubePodCrashLooping", action="rollback-deployment", namespace="shop", target="Deployment/api")
    one: Play = await play(guards=replace(ALLOWED, auto=(grant,)))
    await one.send(alert_body(one.shop.crashing()))
    view = await one.view()
    assert (view.incident.phase, one.shop.cluster.effects) == (Phase.CLOSED, 1), view.brief.why_not
    assert view.choice.by == "configuration"
    assert "plan.granted" in await one.audited()


async def test_the_plan_on_disk_holds_no_template(asked: Play) -> None:
    """What is stored of a plan names whole values by their digest: a password in a template never gets there."""
    view = await asked.view()
    assert all(isinstance(op.value, str) or set(op.value) == {"$sha256"} for op in view.plan.action.do.ops)
    raw = (asked.folder / "app.db").read_bytes() + (asked.folder / "app.db-wal").read_bytes()
    assert b'"pod-template-hash"' not in raw or b'"/spec/template","value":{"metadata"' not in raw


async def test_a_plan_has_one_time(play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Made anew at the plan's own time a restart is the same one, also where seconds pass between two looks at the clock."""
    one: Play = await play(shop=Shop(new_release=False))
    now = one.clock.now

    def ticking() -> datetime:
        one.clock.advance(1)
        return now()

    monkeypatch.setattr(one.clock, "now", ticking)
    labels = {"alertname": "High5xxErrorRate", "service": "api", "namespace": "shop", "severity": "critical"}
    await one.send({"status": "firing", "alerts": [{"status": "firing", "labels": labels}]})
    plan = (await one.view()).plan
    assert plan.action is not None, plan.nothing
    written = [op.value for op in plan.action.do.ops if op.path.endswith("restartedAt") and op.op != "test"]
    assert written == [plan.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")]
