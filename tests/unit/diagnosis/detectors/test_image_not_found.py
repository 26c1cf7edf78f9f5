"""When an image does not exist, and when it only cannot be had."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from firstresponder.model import Diagnosis, Json
from firstresponder.testing.objects import bad_release, deployment, event, pod, replicaset, template, waiting

Diagnosed = Callable[..., Awaitable[Diagnosis]]
CAUSE = "image-not-found"
IMAGE = "registry.example/app:v1"


def alone(said: str, reason: str = "ImagePullBackOff") -> list[Json]:
    """Return a pod that waits for its image, and the event that says why."""
    owner = deployment(revision=1, ready=0)
    rs = replicaset(owner, 1, template(), made=8, replicas=1)
    one = pod(rs, "a", [waiting(reason=reason, message=f'Back-off pulling image "{IMAGE}"', image=IMAGE)], made=8)
    return [owner, rs, one, event(one, "Failed", f'Failed to pull image "{IMAGE}": {said}', first=7)]


def confidence(diagnosis: Diagnosis) -> float:
    """Return the confidence in this cause; 0 when it was not said."""
    return next((h.confidence for h in diagnosis.hypotheses if h.cause_class == CAUSE), 0.0)


@pytest.mark.parametrize(
    "said",
    [
        f'rpc error: code = NotFound desc = failed to resolve reference "{IMAGE}": {IMAGE}: not found',
        "manifest unknown: manifest unknown",
        "Error response from daemon: manifest for registry.example/app:v1 not found",
        "name unknown: The repository with name 'app' does not exist in the registry",
    ],
)
async def test_a_registry_that_knows_no_such_image_is_believed(diagnosed: Diagnosed, said: str) -> None:
    """What registries answer for an image that is not there makes this the likely cause."""
    assert confidence(await diagnosed(alone(said))) >= 0.6


@pytest.mark.parametrize(
    "said",
    [
        "unexpected status from HEAD request: 401 Unauthorized",
        "toomanyrequests: You have reached your pull rate limit. 429 Too Many Requests",
        "no match for platform in manifest: not found",
        "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        "dial tcp 10.0.0.1:443: i/o timeout",
    ],
)
async def test_other_reasons_not_to_pull_are_not_taken_for_it(diagnosed: Diagnosed, said: str) -> None:
    """Refused credentials, throttling, another architecture and a bad certificate are other causes."""
    assert confidence(await diagnosed(alone(said))) < 0.5


async def test_an_image_that_the_release_named_can_be_taken_back(diagnosed: Diagnosed) -> None:
    """A new revision whose image is not there leads before crash-after-deploy, with the good revision."""
    objects = bad_release(new_status=waiting(reason="ErrImagePull", message="registry.example/app:v2: not found"))
    objects = [o for o in objects if o["kind"] != "Event"]
    found = (await diagnosed(objects)).hypotheses
    assert found[0].cause_class == CAUSE
    assert found[0].facts["good_revision"] == 4
    assert found[0].confidence > found[-1].confidence
