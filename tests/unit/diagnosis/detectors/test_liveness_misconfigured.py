"""When a probe kills a working container, and when it kills a dead one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from firstresponder.model import Diagnosis, Hypothesis, Json
from firstresponder.testing.objects import bad_release, container, crashed, deployment, event, pod, replicaset, template

Diagnosed = Callable[..., Awaitable[Diagnosis]]
CAUSE = "liveness-misconfigured"
KILL = "Container app failed liveness probe, will be restarted"


def probed(path: str = "/healthz", port: int = 8080, **more: Json) -> Json:
    """Return a template with a liveness probe; the container declares port 8080."""
    probe = {"httpGet": {"path": path, "port": port}, "initialDelaySeconds": 60, **more}
    return template(container(image="app:v1", livenessProbe=probe, ports=[{"containerPort": 8080}]))


def alone(said: str, inner: Json | None = None, *, kill: bool = True, status: Json = None) -> list[Json]:
    """Return a pod whose probe failed with these words."""
    inner = inner or probed()
    owner = deployment(revision=1, pod_template=inner, ready=0)
    rs = replicaset(owner, 1, inner, made=20, replicas=1)
    one = pod(rs, "a", [status or crashed(code=137, reason="Error", ran=90)], made=20)
    events = [event(one, "Unhealthy", f"Liveness probe failed: {said}", first=18, count=9)]
    return [owner, rs, one, *events, *([event(one, "Killing", KILL, first=18, kind="Normal")] if kill else [])]


def of(diagnosis: Diagnosis) -> Hypothesis | None:
    """Return the hypothesis of this cause, or None."""
    return next((h for h in diagnosis.hypotheses if h.cause_class == CAUSE), None)


async def test_a_probe_of_a_path_that_is_not_there_is_the_cause(diagnosed: Diagnosed) -> None:
    """A 404 to the liveness probe and a kill say that the container answers, at another path."""
    found = of(await diagnosed(alone("HTTP probe failed with statuscode: 404")))
    assert found is not None
    assert found.confidence >= 0.6


async def test_a_probe_of_another_port_than_the_declared_is_the_cause(diagnosed: Diagnosed) -> None:
    """A refused connection on a port that the container does not declare is the probe's fault."""
    found = of(await diagnosed(alone("dial tcp 10.1.1.1:9999: connect: connection refused", probed(port=9999))))
    assert found is not None
    assert found.confidence >= 0.6


async def test_a_container_that_does_not_answer_on_its_own_port_is_not_the_probes_fault(diagnosed: Diagnosed) -> None:
    """A kill alone, on the declared port and with patience, stays below one half."""
    found = of(await diagnosed(alone("dial tcp 10.1.1.1:8080: connect: connection refused")))
    assert found is not None
    assert found.confidence < 0.5


async def test_137_without_the_kubelets_word_is_not_a_probe_kill(diagnosed: Diagnosed) -> None:
    """Without a Killing event for the probe nothing is said of it."""
    assert of(await diagnosed(alone("HTTP probe failed with statuscode: 404", kill=False))) is None


async def test_a_kill_for_memory_is_not_the_probes(diagnosed: Diagnosed) -> None:
    """OOMKilled is the kernel's, even where a probe failed on the way."""
    status = crashed(code=137, reason="OOMKilled")
    assert of(await diagnosed(alone("HTTP probe failed with statuscode: 404", status=status))) is None


async def test_a_probe_that_the_release_changed_leads_and_can_be_taken_back(diagnosed: Diagnosed) -> None:
    """A new revision that only changed the probe is named by that, with the good revision."""
    objects = bad_release(
        old_template=probed(), new_template=probed(path="/nowhere"), new_status=crashed(code=137, reason="Error", ran=90)
    )
    broken = next(o for o in objects if o["kind"] == "Pod" and o["metadata"]["name"].endswith("new0"))
    said = event(broken, "Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 404", first=6)
    found = (await diagnosed([*objects, said, event(broken, "Killing", KILL, first=6)])).hypotheses
    assert found[0].cause_class == CAUSE
    assert found[0].facts["good_revision"] == 4
