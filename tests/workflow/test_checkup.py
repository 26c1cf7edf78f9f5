"""What doctor finds: each part well, unwell, broken and switched off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace as changed

from firstresponder.adapters.store import open_store
from firstresponder.config import Allow, Auto, Guards, ModeRule, Settings, Slack, Web
from firstresponder.errors import Forbidden, NotFound, Unhealthy, Unreachable
from firstresponder.model import AuditDraft, Finding, Hold, Permission
from firstresponder.testing.access import ROOMY, FakeAccess, FakeFolder
from firstresponder.testing.clock import FakeClock
from firstresponder.workflow.check_cluster import clock_difference, rule, wanted
from firstresponder.workflow.checkup import Parts, bounded, examine, examine_store, parts_of, worst

from .conftest import Play

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SHOP = Guards(allow=(Allow(action="rollback-deployment", namespace="shop"), Allow(action="restart-workload", namespace="shop")))


class Told:
    """A sink, or Prometheus, that says what it is told to say."""

    name = "chat"

    def __init__(self, *found: Finding, error: Exception | None = None) -> None:
        """Find these, or raise."""
        self.found, self.error = list(found), error

    async def check(self) -> list[Finding]:
        """Answer."""
        if self.error is not None:
            raise self.error
        return self.found


@pytest.fixture
async def parts(tmp_path: Any) -> AsyncIterator[Parts]:
    """Everything as it should be: one namespace allowed, all rights there, a store with one audit entry and its head."""
    store = open_store(tmp_path / "data", FakeClock())
    (entry,) = await store.audit.append([AuditDraft(what="alert.open", actor="me", at=NOON)])
    yield Parts(
        settings=Settings(guards=SHOP),
        clock=FakeClock(NOON),
        access=FakeAccess(at=NOON),
        alerts=store.alerts,
        audit=store.audit,
        kill_switch=store.kill_switch,
        folder=FakeFolder(head=(entry.seq, entry.hash)),
        metrics=None,
    )
    await store.close()


def by_part(found: list[Finding]) -> dict[str, Finding]:
    """Findings by their part; each part is told once."""
    assert len({one.part for one in found}) == len(found)
    return {one.part: one for one in found}


async def look(parts: Parts, **changes: Any) -> dict[str, Finding]:
    """Examine the parts with something changed."""
    return by_part(await examine(replace(parts, **changes)))


async def test_all_well(parts: Parts) -> None:
    """With everything in its place there is no warning, rights are one line for each place, and no fix is asked for."""
    found = await look(parts)
    assert {name: one.state for name, one in found.items()} == {
        "settings": "ok", "store": "ok", "disk": "ok", "audit": "ok", "cluster": "ok", "cluster clock": "ok",
        "rights in shop": "ok", "rights on nodes": "ok", "wider reads": "ok", "Prometheus": "off", "notifiers": "off",
        "kill switch": "ok", "external_url": "off", "webhook token": "ok",
    }  # fmt: skip
    assert worst(found.values()) == "ok"
    assert found["cluster"].says == "reachable, Kubernetes v1.31.0"
    assert "restart-workload in shop" in found["settings"].says
    assert "50.0 GiB of 100.0 GiB free" in found["disk"].says
    assert not any(one.fix for one in found.values() if one.state == "ok")


async def test_the_running_server_looks_at_its_own_parts(play: Callable[..., Any]) -> None:
    """The client's checkup is made of the world's ports, and says how the worker is."""
    one: Play = await play()
    found = by_part(await one.client.checkup())
    assert found["worker"].says == "working"
    assert found["rights in shop"].state == "ok"
    assert parts_of(one.world).folder is one.world.folder


# --- settings ---


async def test_nothing_allowed_is_a_warning_that_says_it_is_safe(parts: Parts) -> None:
    """An empty configuration is no failure; reads are then asked about in all namespaces."""
    found = await look(parts, settings=Settings())
    assert (found["settings"].state, "that is safe" in found["settings"].says) == ("warn", True)
    assert found["rights in all namespaces"].state == "ok"


@pytest.mark.parametrize(
    ("allow", "never", "why"),
    [
        (Allow(action="rollback-deployment", namespace="shop", kind="StatefulSet"), (), "not on StatefulSet"),
        (Allow(action="rollback-deployment", namespace="kube-system"), (), "system namespace"),
        (Allow(action="rollback-deployment", namespace="db"), ("db",), "guards.never_touch"),
    ],
)
async def test_a_rule_that_allows_nothing_is_told(parts: Parts, allow: Allow, never: tuple[str, ...], why: str) -> None:
    """A rule of the allow list that can never have an effect is a warning that says why."""
    found = await look(parts, settings=Settings(guards=Guards(allow=(allow,), never_touch=never)))
    (idle,) = (one for name, one in found.items() if name.startswith("guards.allow"))
    assert (idle.state, why in idle.says) == ("warn", True)


async def test_what_runs_without_asking_is_said(parts: Parts) -> None:
    """Grants are counted in the line of the settings."""
    auto = Auto(alert="A", action="restart-workload", namespace="shop", target="Deployment/api")
    found = await look(parts, settings=Settings(guards=changed(SHOP, auto=(auto,))))
    assert "1 granted without asking" in found["settings"].says


# --- ours ---


@pytest.mark.parametrize(
    ("room", "state", "says"),
    [
        ({"free": 900 * 2**20}, "warn", "900.0 MiB of 100.0 GiB free"),
        ({"free": 50 * 2**20}, "fail", "50.0 MiB"),
        ({"writable": False}, "fail", "cannot be written"),
        ({"there": False}, "ok", "made at the first start"),
    ],
)
async def test_the_disk(parts: Parts, room: dict[str, Any], state: str, says: str) -> None:
    """Little space is a warning, hardly any a failure, each with its figures."""
    found = await look(parts, folder=FakeFolder(changed(ROOMY, **room), parts.folder.head))  # type: ignore[attr-defined]
    assert (found["disk"].state, says in found["disk"].says) == (state, True)


async def test_a_write_ahead_log_that_grows(parts: Parts) -> None:
    """A log that SQLite does not take in is told, with what holds it."""
    folder = FakeFolder(changed(ROOMY, waiting=300 * 2**20), parts.folder.head)  # type: ignore[attr-defined]
    found = [one for one in await examine(replace(parts, folder=folder)) if one.part == "disk"]
    assert [one.state for one in found] == ["ok", "warn"]
    assert "300.0 MiB" in found[1].says


async def test_an_audit_without_its_kept_head(parts: Parts) -> None:
    """No head outside the database: a warning; a head that is not in the chain: a failure; no entry at all: fine."""
    assert (await look(parts, folder=FakeFolder()))["audit"].state == "warn"
    for head in ((1, "00" * 32), (7, "00" * 32)):
        broken = (await look(parts, folder=FakeFolder(head=head)))["audit"]
        assert (broken.state, "audit verify" in broken.fix) == ("fail", True)


async def test_a_store_that_does_not_take_alerts(parts: Parts) -> None:
    """A closed store is a failure of store, audit and kill switch, and costs the other parts nothing."""
    folder = FakeFolder()
    folder.broken = Unhealthy("the disk is gone")
    await parts.alerts._database.close()
    found = await look(parts, folder=folder)
    assert {name for name, one in found.items() if one.state == "fail"} == {"store", "disk", "audit", "kill switch"}
    assert found["cluster"].state == "ok"


async def test_a_store_that_is_only_read(parts: Parts) -> None:
    """Without a server of ours on it, nothing is written to see whether it can be."""
    before = parts.alerts._database.writer.commits
    assert (await look(parts, serving=False))["store"].state == "ok"
    assert parts.alerts._database.writer.commits == before
    await look(parts)
    assert parts.alerts._database.writer.commits > before


async def test_an_engaged_kill_switch(parts: Parts) -> None:
    """Who, since when and why is said, and how to release it."""
    hold = Hold(by="ann", why="data centre move", at=NOON, source="database")
    await parts.kill_switch.engage(hold, AuditDraft(what="kill_switch.engaged", actor="ann", at=NOON))
    found = (await look(parts))["kill switch"]
    assert found.state == "warn"
    assert "ann" in found.says
    assert "data centre move" in found.says
    assert "kill-switch off" in found.fix


async def test_links_of_messages(parts: Parts) -> None:
    """A sink without an external_url is a warning; with it, the address is said."""
    sinks = (Told(Finding(part="chat", state="ok", says="messages arrive")),)
    assert (await look(parts, notifiers=sinks))["external_url"].state == "warn"
    settings = Settings(guards=SHOP, web=Web(external_url="https://fr.example"), slack=Slack(channel="C1"))
    found = await look(parts, notifiers=sinks, settings=settings)
    assert (found["external_url"].state, "https://fr.example" in found["external_url"].says) == ("ok", True)
    assert "notifiers" not in found


# --- others ---


async def test_what_a_check_raises_is_a_finding(parts: Parts) -> None:
    """A sink that cannot be reached, and one that breaks, are findings under their names, without secrets."""
    found = await look(parts, notifiers=(Told(error=Unreachable("https://bob:hunter2@chat.example is silent")),))
    assert found["chat"].state == "fail"
    assert "hunter2" not in found["chat"].says
    found = await look(parts, notifiers=(Told(error=RuntimeError("boom")),))
    assert (found["chat"].state, "RuntimeError: boom" in found["chat"].says) == ("fail", True)


async def test_what_does_not_answer_is_cut_off() -> None:
    """A check that hangs is a failure after its time."""

    async def hang() -> list[Finding]:
        await asyncio.Event().wait()
        return []

    (found,) = await bounded("chat", hang, 0.01)
    assert (found.part, found.state) == ("chat", "fail")


async def test_all_parts_are_looked_at_side_by_side(parts: Parts) -> None:
    """No check waits for another: of three that wait for each other, all come to their end."""
    meet = asyncio.Barrier(3)

    class Waiting(Told):
        async def check(self) -> list[Finding]:
            """Wait until all are there."""
            await meet.wait()
            return []

    sinks: Any = tuple(Waiting() for _ in range(3))
    found = await examine(replace(parts, notifiers=sinks), limit=5)
    assert not [one for one in found if one.state == "fail"]


async def test_the_store_can_be_looked_at_alone(parts: Parts) -> None:
    """What is kept in the store is told without the rest, and the rest without it."""
    assert {one.part for one in await examine_store(parts)} == {"store", "audit", "kill switch"}
    found = await look(parts, alerts=None, audit=None, kill_switch=None)
    assert not {"store", "audit", "kill switch"} & set(found)


async def test_prometheus_says_what_it_found(parts: Parts) -> None:
    """What the adapter finds is passed on."""
    metrics: Any = Told(Finding(part="Prometheus", state="warn", says="0 alerting rules"))
    assert (await look(parts, metrics=metrics))["Prometheus"].state == "warn"


# --- cluster ---


async def test_without_a_cluster_no_right_is_asked_about(parts: Parts) -> None:
    """No cluster configured is "off" and says what to set; one that does not answer is one failure, not fifty."""
    access = FakeAccess()
    access.broken = NotFound("no cluster is configured: set KUBECONFIG")
    found = await look(parts, access=access)
    assert (found["cluster"].state, "KUBECONFIG" in found["cluster"].fix) == ("off", True)
    access.broken = Unreachable("GET /version: no answer within 4 s")
    found = await look(parts, access=access)
    assert found["cluster"].state == "fail"
    assert not any(name.startswith("right") for name in found)


@pytest.mark.parametrize(
    ("apart", "state"),
    [(0, "ok"), (1.5, "ok"), (1.9, "ok"), (4, "warn"), (29, "warn"), (45, "fail"), (-1.96, "ok"), (-4, "warn"), (-45, "fail")],
)
def test_clocks(apart: float, state: str) -> None:
    """The server's clock is cut to the second and comes with the answer: only what is surely apart counts."""
    before = NOON + timedelta(seconds=0.5)
    at = (before + timedelta(seconds=apart + 0.05)).replace(microsecond=0)
    found = clock_difference(before, at, before + timedelta(seconds=0.1))
    assert found.state == state, found.says
    if state != "ok":
        assert ("ahead of" if apart > 0 else "behind") in found.says


def test_a_server_without_a_clock() -> None:
    """No Date header is a warning."""
    assert clock_difference(NOON, None, NOON).state == "warn"


async def test_a_missing_right_to_change_is_one_failure_with_its_rule(parts: Parts) -> None:
    """What an allowed action lacks is a failure that names the action, with the rule to paste; no other line changes."""
    found = await look(parts, access=FakeAccess(lambda right: right.verb == "patch", NOON))
    missing = found["right: patch deployments.apps in shop"]
    assert missing.state == "fail"
    assert "rollback-deployment" in missing.says
    assert missing.fix.endswith(
        "in namespace shop (examples/rbac.yaml and docs/actions.md have it all):\n"
        '- apiGroups: ["apps"]\n  resources: [deployments]\n  verbs: [patch]'
    )
    assert "rights in shop" not in found
    assert worst(found.values()) == "fail"


async def test_a_missing_right_to_look_is_a_warning(parts: Parts) -> None:
    """What only evidence lacks costs a gap in the brief: a warning that names the collector."""
    found = await look(parts, access=FakeAccess(lambda right: right.resource == "pods/log", NOON))
    missing = found["right: get pods/log in shop"]
    assert (missing.state, "container_logs" in missing.says) == ("warn", True)


async def test_many_missing_rights_are_one_line(parts: Parts) -> None:
    """Where hardly anything is granted, one line holds all rules to paste."""
    found = await look(parts, access=FakeAccess(lambda right: right.namespace == "shop", NOON))
    missing = found["rights in shop"]
    assert missing.state == "fail"
    assert missing.fix.count("apiGroups") > 5
    assert "  resourceNames: [shop]\n" in missing.fix


@pytest.mark.parametrize(
    ("mode", "modes", "state"),
    [
        ("observe", (), "warn"),
        ("suggest", (), "warn"),
        ("suggest", (ModeRule(mode="approve", namespace="shop"),), "fail"),
    ],
)
async def test_where_nothing_is_ever_done_a_right_to_change_is_not_needed(
    parts: Parts, mode: Any, modes: tuple[ModeRule, ...], state: str
) -> None:
    """In observe and suggest a missing right to change is no failure, unless a rule says approve somewhere."""
    guards = changed(SHOP, mode=mode, modes=modes)
    found = await look(parts, settings=Settings(guards=guards), access=FakeAccess(lambda right: right.verb == "patch", NOON))
    assert found["right: patch deployments.apps in shop"].state == state


async def test_reads_that_only_a_role_grants_are_not_failures_before_anything_is_allowed(parts: Parts) -> None:
    """With nothing allowed, reads missing over all namespaces are one warning that says what would be looked at."""
    found = await look(parts, settings=Settings(), access=FakeAccess(lambda right: right.resource != "nodes", NOON))
    assert found["rights in all namespaces"].state == "warn"
    assert "allow an action in a namespace" in found["rights in all namespaces"].fix


async def test_wider_reads_are_optional(parts: Parts) -> None:
    """Rights of one namespace only are no warning: what goes over all of them is a choice."""
    found = await look(parts, access=FakeAccess(lambda right: not right.namespace and right.resource != "nodes", NOON))
    assert found["wider reads"].state == "off"
    assert worst(found.values()) == "ok"


async def test_rights_that_cannot_be_asked_about(parts: Parts) -> None:
    """An account that may not ask is a failure for each place, with the server's words."""

    class Mute(FakeAccess):
        async def may(self, permission: Permission) -> tuple[bool, str]:
            """Refuse."""
            raise Forbidden(f"403: cannot create {permission.resource}")

    found = await look(parts, access=Mute(at=NOON))
    assert found["rights in shop"].state == "fail"
    assert "403" in found["rights in shop"].says


def test_each_right_is_asked_about_once_in_each_namespace() -> None:
    """Two namespaces double the namespaced rights, never the cluster-wide ones; kinds bring their own."""
    allow = (*SHOP.allow, Allow(action="restart-workload", namespace="web", kind="StatefulSet"))
    asked = [one.right for one in wanted(changed(SHOP, allow=allow))]
    assert len(asked) == len(set(asked))
    assert [one.namespace for one in asked if one.resource == "nodes"] == [""]
    patches = {(one.resource, one.namespace) for one in asked if one.verb == "patch"}
    assert patches == {("deployments", "shop"), ("statefulsets", "web")}


def test_rules_to_paste_are_grouped() -> None:
    """Rights of the same group and verbs are one rule."""
    rights = [*Permission.each("get", "", "pods", "services"), *Permission.each("list", "", "pods", "services")]
    assert rule(rights) == '- apiGroups: [""]\n  resources: [pods, services]\n  verbs: [get, list]'
