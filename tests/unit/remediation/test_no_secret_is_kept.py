"""What the gate and the planner leave behind (results, journal, audit, diffs) holds no secret, whatever happened."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstresponder.errors import Forbidden, OutcomeUnknown, PreconditionFailed, Unreachable
from firstresponder.model import Json, PatchObject, PatchOp, Plan, Rung, Touched, canonical
from firstresponder.remediation import patch
from firstresponder.remediation.action import CannotPlan
from firstresponder.remediation.gate import ATTEMPTS
from firstresponder.remediation.plan import plan_action

FEW = settings(max_examples=60, deadline=None)
ACTIONS = st.sampled_from(["rollback-deployment", "restart-workload"])
ERRORS = st.sampled_from([PreconditionFailed, Forbidden, Unreachable, OutcomeUnknown])
TEMPLATE = "/spec/template"
# How a server, or what stands before it, may quote what it was sent.
QUOTES: dict[str, Callable[[Json, str], str]] = {
    "the object": lambda pod, _: f"admission webhook denied the request: {json.dumps(pod)}",
    "the object, escaped": lambda pod, _: f"cannot decode {json.dumps(json.dumps(pod))}",
    "the end of the object": lambda pod, _: f"error found in #10 byte of ...|{json.dumps(pod)[-200:]}|...",
    "the value": lambda _, secret: f'Invalid value: "{secret}": must be shorter',
    "in a sentence": lambda _, secret: f"{secret} is what I got",
    "a variable, as Go writes it": lambda _, secret: f'v1.EnvVar{{Name:"PASSWORD", Value:"{secret}", ValueFrom:nil}}',
}


def left(bench: Any, *more: object) -> str:
    """All that was recorded, and more."""
    return canonical([list(bench.journal.kept.values()), bench.audit.kept, *more]).decode()


@FEW
@given(data=st.data(), action=ACTIONS)
def test_a_diff_shows_no_secret_and_every_change(planting: Any, data: st.DataObject, action: str) -> None:
    """The diff of a plan, and all else that people read of it, holds no planted secret; a change of only a secret shows."""
    bench, secrets = planting(data)
    plan = asyncio.run(bench.plan(action))
    read = canonical([plan.action.diff, plan.action.summary, plan.action.dry_run, plan.action.undo_note]).decode()
    assert [secret for secret in secrets if secret in read] == []
    assert plan.action.diff.count("\n-") + plan.action.diff.count("\n+") > 0


@FEW
@given(data=st.data(), action=ACTIONS, undo=st.booleans())
def test_a_clean_pass_records_no_secret(planting: Any, data: st.DataObject, action: str, undo: bool) -> None:  # noqa: FBT001
    """Intent and result of doing and undoing name what was touched, and hold no planted secret."""
    bench, secrets = planting(data)

    async def story() -> list[Any]:
        plan = await bench.plan(action)
        return [await bench.gate().pass_through(plan, way, "ann") for way in ("do", "undo")[: 1 + undo]]

    results = asyncio.run(story())
    assert {"gate.intent", "gate.done"} <= set(bench.audit.words())
    assert [secret for secret in secrets if secret in left(bench, results)] == []


@FEW
@given(data=st.data(), large=st.booleans())
def test_a_refusal_names_differences_without_secrets(planting: Any, data: st.DataObject, large: bool) -> None:  # noqa: FBT001
    """A target that now holds other secrets is refused, the differences are named and recorded, and no secret is in them."""
    bench, secrets = planting(data)
    other, new = planting(data)
    live = bench.cluster.look("Deployment", "shop", "api")
    template = live["spec"]["template"]

    async def story() -> Any:
        plan = await bench.plan()
        if not large:
            plan = _about_one_part(plan, template, data)
        changed = other.cluster.look("Deployment", "shop", "api")["spec"]["template"]
        changed["spec"]["containers"][0]["image"] = "shop/api:hotfix"
        bench.cluster.put({**live, "spec": {**live["spec"], "template": changed}})
        return await bench.gate().pass_through(plan, "do", "ann")

    result = asyncio.run(story())
    assert [secret for secret in secrets + new if secret in left(bench, result)] == []
    if large:
        assert (result.why, bench.audit.words()[-1]) == ("changed", "gate.refused")
        assert bench.audit.kept[-1].data["differences"]


def _about_one_part(plan: Plan, template: Json, data: st.DataObject) -> Plan:
    """The plan, but for one part of the template only."""
    path, value = data.draw(st.sampled_from(list(_parts(TEMPLATE, template))))
    assert plan.action is not None
    ops = (PatchOp(op="test", path=path, value=value), PatchOp(op="replace", path=path, value=value))
    action = msgspec.structs.replace(
        plan.action, do=PatchObject(target=plan.action.target, ops=ops), touched=(Touched(path=path, old=value, new=value),)
    )
    return msgspec.structs.replace(plan, action=action)


def _parts(path: str, value: Json) -> Any:
    """Every part of a JSON value, with its pointer."""
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _parts(f"{path}/{patch.escape(str(key))}", inner)


@FEW
@given(data=st.data(), error=ERRORS, how=st.sampled_from(sorted(QUOTES)), where=st.sampled_from(["write", "read"]))
def test_a_server_that_quotes_what_it_was_sent_is_not_repeated(
    planting: Any, data: st.DataObject, error: type[Exception], how: str, where: str
) -> None:
    """Whichever way an error quotes the object, no planted secret reaches the result, the journal or the audit."""
    bench, secrets = planting(data)
    live = bench.cluster.look("Deployment", "shop", "api")

    async def story() -> Any:
        plan = await bench.plan()
        words = QUOTES[how](live["spec"]["template"], _held(secrets, live, data))
        if where == "write" or error not in {PreconditionFailed, OutcomeUnknown}:
            bench.cluster.fail_next(where, *[error(words)] * ATTEMPTS)
        return await bench.gate().pass_through(plan, "do", "ann")

    result = asyncio.run(story())
    assert [secret for secret in secrets if secret in left(bench, result)] == []
    assert all(len(entry.detail) <= 400 for entry in bench.journal.kept.values())


@FEW
@given(data=st.data(), error=st.sampled_from([PreconditionFailed, Forbidden]), how=st.sampled_from(sorted(QUOTES)))
def test_a_refused_dry_run_is_not_repeated(planting: Any, data: st.DataObject, error: type[Exception], how: str) -> None:
    """What a server says of a dry run is in the plan, or in why there is none, without planted secrets."""
    bench, secrets = planting(data)
    live = bench.cluster.look("Deployment", "shop", "api")
    bench.cluster.fail_next("preview", error(QUOTES[how](live["spec"]["template"], _held(secrets, live, data))))
    rung = Rung(action="rollback-deployment")
    made = asyncio.run(
        plan_action(rung, bench.target, {"good_revision": 1}, bench.cluster, bench.cluster, bench.clock.now())
    )  # fmt: skip
    words = made.reason if isinstance(made, CannotPlan) else made.dry_run
    assert "refused the dry run: " in words or "not permitted: " in words
    assert [secret for secret in secrets if secret in words] == []
    assert len(words) <= 400


def _held(secrets: list[str], live: Json, data: st.DataObject) -> str:
    """One of the secrets that the object that is written to holds."""
    return str(data.draw(st.sampled_from([secret for secret in secrets if secret in canonical(live).decode()])))


@pytest.mark.parametrize(("old", "new", "equal"), [("hunter", "hunter", True), ("hunter", "fish", False)])
async def test_a_bare_secret_is_numbered_and_has_no_digest(bench: Any, old: str, new: str, equal: bool) -> None:  # noqa: FBT001
    """An action on a single variable is audited with numbers for its values, equal ones alike, and with no digest of them."""
    plan = await bench.plan()
    path = f"{TEMPLATE}/spec/containers/0/env/0/value"
    live = bench.cluster.look("Deployment", "shop", "api")
    live["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] = old
    bench.cluster.put(live)
    ops = (PatchOp(op="test", path=path, value=old), PatchOp(op="replace", path=path, value=new))
    touched = (Touched(path=path, old=old, new=new),)
    action = msgspec.structs.replace(plan.action, do=PatchObject(target=plan.action.target, ops=ops), touched=touched)
    await bench.gate().pass_through(msgspec.structs.replace(plan, action=action), "do", "ann")
    (shown,) = bench.audit.kept[0].data["touched"]
    assert (shown["old"], shown["new"]) == ("[redacted 1]", "[redacted 1]" if equal else "[redacted 2]")
