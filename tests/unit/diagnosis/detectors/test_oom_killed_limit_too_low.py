"""When a memory limit is too low, and when memory is another matter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from firstresponder.model import Diagnosis, Hypothesis, Json
from firstresponder.testing.objects import bad_release, container, crashed, deployment, pod, replicaset, template

Diagnosed = Callable[..., Awaitable[Diagnosis]]
CAUSE = "oom-killed-limit-too-low"


def limited(memory: str | None, image: str = "app:v1") -> Json:
    """Return a template whose container has this memory limit."""
    return template(container(image=image, resources={"limits": {"memory": memory}} if memory else {}))


def alone(status: Json, memory: str | None = "64Mi") -> list[Json]:
    """Return a Deployment with one revision whose only pod has this status."""
    owner = deployment(revision=1, pod_template=limited(memory), ready=0)
    rs = replicaset(owner, 1, limited(memory), made=60, replicas=1)
    return [owner, rs, pod(rs, "a", [status], made=60)]


def of(diagnosis: Diagnosis) -> Hypothesis | None:
    """Return the hypothesis of this cause, or None."""
    return next((h for h in diagnosis.hypotheses if h.cause_class == CAUSE), None)


async def test_a_limit_that_the_release_lowered_leads_before_the_release(diagnosed: Diagnosed) -> None:
    """A limit cut from 256Mi to 32Mi is named before crash-after-deploy, with both values and the way back."""
    found = (
        await diagnosed(
            bad_release(
                old_template=limited("256Mi"), new_template=limited("32Mi"), new_status=crashed(code=137, reason="OOMKilled")
            )
        )
    ).hypotheses
    assert [h.cause_class for h in found[:2]] == [CAUSE, "crash-after-deploy"]
    assert found[0].facts["memory_limit"] == "32Mi"
    assert found[0].facts["previous_memory_limit"] == "256Mi"
    assert found[0].facts["good_revision"] == 4


async def test_a_raised_limit_is_not_called_lowered(diagnosed: Diagnosed) -> None:
    """1Gi after 512Mi is more, whatever the digits say."""
    status = crashed(code=137, reason="OOMKilled")
    found = of(await diagnosed(bad_release(old_template=limited("512Mi"), new_template=limited("1Gi"), new_status=status)))
    assert found is not None
    assert "previous_memory_limit" not in found.facts


async def test_a_quick_kill_at_the_limit_is_likely(diagnosed: Diagnosed) -> None:
    """A container that is killed for memory seconds after each start has a limit below its need."""
    found = of(await diagnosed(alone(crashed(code=137, reason="OOMKilled", ran=6))))
    assert found is not None
    assert found.confidence >= 0.6


async def test_hours_before_the_kill_make_it_unlikely(diagnosed: Diagnosed) -> None:
    """A container that ran for three hours before it was killed may leak: the limit is not the likely cause."""
    found = of(await diagnosed(alone(crashed(code=137, reason="OOMKilled", ran=3 * 3600))))
    assert found is not None
    assert found.confidence < 0.5
    assert found.against


async def test_exit_137_without_the_kernels_word_is_not_memory(diagnosed: Diagnosed) -> None:
    """137 with reason Error is a kill from outside, a probe's for example."""
    assert of(await diagnosed(alone(crashed(code=137, reason="Error")))) is None


async def test_without_a_limit_no_limit_is_too_low(diagnosed: Diagnosed) -> None:
    """A container without a limit that is killed for memory was killed by its node."""
    assert of(await diagnosed(alone(crashed(code=137, reason="OOMKilled"), memory=None))) is None


async def test_a_start_error_that_speaks_of_memory_counts(diagnosed: Diagnosed) -> None:
    """A limit below the runtime's own need shows as StartError with exit code 128."""
    status = crashed(code=128, reason="StartError", message="container init was OOM-killed (memory limit too low?)")
    found = of(await diagnosed(alone(status, memory="4Mi")))
    assert found is not None
    assert found.confidence >= 0.6
