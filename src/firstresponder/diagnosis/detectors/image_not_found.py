"""The image, its tag or its repository does not exist."""

from __future__ import annotations

import re

from firstresponder.diagnosis.blame import Blame, worst
from firstresponder.diagnosis.view import View
from firstresponder.model import Hypothesis

CAUSE = "image-not-found"

_WAITING = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})
_ABSENT = re.compile(
    r"manifest unknown|manifest for \S+ not found|not found|name unknown|tag does not exist|NAME_UNKNOWN|404", re.IGNORECASE
)
# Docker Hub answers so for a repository that is not there and for one that is private.
_EITHER = re.compile(r"repository does not exist|insufficient_scope|pull access denied", re.IGNORECASE)
_NO_REGISTRY = re.compile(r"no such host", re.IGNORECASE)
_OTHER = re.compile(
    r"401|403|unauthorized|authentication required|no basic auth|forbidden|429|toomanyrequests|rate limit|no match for platform"
    r"|no matching manifest|x509|certificate|i/o timeout|connection refused|deadline exceeded",
    re.IGNORECASE,
)


def detect(view: View) -> list[Hypothesis]:
    """Hold where the kubelet cannot pull and the registry (or the name itself) says that there is no such image."""
    found = []
    for pod, container in view.containers():
        if container.waiting not in _WAITING:
            continue
        blame = Blame(view, pod, container)
        events = [
            str(e.get("message", "")) for e in view.events_of(pod.uid, "Failed", "InspectFailed") if container.image in str(e)
        ]
        said = " ".join([container.waiting_message, *events])
        score, either = blame.score, _EITHER.search(said)
        score.add("the image cannot be pulled", 0.2)
        score.add("the name is no image name", 0.5, seen=container.waiting == "InvalidImageName")
        score.add("it is not on the node and must not be pulled", 0.3, seen=container.waiting == "ErrImageNeverPull")
        score.add("the registry says that there is none", 0.5, seen=either is None and _ABSENT.search(said) is not None)
        score.add("the registry says that there is none, or that it is private", 0.3, seen=either is not None)
        score.add("the registry's name is not known", 0.25, seen=_NO_REGISTRY.search(said) is not None)
        if either is None and (other := _OTHER.search(said)):
            score.add("the registry gives another reason", -0.4)
            blame.against.append(f"the registry's answer speaks of something else: {other[0]}")
        score.add("the newest release changed the image", 0.2, seen=blame.brought_in("image"))
        found.append(blame)
    return [_hypothesis(blame) for blame in worst(found)]


def _hypothesis(blame: Blame) -> Hypothesis:
    container, pod = blame.container, blame.pod
    return blame.hypothesis(
        CAUSE,
        f"Image {container.image} of container {container.name} cannot be had ({container.waiting})",
        blame.view.line("pods", f"pod {pod.name} container {container.name},"),
        blame.view.line("events", pod.name, "Failed to pull") or blame.view.line("events", pod.name, container.image),
        by_release=blame.brought_in("image"),
        facts={"image": container.image},
    )
