"""When a changed setting broke it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from firstresponder.model import Diagnosis, Hypothesis, Json
from firstresponder.testing.objects import bad_release, container, crashed, deployment, pod, replicaset, running, template

Diagnosed = Callable[..., Awaitable[Diagnosis]]
CAUSE = "config-change-broke"


def set_to(image: str = "app:v1", **env: str) -> Json:
    """Return a template with these environment variables."""
    return template(container(image=image, env=dict(env)))


def of(diagnosis: Diagnosis) -> Hypothesis | None:
    """Return the hypothesis of this cause, or None."""
    return next((h for h in diagnosis.hypotheses if h.cause_class == CAUSE), None)


def ready_release(before: Json, after: Json) -> list[Json]:
    """Return a release that is ready and yet may be broken."""
    owner = deployment(revision=5, pod_template=after)
    old, new = replicaset(owner, 4, before, made=7200), replicaset(owner, 5, after, made=8, replicas=1, ready=1)
    return [owner, old, new, pod(new, "x", [running(since=8)], made=8)]


async def test_a_crash_after_only_a_setting_changed_is_the_settings(diagnosed: Diagnosed) -> None:
    """With the image unchanged, the changed variable is named before the general crash-after-deploy."""
    objects = bad_release(old_template=set_to(MODE="fast"), new_template=set_to(MODE="turbo"), new_status=crashed())
    found = (await diagnosed(objects)).hypotheses
    assert found[0].cause_class == CAUSE
    assert "env MODE: fast → turbo" in found[0].statement
    assert found[0].facts["good_revision"] == 4


async def test_a_new_image_is_not_a_changed_setting(diagnosed: Diagnosed) -> None:
    """Where the image changed too, the version is what is named."""
    objects = bad_release(old_template=set_to(MODE="fast"), new_template=set_to("app:v2", MODE="turbo"), new_status=crashed())
    found = await diagnosed(objects)
    assert of(found) is None
    assert found.hypotheses[0].cause_class == "crash-after-deploy"


async def test_a_log_that_complains_about_the_new_value_is_enough(diagnosed: Diagnosed) -> None:
    """Pods that stay ready but report errors with the new value's host are broken by it."""
    objects = ready_release(set_to(QUEUE="queue-a.example:5672"), set_to(QUEUE="queue-b.example:5672"))
    log = {f"{objects[-1]['metadata']['name']}/app": "error: lookup queue-b.example: no such host"}
    found = of(await diagnosed(objects, log))
    assert found is not None
    assert "log" in found.sources
    assert found.confidence >= 0.6


async def test_a_log_that_complains_about_something_else_is_not(diagnosed: Diagnosed) -> None:
    """Errors that do not name the new value prove nothing about it."""
    objects = ready_release(set_to(QUEUE="queue-a.example:5672"), set_to(QUEUE="queue-b.example:5672"))
    log = {f"{objects[-1]['metadata']['name']}/app": "error: lookup db.example: no such host"}
    assert of(await diagnosed(objects, log)) is None


async def test_a_log_that_names_only_what_stayed_the_same_is_not(diagnosed: Diagnosed) -> None:
    """A port that the old value had too does not tie an error to the change."""
    objects = ready_release(set_to(QUEUE="queue-a.example:5672"), set_to(QUEUE="queue-b.example:5672"))
    log = {f"{objects[-1]['metadata']['name']}/app": "error: peer on port 5672 refused the handshake"}
    assert of(await diagnosed(objects, log)) is None


async def test_a_changed_secret_value_is_seen_as_changed_and_never_shown(diagnosed: Diagnosed) -> None:
    """A variable whose secret value changed is named as the change, and neither value appears anywhere."""
    objects = bad_release(
        old_template=set_to(DB_PASSWORD="old-hunter-22"), new_template=set_to(DB_PASSWORD="new-hunter-33"), new_status=crashed()
    )
    found = of(await diagnosed(objects))
    assert found is not None
    assert "DB_PASSWORD" in found.statement
    assert "hunter" not in str(found)
