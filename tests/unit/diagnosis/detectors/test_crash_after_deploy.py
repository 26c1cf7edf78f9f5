"""When a new release is to blame, and when it is not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest

from firstresponder.model import Alert, Diagnosis, Hypothesis, Json
from firstresponder.testing.objects import (
    NOW,
    ago,
    bad_release,
    container,
    crashed,
    deployment,
    event,
    pod,
    replicaset,
    running,
    template,
    waiting,
)

CAUSE = "crash-after-deploy"
Diagnosed = Callable[..., Awaitable[Diagnosis]]
RESTARTED = {"kubectl.kubernetes.io/restartedAt": "2026-03-10T14:22:00Z"}


def of(diagnosis: Diagnosis) -> Hypothesis | None:
    """Return the hypothesis of this cause, or None."""
    return next((h for h in diagnosis.hypotheses if h.cause_class == CAUSE), None)


def one_pod(**how: Json) -> list[Json]:
    """Return a Deployment with one revision only, whose pod crashes."""
    owner = deployment(revision=1, ready=0)
    rs = replicaset(owner, 1, template(), made=8, replicas=1)
    return [owner, rs, pod(rs, "a", [crashed(**how)], made=8)]


async def test_a_crashing_release_after_a_healthy_one_is_the_cause(diagnosed: Diagnosed) -> None:
    """A new image that exits 3 since it was rolled out, beside ready pods of the old one, is ranked first and surely."""
    found = await diagnosed(bad_release())
    best = found.hypotheses[0]
    assert best.cause_class == CAUSE
    assert best.confidence >= 0.85
    assert str(best.target) == "Deployment/api"
    assert {"pod_status", "revision", "event", "alert"} <= set(best.sources)


async def test_the_facts_name_the_good_revision_and_its_replicaset(diagnosed: Diagnosed) -> None:
    """A plan gets the good and the bad revision's numbers and the good ReplicaSet's UID."""
    objects = bad_release()
    best = (await diagnosed(objects)).hypotheses[0]
    old = next(
        o
        for o in objects
        if o["kind"] == "ReplicaSet" and o["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "4"
    )
    assert best.facts["good_revision"] == 4
    assert best.facts["bad_revision"] == 5
    assert best.facts["good_replicaset_uid"] == old["metadata"]["uid"]


async def test_the_statement_has_the_numbers_that_a_person_asks_for(diagnosed: Diagnosed) -> None:
    """Revision, both images, the time, exit code, restarts and the old revision's health are in one sentence."""
    statement = (await diagnosed(bad_release())).hypotheses[0].statement
    for words in (
        "Revision 5 (image registry.example/app:v2, was registry.example/app:v1)",
        "14:22",
        "exit code 3",
        "4 restarts",
    ):
        assert words in statement
    assert "revision 4 ran healthy" in statement


async def test_the_change_carries_revisions_time_and_diff(diagnosed: Diagnosed) -> None:
    """What changed is told with both revisions, when it was rolled out, and the template's diff."""
    change = (await diagnosed(bad_release())).hypotheses[0].change
    assert change is not None
    assert (change.revision_from, change.revision_to) == (4, 5)
    assert change.at == datetime.fromisoformat(ago(8))
    assert "+      - image: registry.example/app:v2" in change.diff or "+    - image: registry.example/app:v2" in change.diff


async def test_the_confidence_is_the_sum_of_its_named_observations(diagnosed: Diagnosed) -> None:
    """What is shown as counted adds up to the confidence."""
    best = (await diagnosed(bad_release())).hypotheses[0]
    assert best.confidence == round(min(0.95, sum(best.facts["observations"].values())), 2)


@pytest.mark.parametrize(
    "status",
    [
        crashed(code=0, reason="Completed"),
        crashed(code=1),
        crashed(code=139),
        crashed(code=128, reason="StartError", message="container process gave up"),
        crashed(code=137, reason="OOMKilled"),
    ],
    ids=["exit-0", "exit-1", "segfault", "start-error", "oom"],
)
async def test_every_way_to_crash_counts(diagnosed: Diagnosed, status: Json) -> None:
    """A release that loops with exit code 0, an error, a signal, a start error or for memory is at fault alike."""
    assert of(await diagnosed(bad_release(new_status=status))) is not None


async def test_the_same_symptom_without_a_new_revision_is_never_this(diagnosed: Diagnosed) -> None:
    """A crash loop in the only revision there is gets no such hypothesis."""
    assert of(await diagnosed(one_pod(code=3))) is None


async def test_a_rollout_restart_is_no_release(diagnosed: Diagnosed) -> None:
    """A newer revision that differs only by a restart's stamp is not called a new version, whoever crashes in it."""
    before = template(container(image="app:v1"))
    after = template(container(image="app:v1"), annotations=RESTARTED)
    assert of(await diagnosed(bad_release(old_template=before, new_template=after))) is None


async def test_a_restart_after_a_bad_release_does_not_hide_it(diagnosed: Diagnosed) -> None:
    """Revision 6 restarts the bad revision 5: the good one is still 4, and the change is that of 5."""
    good, bad = template(container(image="app:v1")), template(container(image="app:v2"))
    again = template(container(image="app:v2"), annotations=RESTARTED)
    owner = deployment(revision=6, pod_template=again)
    sets = [
        replicaset(owner, 4, good, made=7200, replicas=1, ready=1),
        replicaset(owner, 5, bad, made=14),
        replicaset(owner, 6, again, made=8, replicas=1),
    ]
    pods = [pod(sets[0], "a", [running(since=7200)], made=7200), pod(sets[2], "b", [crashed()], made=8)]
    found = of(await diagnosed([owner, *sets, *pods]))
    assert found is not None
    assert found.facts["good_revision"] == 4
    assert found.facts["bad_revision"] == 6


async def test_a_restart_of_a_version_that_ran_for_days_is_not_blamed_on_the_version(diagnosed: Diagnosed) -> None:
    """Version v2 ran for days as revision 5 and crashes since its restart as revision 6: something else changed."""
    good, bad = template(container(image="app:v1")), template(container(image="app:v2"))
    again = template(container(image="app:v2"), annotations=RESTARTED)
    owner = deployment(revision=6, pod_template=again, ready=0)
    sets = [
        replicaset(owner, 4, good, made=20000),
        replicaset(owner, 5, bad, made=7200),
        replicaset(owner, 6, again, made=8, replicas=1),
    ]
    assert of(await diagnosed([owner, *sets, pod(sets[2], "b", [crashed()], made=8)])) is None


async def test_labels_and_annotations_alone_are_no_release(diagnosed: Diagnosed) -> None:
    """A changed checksum annotation changes nothing that a rollback would bring back."""
    before = template(container(image="app:v1"), annotations={"checksum/config": "aaa"})
    after = template(container(image="app:v1"), annotations={"checksum/config": "bbb"})
    assert of(await diagnosed(bad_release(old_template=before, new_template=after))) is None


async def test_old_pods_that_crash_too_acquit_the_release(diagnosed: Diagnosed) -> None:
    """When pods of the earlier revision crash as well, the newer one is not the culprit."""
    assert of(await diagnosed(bad_release(old_status=crashed(code=1)))) is None


async def test_a_revision_that_ran_well_for_long_is_not_blamed(diagnosed: Diagnosed) -> None:
    """A revision rolled out five hours ago whose pods began to crash ten minutes ago is not crash-after-deploy."""
    objects = bad_release(rolled_out=300, new_status=crashed(restarts=4))
    objects = [o for o in objects if o["kind"] != "Event"]
    broken = next(o for o in objects if o["kind"] == "Pod" and o["metadata"]["name"].endswith("new0"))
    assert of(await diagnosed([*objects, event(broken, "BackOff", "Back-off restarting", first=10)])) is None


async def test_a_long_loop_is_still_since_birth(diagnosed: Diagnosed) -> None:
    """A revision rolled out five hours ago with sixty restarts has crashed ever since, though early events are gone."""
    objects = [o for o in bad_release(rolled_out=300, new_status=crashed(restarts=60)) if o["kind"] != "Event"]
    assert of(await diagnosed(objects)) is not None


async def test_an_early_event_proves_that_it_failed_from_the_start(diagnosed: Diagnosed) -> None:
    """Few restarts in fifty minutes would look like a late start, but the kubelet backed off in the first minute."""
    objects = bad_release(rolled_out=50, new_status=crashed(restarts=3))
    assert of(await diagnosed(objects)) is not None
    assert of(await diagnosed([o for o in objects if o["kind"] != "Event"])) is None


async def test_a_new_pod_of_an_old_revision_is_not_blamed_on_it(diagnosed: Diagnosed) -> None:
    """A pod that was made anew today crashes since its birth, but its revision is three days old and ran well."""
    before, after = template(container(image="app:v1")), template(container(image="app:v2"))
    owner = deployment(revision=5, pod_template=after)
    old, new = replicaset(owner, 4, before, made=20000), replicaset(owner, 5, after, made=4320, replicas=1)
    assert of(await diagnosed([owner, old, new, pod(new, "x", [crashed()], made=8)])) is None


async def test_evicted_pods_of_the_old_revision_do_not_acquit_the_new_one(diagnosed: Diagnosed) -> None:
    """A pod that was evicted is over, but it did not crash: the release is judged as if it were not there."""
    objects = bad_release()
    old = next(
        o
        for o in objects
        if o["kind"] == "ReplicaSet" and o["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "4"
    )
    evicted = pod(old, "gone", [{**crashed(code=137), "state": {"terminated": {"exitCode": 137, "reason": "Error"}}}], made=600)
    evicted["status"] |= {"phase": "Failed", "reason": "Evicted"}
    assert of(await diagnosed([*objects, evicted])) is not None


async def test_evicted_pods_of_the_new_revision_do_not_convict_it(diagnosed: Diagnosed) -> None:
    """A release whose only pod was evicted has not crashed."""
    objects = bad_release(new_status={**crashed(code=137), "state": {"terminated": {"exitCode": 137, "reason": "Error"}}})
    broken = next(o for o in objects if o["kind"] == "Pod" and o["metadata"]["name"].endswith("new0"))
    broken["status"] |= {"phase": "Failed", "reason": "Evicted"}
    assert of(await diagnosed(objects)) is None


async def test_mostly_ready_pods_acquit_the_release(diagnosed: Diagnosed) -> None:
    """One crashing pod beside two ready ones of the same revision is no fault of the version."""
    objects = bad_release()
    new = next(
        o
        for o in objects
        if o["kind"] == "ReplicaSet" and o["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "5"
    )
    more = [pod(new, f"ok{i}", [running(since=7)], made=8) for i in range(2)]
    assert of(await diagnosed([*objects, *more])) is None


async def test_without_proof_of_health_no_good_revision_is_named(diagnosed: Diagnosed) -> None:
    """An earlier revision that is gone without a trace of health gives no rollback target, and the confidence is lower."""
    before, after = template(container(image="app:v1")), template(container(image="app:v2"))
    owner = deployment(revision=5, pod_template=after, ready=0, available=None)
    old, new = replicaset(owner, 4, before, made=20), replicaset(owner, 5, after, made=8, replicas=1)
    found = of(await diagnosed([owner, old, new, pod(new, "x", [crashed()], made=8)]))
    assert found is not None
    assert "good_revision" not in found.facts
    assert found.confidence < 0.6
    assert any("not known" in words for words in found.against)


async def test_a_predecessor_that_was_complained_about_is_not_called_healthy(diagnosed: Diagnosed) -> None:
    """An alert that began before the rollout speaks against the release, and nothing vouches for the older revision."""
    before, after = template(container(image="app:v1")), template(container(image="app:v2"))
    owner = deployment(revision=5, pod_template=after, ready=0, available=(False, 5))
    old, new = replicaset(owner, 4, before, made=7200), replicaset(owner, 5, after, made=8, replicas=1)
    alerts = [_alert(began) for began in (40,)]
    found = of(await diagnosed([owner, old, new, pod(new, "x", [crashed()], made=8)], alerts=alerts))
    assert found is None or ("good_revision" not in found.facts and found.confidence < 0.5)


async def test_availability_lost_with_the_rollout_vouches_for_the_predecessor(diagnosed: Diagnosed) -> None:
    """The old pods are gone, but the Deployment became unavailable only after the rollout of a long-standing revision."""
    before, after = template(container(image="app:v1")), template(container(image="app:v2"))
    owner = deployment(revision=5, pod_template=after, ready=0, available=(False, 7))
    old, new = replicaset(owner, 4, before, made=7200), replicaset(owner, 5, after, made=8, replicas=1)
    found = of(await diagnosed([owner, old, new, pod(new, "x", [crashed()], made=8)]))
    assert found is not None
    assert found.facts["good_revision"] == 4


async def test_a_revision_mismatch_between_reads_says_nothing(diagnosed: Diagnosed) -> None:
    """When the Deployment already carries another revision than the newest ReplicaSet, no release is judged."""
    objects = bad_release()
    objects[0]["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "6"
    assert of(await diagnosed(objects)) is None


async def test_a_version_that_never_started_is_judged_with_less_confidence(diagnosed: Diagnosed) -> None:
    """A container that waits for its configuration was not tried: the release may be at fault, but not likely by its code."""
    found = of(
        await diagnosed(bad_release(new_status=waiting(reason="CreateContainerConfigError", message='secret "x" not found')))
    )
    assert found is not None
    assert found.confidence < of(await diagnosed(bad_release())).confidence


async def test_a_dead_dependency_in_the_log_speaks_against_it(diagnosed: Diagnosed) -> None:
    """A log that ends in a refused connection lowers the confidence and is said."""
    objects = bad_release()
    name = next(o["metadata"]["name"] for o in objects if o["kind"] == "Pod" and o["metadata"]["name"].endswith("new0"))
    found = of(await diagnosed(objects, {f"{name}/app@previous": "dial tcp 10.0.0.9:5432: connect: connection refused"}))
    assert found is not None
    assert any("cannot reach" in words for words in found.against)


def _alert(minutes: float) -> Alert:
    return Alert(
        fingerprint="0123456789abcdef",
        labels={"alertname": "HighErrorRate", "namespace": "shop", "deployment": "api"},
        annotations={},
        status="firing",
        starts_at=datetime.fromisoformat(ago(minutes)),
        received_at=NOW,
    )
